package dev.magpie.transport;

import java.util.concurrent.TimeUnit;

/**
 * The deadline by which a connection has to show that it lives. As long as the connection is open it is scheduled: a wheel that holds fewer
 * of them than there are connections would let some live for ever.
 */
public abstract class Heartbeat extends Deadline {
  /**
   * The time for a pong begins when its ping has left; a ping that waits so long, behind a message that the client hardly takes, shows a slow
   * reader and not a dead one.
   */
  public static final long PING_WRITTEN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** A client that takes less than this within {@link #PING_WRITTEN_NANOS} does not read. */
  public static final long LEAST_PROGRESS_BYTES = 4 << 10;

  /** The moment for which the last ping was planned, on the wheel's clock. */
  private long planned;

  /** The ping that is due now leaves. */
  protected final void pinging() {
    planned = at;
  }

  /** The next ping is planned from the last one's moment: neither a tick nor the time that the pong took adds up. */
  protected final void planPing(Deadlines deadlines, long intervalNanos) {
    deadlines.schedule(this, planned + intervalNanos - deadlines.now());
  }
}
