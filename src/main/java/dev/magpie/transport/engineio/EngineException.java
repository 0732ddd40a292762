package dev.magpie.transport.engineio;

/** A client violated the Engine.IO protocol; the message says what was wrong. */
final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EngineException(String message) {
    // Without a stack trace, which would make a flood of bad packets expensive.
    super(message, null, false, false);
  }
}
