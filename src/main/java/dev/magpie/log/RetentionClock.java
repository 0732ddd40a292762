package dev.magpie.log;

import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time by which a log lets go of old events. A clock that is suddenly far ahead would erase everything, so such a one is not believed:
 * the log notes the latest time that was, and one more than a day later waits for the operator's word. Used on the log's context.
 */
final class RetentionClock {
  private static final Logger log = LoggerFactory.getLogger(RetentionClock.class);

  private static final long DAY = 86_400_000;

  /** Between two notes in the log; small against a day. */
  private static final long NOTE_MILLIS = 3_600_000;

  private final String namespace;
  private boolean accepting;
  private long believed;
  private long noted;
  private boolean told;

  /**
   * @param believed the latest time that was believed; 0 for none
   * @param accepting whether the first time that is shown is believed, whatever it is
   */
  RetentionClock(String namespace, long believed, boolean accepting) {
    this.namespace = namespace;
    this.believed = believed;
    this.noted = believed;
    this.accepting = accepting;
  }

  /** @return the time, where it is believed */
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

  /** @return what the log is to note; empty while its last note is good enough */
  OptionalLong toNote() {
    if (believed - noted < NOTE_MILLIS) return OptionalLong.empty();
    noted = believed;
    return OptionalLong.of(believed);
  }
}
