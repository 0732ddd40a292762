package dev.magpie.search;

/**
 * One entry that was found.
 *
 * @param score orders the findings of one question; not comparable between questions
 * @param confidence see {@link Confidence}
 * @param kind why it was found
 */
public record Finding(String id, String title, double score, double confidence, Kind kind) {
  public enum Kind {
    /** Title or phrasing is the question. */
    EXACT,
    /** The title contains the question. */
    LITERAL,
    /** The meaning is near, with or without common words. */
    MEANING,
    /** Words in common. */
    WORDS
  }
}
