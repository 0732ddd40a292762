package dev.magpie.store;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * One canned answer, collection {@code canned}: {@code {_id, questions: ["1"], answer}}.
 *
 * @param questions that it answers; empty: the fallback for all others
 */
public record CannedAnswer(String id, List<String> questions, String answer) {
  public CannedAnswer {
    questions = List.copyOf(questions);
  }

  static CannedAnswer from(JsonObject document) {
    return new CannedAnswer(ArticleId.of(document.getValue("_id")).map(ArticleId::shown).orElse(""),
        Article.strings(document, "questions"), document.getValue("answer") instanceof String text ? text : "");
  }

  /** Whether this is the fallback. */
  public boolean isForEverythingElse() {
    return questions.isEmpty();
  }
}
