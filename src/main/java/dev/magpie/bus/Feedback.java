package dev.magpie.bus;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Feedback of a visitor on an answer, as a message on the event bus: {@code {"kind", "article", "question", "key", "visitor"}}; the last
 * two may be missing.
 *
 * @param key idempotency key: feedback with the same key is counted once
 * @param article id of the article that answered, or of the chosen suggestion
 * @param kind what the visitor thinks of the answer
 * @param question the question as it was asked
 * @param visitor the visitor's id, or null
 */
public record Feedback(String key, String article, Kind kind, String question, @Nullable String visitor) {
  /** What the visitor thinks of an answer. */
  public enum Kind {
    /** The answer helped. */
    HELPFUL,
    /** The answer did not help. */
    UNHELPFUL,
    /** One of the suggestions was what the visitor meant. */
    CHOSEN;

    private static Kind of(String name) {
      for (Kind kind : values()) if (kind.name().equals(name.toUpperCase(Locale.ROOT))) return kind;
      throw new IllegalArgumentException("kind: helpful, unhelpful or chosen");
    }
  }

  /**
   * Parses untrusted JSON.
   *
   * @throws IllegalArgumentException when it is no feedback, with a message that may be shown
   */
  public static Feedback from(JsonObject json) {
    return new Feedback(
        json.getValue("key") instanceof String key && !key.isBlank() ? text(json, "key") : UUID.randomUUID().toString(),
        text(json, "article"),
        Kind.of(text(json, "kind")),
        text(json, "question"),
        json.getValue("visitor") instanceof String visitor ? visitor : null);
  }

  private static String text(JsonObject json, String key) {
    if (json.getValue(key) instanceof String text && text.length() <= Question.LONGEST) return text;
    throw new IllegalArgumentException(key + ": a text of at most " + Question.LONGEST + " characters");
  }

  /** As JSON, in the form above. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject().put("key", key).put("article", article).put("kind", kind.name()).put("question", question);
    return visitor == null ? json : json.put("visitor", visitor);
  }
}
