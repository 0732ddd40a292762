package dev.magpie.log;

import org.jspecify.annotations.Nullable;

/** The store of a log cannot be reached. Whether an event was appended is not known: its sender tries again with the same cid. */
public class LogUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception of a store.
   *
   * @param cause or null
   */
  public LogUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
