package dev.magpie.log;

/** Whether the event is in the log is not known: it is not acknowledged, and its sender tries again with the same cid. */
public class LogUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LogUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
