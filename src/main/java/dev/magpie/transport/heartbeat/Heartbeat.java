package dev.magpie.transport.heartbeat;

import dev.magpie.transport.CloseReason;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The heartbeat of one connection, the same for every wire: the server pings and waits for the pong, or (Engine.IO 3) the client pings and
 * the server waits for that. As long as the connection is open its heartbeat is scheduled: a wheel that holds fewer of them than there are
 * connections would let some live for ever. Owned by the wheel's context.
 */
public abstract class Heartbeat extends TimerHandle {
  /**
   * The time for a pong begins when its ping is written; a ping that waits so long, behind a message that the client hardly takes, shows a
   * slow reader and not a dead one.
   */
  public static final long PING_WRITTEN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** A client that takes less than this within {@link #PING_WRITTEN_NANOS} does not read. */
  public static final long LEAST_PROGRESS_BYTES = 4 << 10;

  /** Where no transport is sure to carry a ping just now, in the middle of an upgrade. */
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** A tick comes hardly later than this where nothing is wrong; the client's time is counted from the planned moment then. */
  private static final long USUAL_LATENESS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What the client sent may be unread when its time is over: a later tick closes, when the loop has read once more. */
  private static final long SUSPECT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Whose turn it is. */
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
  /** The moment for which the last ping was planned, on the wheel's clock. */
  private long planned;
  private long takenBefore;
  private long lateness;

  // What the silent connection was already granted.
  private boolean extended;
  private boolean suspect;
  private boolean reprieved;

  // What differs from wire to wire.

  protected abstract TimerWheel wheel();

  /** Between two pings, in nanoseconds. */
  protected abstract long interval();

  /** For the pong, in nanoseconds. */
  protected abstract long timeout();

  /** Whether a message that is still arriving prolongs nothing. */
  protected abstract boolean isStrict();

  /** Whether a message is still arriving, behind which the pong may stand. */
  protected abstract boolean isReceiving();

  /** Whether a transport is sure to carry a ping now. */
  protected boolean canPing() {
    return true;
  }

  /** @param written called when the operating system has taken the ping, on the wheel's context */
  protected abstract void writePing(Runnable written);

  /** How many bytes the client has taken so far. */
  protected abstract long taken();

  /** The client is silent, or takes next to nothing: the connection has to be closed. */
  protected abstract void failed(CloseReason reason, String detail);

  // From outside.

  /** The server pings: first at a random moment of the interval's second half, so that a storm of handshakes makes no storm of pings. */
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

  /** The client has answered. A pong that nobody asked for prolongs nothing. */
  protected final void ponged() {
    if (!isAwaiting()) return;
    phase = Phase.RESTING;
    // Planned from the last ping's moment: neither a tick nor the time that the pong took adds up.
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

  /** Whether the client's time is over at this moment, between two ticks; what it sent may be unread after a stall, or on its way. */
  protected final boolean isExpired() {
    boolean over = wheel().remaining(this) <= 0 || suspect && !reprieved;
    return phase == Phase.LISTENING && over && !wheel().isLate() && !isReceiving();
  }

  private boolean isAwaiting() {
    return phase == Phase.WRITING || phase == Phase.LISTENING;
  }

  // By the wheel.

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

  /** Only from now on is the client's silence its own. */
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
      // The pong may stand behind a long message; that is waited for once.
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
