package dev.magpie.logging;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * A warning that is logged at most once a minute, with the number of suppressed ones: for failures that would otherwise be logged for
 * every request while something is away. May be used from any thread.
 */
public final class ThrottledWarning {
  private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Logger log;
  private final String fact;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private long next;
  private long times;

  /** @param fact what happened, in the words of the log */
  public ThrottledWarning(Logger log, String fact) {
    this(log, fact, System::nanoTime);
  }

  ThrottledWarning(Logger log, String fact, LongSupplier nanoTime) {
    this.log = log;
    this.fact = fact;
    this.nanoTime = nanoTime;
    this.next = nanoTime.getAsLong();
  }

  public synchronized void warn(Throwable reason) {
    times++;
    long now = nanoTime.getAsLong();
    if (now - next < 0) return;
    next = now + EVERY_NANOS;
    log.warn("{} times={} reason={}", fact, times, reason.getMessage());
    times = 0;
  }
}
