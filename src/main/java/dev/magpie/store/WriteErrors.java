package dev.magpie.store;

import java.util.Set;

/** Classifies MongoDB's error codes of failed writes. Pure. */
final class WriteErrors {
  static final int DUPLICATE_KEY = 11000;

  /** Of the server's state, as its drivers list them for retryable writes; and conflicts with another write at the same moment. */
  private static final Set<Integer> PASSING =
      Set.of(6, 7, 24, 46, 50, 64, 89, 91, 112, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, DUPLICATE_KEY);

  private WriteErrors() {}

  /** Whether a retry may succeed. Others are permanent, such as a counter that is a text, or a validation rule. */
  static boolean mayPass(int code) {
    return PASSING.contains(code);
  }
}
