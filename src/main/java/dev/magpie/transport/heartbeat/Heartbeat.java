package dev.magpie.transport.heartbeat;

import dev.magpie.transport.CloseReason;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The heartbeat of one connection, the same for all transports: the server pings and waits for the pong, or (Engine.IO 3) the client pings
 * and the server waits for that. Invariant: an open connection has a scheduled heartbeat; otherwise a dead one would never be closed. Owned
 * by the wheel's context.
 */
public abstract class Heartbeat extends TimerHandle {
  /** Default of the interval, in milliseconds: that of Engine.IO. */
  public static final long DEFAULT_INTERVAL_MS = 25_000;

  /** Default of the timeout, in milliseconds: that of Engine.IO. */
  public static final long DEFAULT_TIMEOUT_MS = 20_000;

  /**
   * The timeout of a pong begins when its ping is written. A ping that is not written within this time, while the client takes less than
   * {@link #LEAST_PROGRESS_BYTES}, means a slow reader and not a dead one.
   */
  public static final long PING_WRITTEN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** A client that takes less than this within {@link #PING_WRITTEN_NANOS} does not read. */
  public static final long LEAST_PROGRESS_BYTES = 4 << 10;

  /** Delay of a ping during an upgrade, when no transport can reliably carry it. */
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Normal lateness of a timer, one tick: within it, the timeout counts from the planned time. */
  private static final long USUAL_LATENESS_NANOS = TimeUnit.MILLISECONDS.toNanos(TimerWheel.TICK_MS);

  /** At expiry the client's answer may have arrived unread: a later tick closes the connection, after the loop has read again. */
  private static final long SUSPECT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private enum Phase {
    ENDED,
    /** The next ping is due when the timer expires. */
    RESTING,
    /** A ping waits to be written. */
    WRITING,
    /** The pong is due when the timer expires; in Engine.IO 3 the client's ping. */
    LISTENING
  }

  private Phase phase = Phase.ENDED;
  /** When the last ping was due, on the wheel's clock. */
  private long planned;
  private long takenBefore;
  private long lateness;

  // Extensions already granted to the silent connection.
  private boolean extended;
  private boolean suspect;
  private boolean reprieved;

  // What differs between transports.

  protected abstract TimerWheel wheel();

  /** Time between two pings, in nanoseconds. */
  protected abstract long interval();

  /** Time for the pong, in nanoseconds. */
  protected abstract long timeout();

  /** Whether a message in transfer does not extend the timeout. */
  protected abstract boolean isStrict();

  /** Whether a message is being received, behind which the pong may be queued. */
  protected abstract boolean isReceiving();

  /** Whether the transport can carry a ping now; not during an upgrade. */
  protected boolean canPing() {
    return true;
  }

  /** @param written called when the operating system has taken the ping, on the wheel's context */
  protected abstract void writePing(Runnable written);

  /** How many bytes the client has taken so far. */
  protected abstract long taken();

  /** The client is dead or a slow reader: close the connection. */
  protected abstract void failed(CloseReason reason, String detail);

  // Called by the connection.

  /**
   * The server pings: first at a random time in the second half of the interval, so that simultaneous handshakes do not cause simultaneous
   * pings.
   */
  protected final void beginPinging() {
    phase = Phase.RESTING;
    long half = interval() / 2;
    wheel().schedule(this, half + ThreadLocalRandom.current().nextLong(Math.max(1, half)));
  }

  /** The client pings. */
  protected final void beginListening() {
    phase = Phase.LISTENING;
    grantNothingYet();
    wheel().schedule(this, interval() + timeout());
  }

  /** A pong arrived. An unsolicited pong does not extend the timeout. */
  protected final void ponged() {
    if (!isAwaiting()) return;
    phase = Phase.RESTING;
    // Scheduled from the last ping, so that delays of ticks and pongs do not accumulate.
    wheel().schedule(this, planned + interval() - wheel().now());
  }

  /** The connection ends. */
  protected final void endHeartbeat() {
    phase = Phase.ENDED;
    wheel().cancel(this);
  }

  /** Whether a ping is written and its pong is missing. */
  protected final boolean awaitsPong() {
    return phase == Phase.LISTENING;
  }

  /** Whether the timeout has expired, checked between two ticks; false where the answer may still be unread. */
  protected final boolean isExpired() {
    boolean over = wheel().remaining(this) <= 0 || suspect && !reprieved;
    return phase == Phase.LISTENING && over && !wheel().isLate() && !isReceiving();
  }

  private boolean isAwaiting() {
    return phase == Phase.WRITING || phase == Phase.LISTENING;
  }

  // Called by the wheel.

  @Override
  protected void due() {
    switch (phase) {
      case RESTING -> ping();
      case WRITING -> waitForPing();
      case LISTENING -> silent();
      case ENDED -> {}
    }
  }

  private void ping() {
    if (!canPing()) {
      wheel().schedule(this, RETRY_NANOS);
      return;
    }
    planned = at;
    lateness = Math.min(-wheel().remaining(this), USUAL_LATENESS_NANOS);
    phase = Phase.WRITING;
    grantNothingYet();
    takenBefore = taken();
    wheel().schedule(this, PING_WRITTEN_NANOS);
    writePing(this::pingWritten);
  }

  private void grantNothingYet() {
    extended = false;
    suspect = false;
    reprieved = false;
  }

  /** The timeout starts now. */
  private void pingWritten() {
    if (phase != Phase.WRITING) return;
    phase = Phase.LISTENING;
    wheel().schedule(this, timeout() - lateness);
  }

  private void waitForPing() {
    long taken = taken();
    if (taken - takenBefore < LEAST_PROGRESS_BYTES) {
      failed(CloseReason.SLOW_CONSUMER, "a ping could not be written");
      return;
    }
    takenBefore = taken;
    wheel().schedule(this, PING_WRITTEN_NANOS);
  }

  private void silent() {
    if (!extended && !isStrict() && isReceiving()) {
      // The pong may be queued behind a long message: one extension.
      extended = true;
      wheel().schedule(this, timeout());
    } else if (!suspect) {
      suspect = true;
      wheel().schedule(this, SUSPECT_NANOS);
    } else {
      long reprieve = reprieved ? 0 : wheel().missedPongs().reprieve(interval(), timeout());
      reprieved = true;
      if (reprieve > 0) wheel().schedule(this, reprieve);
      else failed(CloseReason.PING_TIMEOUT, null);
    }
  }
}
