package dev.magpie.state;

import dev.magpie.Internal;

/** Port: the clock of a {@link Hub} and its timers, which run on its executor. */
@Internal
public interface Timers {

  /** Milliseconds since 1970. */
  long now();

  /**
   * Runs a task once.
   *
   * @param millis from now; at least 1
   * @return cancels it; does nothing after it has run
   */
  Runnable schedule(long millis, Runnable task);
}
