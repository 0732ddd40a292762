package dev.magpie.transport.engineio;

/** What a client sent is not Engine.IO; the message says what was wrong. */
final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EngineException(String message) {
    // Without a stack trace: a flood of bad packets must not cost one walk of the stack each.
    super(message, null, false, false);
  }
}
