package dev.magpie.protocol;

import dev.magpie.Internal;

/** What a client sent is not in the language; the message says what was wrong and what is allowed, fit to be shown to the client. */
@Internal
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ProtocolException(String message) {
    // Without a stack trace: a flood of bad packets must not cost one walk of the stack each.
    super(message, null, false, false);
  }
}
