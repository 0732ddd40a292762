package dev.magpie.store;

/** Data that this program does not open as it is; the message is one line, fit to be shown to whoever started it. */
public final class DataRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DataRefusedException(String message) {
    // Without a stack trace: this is an answer to the operator, not a defect.
    super(message, null, false, false);
  }
}
