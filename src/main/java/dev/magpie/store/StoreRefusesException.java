package dev.magpie.store;

import dev.magpie.log.LogUnavailableException;

/** The embedded store takes no writes for now; the message says why. What was asked for may be tried again. */
final class StoreRefusesException extends LogUnavailableException {
  private static final long serialVersionUID = 1L;

  StoreRefusesException(String message, Throwable cause) {
    super(message, cause);
  }
}
