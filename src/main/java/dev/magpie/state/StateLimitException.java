package dev.magpie.state;

/** A value was not retained: it, or its room, would be larger than {@link StateOptions} allow. The message says which limit. */
public class StateLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with this message. */
  public StateLimitException(String message) {
    super(message, null, false, false);
  }
}
