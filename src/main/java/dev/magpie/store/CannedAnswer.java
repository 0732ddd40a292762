package dev.magpie.store;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * One ready answer, collection {@code canned}: {@code {_id, questions: ["1"], answer}}.
 *
 * @param questions what is answered with it; none: what is said to everything else
 */
public record CannedAnswer(String id, List<String> questions, String answer) {
  public CannedAnswer {
    questions = List.copyOf(questions);
  }

  static CannedAnswer from(JsonObject document) {
    return new CannedAnswer(ArticleId.of(document.getValue("_id")).map(ArticleId::shown).orElse(""),
        Article.strings(document, "questions"), document.getValue("answer") instanceof String text ? text : "");
  }

  /** Whether this is what the tutorial's bot says to all that it has no answer for. */
  public boolean isForEverythingElse() {
    return questions.isEmpty();
  }
}
