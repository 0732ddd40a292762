package dev.magpie.core;

import java.util.concurrent.TimeoutException;

/** The client did not acknowledge in time, or can no longer. */
public final class AckTimeoutException extends TimeoutException {
  private static final long serialVersionUID = 1L;

  AckTimeoutException(String message) {
    super(message);
  }

  // Without a stack trace: frequent when clients vanish.
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
