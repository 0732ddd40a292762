package dev.magpie.core;

import dev.magpie.transport.heartbeat.TimerWheel;
import java.util.concurrent.TimeUnit;

/** Time that passes when a test says so. */
final class Clock {
  private long nanos;
  final TimerWheel timers = new TimerWheel(() -> nanos);

  /** So many milliseconds pass, and the wheel ticks as it does in a server. */
  void pass(long millis) {
    for (long left = millis; left > 0; left -= 50) {
      nanos += TimeUnit.MILLISECONDS.toNanos(Math.min(50, left));
      timers.tick();
    }
    // One bucket more, for what was due in the last one.
    nanos += TimeUnit.MILLISECONDS.toNanos(10);
    timers.tick();
  }
}
