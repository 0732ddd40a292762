package dev.magpie.transport.heartbeat;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;

/**
 * Runs a wheel's timers on its context. Whoever ticks asks for a sweep; that at most one is under way keeps ticks which queued up behind a
 * blocked loop from running one after the other, with no look at what the clients have sent meanwhile. Owned by that context.
 */
public final class Sweeps {
  /** A timer of this length ends after the loop has looked at its sockets once. */
  private static final long ONE_PASS_MS = 1;

  /** What a look at its sockets brings at most, by the smallest of the transports (1,024 with NIO). */
  private static final int CONNECTIONS_PER_PASS = 1000;

  private final Vertx vertx;
  private final TimerWheel timers;
  private boolean underWay;

  public Sweeps(Context context, TimerWheel timers) {
    this.vertx = ((ContextInternal) context).owner();
    this.timers = timers;
  }

  /** A tick: what is due runs a moment later. Where nothing is, as mostly, the clock moves on and no more. */
  public void request() {
    if (underWay) return;
    if (!timers.isLate() && !timers.anyDue()) {
      timers.advance();
      return;
    }
    underWay = true;
    // A loop that was blocked reads everything first; the pongs of its clients are in there.
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
      // By a timer and not by a task: a loop runs tasks for up to a second before it looks at its sockets.
      if (more) vertx.setTimer(ONE_PASS_MS, passed -> run());
      else underWay = false;
    }
  }
}
