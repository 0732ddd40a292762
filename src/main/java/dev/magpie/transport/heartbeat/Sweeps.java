package dev.magpie.transport.heartbeat;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;

/**
 * Runs a wheel's expired timers on its context, at each tick. At most one sweep is in progress: otherwise ticks that queued up behind a
 * blocked loop would run one after the other, before the loop has read what the clients have sent meanwhile. Owned by that context.
 */
public final class Sweeps {
  /** A timer of this length fires after the loop has polled its sockets once. */
  private static final long ONE_PASS_MS = 1;

  /** Connections read in one poll of the sockets: slightly below the smallest bound of the transports (1,024 with NIO). */
  private static final int CONNECTIONS_PER_PASS = 1000;

  private final Vertx vertx;
  private final TimerWheel timers;
  private boolean underWay;

  public Sweeps(Context context, TimerWheel timers) {
    this.vertx = ((ContextInternal) context).owner();
    this.timers = timers;
  }

  /** A tick: timers that are due run a moment later. Where none is due, as mostly, only the wheel's clock advances. */
  public void request() {
    if (underWay) return;
    if (!timers.isLate() && !timers.anyDue()) {
      timers.advance();
      return;
    }
    underWay = true;
    // A loop that was blocked reads all its sockets first: pongs may be among the input.
    await(timers.isLate() ? 1 + timers.size() / CONNECTIONS_PER_PASS : 1);
  }

  private void await(int passes) {
    vertx.setTimer(ONE_PASS_MS, passed -> {
      if (passes > 1) await(passes - 1);
      else sweep();
    });
  }

  private void sweep() {
    timers.advance();
    run();
  }

  private void run() {
    boolean more = true;
    try {
      more = timers.runSlice();
    } finally {
      // By a timer and not by a task: a loop runs tasks for up to a second before it polls its sockets.
      if (more) vertx.setTimer(ONE_PASS_MS, passed -> run());
      else underWay = false;
    }
  }
}
