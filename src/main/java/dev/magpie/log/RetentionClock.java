package dev.magpie.log;

import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time by which a log removes old events. A clock that jumps far ahead would remove all of them, so it is not trusted: the log stores
 * the latest trusted time, and a time more than a day later needs the operator's consent. Used on the log's context.
 */
final class RetentionClock {
  private static final Logger log = LoggerFactory.getLogger(RetentionClock.class);

  private static final long DAY = 86_400_000;

  /** Time between two stores of the trusted time; small against a day. */
  private static final long NOTE_MILLIS = 3_600_000;

  private final String namespace;
  private boolean accepting;
  private long believed;
  private long noted;
  private boolean told;

  /**
   * @param believed the latest trusted time; 0 for none
   * @param accepting whether the first time is trusted, whatever it is
   */
  RetentionClock(String namespace, long believed, boolean accepting) {
    this.namespace = namespace;
    this.believed = believed;
    this.noted = believed;
    this.accepting = accepting;
  }

  /** @return the time, if it is trusted */
  OptionalLong look(long now) {
    if (believed > 0 && now - believed > DAY && !accepting) {
      if (!told) {
        log.warn("log not trimmed by age namespace={} clock_ahead_days={} last_seen={} now={}; if the clock is right, start once with "
            + "recovery.accept_clock_jump true",
            namespace, (now - believed) / DAY, java.time.Instant.ofEpochMilli(believed), java.time.Instant.ofEpochMilli(now));
      }
      told = true;
      return OptionalLong.empty();
    }
    if (told) log.info("log trimmed by age again namespace={}", namespace);
    told = false;
    accepting = false;
    believed = Math.max(believed, now);
    return OptionalLong.of(now);
  }

  /** @return the time that the log is to store; empty while the stored one is recent enough */
  OptionalLong toNote() {
    if (believed - noted < NOTE_MILLIS) return OptionalLong.empty();
    noted = believed;
    return OptionalLong.of(believed);
  }
}
