package dev.magpie.core;

import java.util.concurrent.TimeoutException;

/** No acknowledgement of an event: it did not come in time, or the client has left or may not owe another one. Without a stack trace. */
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
