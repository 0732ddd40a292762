package dev.magpie.store;

/**
 * What a visitor said to an answer, collection {@code feedback}.
 *
 * @param key of the visitor's click; the same key is counted once, so that a retry does no harm
 * @param article the answer's, or the chosen suggestion's id
 * @param question as it was asked
 * @param visitor who said it, or null
 */
public record Feedback(String key, String article, Kind kind, String question, String visitor) {
  public enum Kind {
    HELPFUL,
    UNHELPFUL,
    /** One of the suggestions was what the visitor meant. */
    CHOSEN
  }
}
