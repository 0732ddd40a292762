package dev.magpie.transport.heartbeat;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the connections of a loop and the pongs that they missed recently. When a fifth of all is silent within one interval, the network
 * has probably failed and not each client. Their connections are then closed at a limited rate, so that clients that come back in time keep
 * their sessions, and the store does not get all writes at once. Owned by the wheel's context; the counts are read from any thread.
 */
public final class MissedPongs {
  /** Share of a loop's connections that are silent within one interval: from here on it is a mass silence. */
  static final double MASS = 0.2;

  /** Up to this number of missed pongs it is no mass silence, however few connections there are. */
  static final int FEW = 50;

  /** During a mass silence so many connections are closed per second. */
  static final int CLOSED_PER_SECOND = 500;

  private static final Logger log = LoggerFactory.getLogger(MissedPongs.class);

  /** The sliding window of one interval has so many parts. */
  private static final int PARTS = 16;

  private final TimerWheel timers;
  private volatile int connections;
  /** The longest of all endpoints of the loop, in nanoseconds: they may differ. */
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

  /** A connection has opened; its heartbeat is scheduled. */
  public void opened() {
    connections++;
  }

  /** A connection has ended; its heartbeat is cancelled. */
  public void closed() {
    connections--;
  }

  /** How many connections this loop has; slightly out of date on other threads. */
  public int connections() {
    return connections;
  }

  /** How often a mass silence has begun. */
  public long alarms() {
    return alarms;
  }

  /** How many pongs were missed. */
  public long total() {
    return total;
  }

  /**
   * Counts a missing pong, whose connection is about to be closed. Called once for each.
   *
   * @return nanoseconds until the connection may be closed, at most the ping's timeout; 0 for at once
   */
  public long reprieve(long intervalNanos, long timeoutNanos) {
    long now = timers.now();
    interval = Math.max(interval, intervalNanos);
    turnTo(now / (interval / PARTS + 1));
    missed[(int) (part % PARTS)]++;
    missedLately++;
    total++;
    // Connections that were closed within the interval count as connections of its beginning.
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

  /** Whether the wheel holds a heartbeat for each connection; logs an error where it does not. */
  public boolean matchTheWheel() {
    if (timers.heartbeats() == connections) return true;
    log.error("connections and their timers differ: connections={} scheduled={}", connections, timers.heartbeats());
    return false;
  }
}
