package dev.magpie.core;

/** A handler has not acknowledged an event in time: see {@link IoOptions#setHandlerTimeout}. The client is sent {@code handler timeout}. */
public final class HandlerTimeout extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HandlerTimeout(String message) {
    // Without a stack trace, which would be that of a timer.
    super(message, null, false, false);
  }
}
