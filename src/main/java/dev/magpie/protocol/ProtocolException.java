package dev.magpie.protocol;

import dev.magpie.Internal;

/** A client has violated the packet format. The message says what was wrong and what is allowed, and may be sent to the client. */
@Internal
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ProtocolException(String message) {
    // Without a stack trace, which would cost time for each packet of a flood.
    super(message, null, false, false);
  }
}
