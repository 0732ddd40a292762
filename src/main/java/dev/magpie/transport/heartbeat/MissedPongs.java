package dev.magpie.transport.heartbeat;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many connections a loop has, and how many of them missed their pong lately. Where a fifth of all is silent within one interval, it
 * is rather the network that failed than each of them: they are then closed a few at a time, so that those who come back are not met by the
 * end of their sessions, nor the store by a storm of writes. Owned by the wheel's context; the counts are read from any thread.
 */
public final class MissedPongs {
  /** Of a loop's connections, within one interval. */
  static final double MASS = 0.2;

  /** Fewer than these are no mass, however few connections there are. */
  static final int FEW = 50;

  /** While a mass is silent, so many connections are closed within a second. */
  static final int CLOSED_PER_SECOND = 500;

  private static final Logger log = LoggerFactory.getLogger(MissedPongs.class);

  /** The interval is looked at in so many parts. */
  private static final int PARTS = 16;

  private final TimerWheel timers;
  private volatile int connections;
  /** The longest that was heard of: two endpoints of one loop may differ. */
  private long interval = 1;
  private final int[] missed = new int[PARTS];
  private long part;
  private int missedLately;
  /** When the next connection may be closed. */
  private long turn;

  private boolean alarmed;
  private volatile long alarms;
  private volatile long total;

  MissedPongs(TimerWheel timers) {
    this.timers = timers;
  }

  /** A connection is there, and its heartbeat scheduled. */
  public void opened() {
    connections++;
  }

  /** A connection is gone, and its heartbeat with it. */
  public void closed() {
    connections--;
  }

  /** How many connections this loop has; a moment old on other threads. */
  public int connections() {
    return connections;
  }

  /** How often a mass of connections was silent at once. */
  public long alarms() {
    return alarms;
  }

  /** How many pongs were missed. */
  public long total() {
    return total;
  }

  /**
   * A pong is missing, and its connection about to be closed. Asked once for each.
   *
   * @return nanoseconds that it is still given, at most the ping's timeout; 0 where nothing speaks against its end
   */
  public long reprieve(long intervalNanos, long timeoutNanos) {
    long now = timers.now();
    interval = Math.max(interval, intervalNanos);
    turnTo(now / (interval / PARTS + 1));
    missed[(int) (part % PARTS)]++;
    missedLately++;
    total++;
    // Those of them that are closed already were connections when the interval began.
    boolean mass = missedLately > FEW && missedLately > MASS * (connections + missedLately);
    alarm(mass);
    if (!mass) return 0;
    turn = Math.max(turn, now) + TimeUnit.SECONDS.toNanos(1) / CLOSED_PER_SECOND;
    return Math.min(turn - now, timeoutNanos);
  }

  private void turnTo(long now) {
    for (long old = Math.max(part, now - PARTS); old < now; ) {
      int place = (int) (++old % PARTS);
      missedLately -= missed[place];
      missed[place] = 0;
    }
    part = now;
  }

  private void alarm(boolean mass) {
    if (mass && !alarmed) {
      alarms++;
      log.warn("many clients are silent at once: missed={} connections={} closing={}/s", missedLately, connections, CLOSED_PER_SECOND);
    } else if (!mass && alarmed) {
      log.info("no more clients than usual are silent: connections={}", connections);
    }
    alarmed = mass;
  }

  /** Whether the wheel holds a heartbeat for each connection; says so where it does not. */
  public boolean matchTheWheel() {
    if (timers.heartbeats() == connections) return true;
    log.error("connections and their timers differ: connections={} scheduled={}", connections, timers.heartbeats());
    return false;
  }
}
