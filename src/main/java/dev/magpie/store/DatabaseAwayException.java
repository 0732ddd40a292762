package dev.magpie.store;

/** The database cannot be asked now. The message is fit to be shown. */
public final class DatabaseAwayException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DatabaseAwayException(String message) {
    // Without a stack trace: thousands of them may fail a second.
    super(message, null, false, false);
  }
}
