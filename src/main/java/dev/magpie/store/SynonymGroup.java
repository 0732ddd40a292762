package dev.magpie.store;

import io.vertx.core.json.JsonObject;
import java.util.List;

/** Words that mean the same to whoever asks, collection {@code synonyms}: {@code {_id, words: ["话费", "余额", "账单"]}}. */
public record SynonymGroup(String id, List<String> words) {
  public SynonymGroup {
    words = List.copyOf(words);
  }

  static SynonymGroup from(JsonObject document) {
    return new SynonymGroup(ArticleId.of(document.getValue("_id")).map(ArticleId::shown).orElse(""), Article.strings(document, "words"));
  }
}
