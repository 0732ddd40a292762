package dev.magpie.state;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The event loop context of a {@link Hub}, made at its first use, since most programs keep no state. May be used from any thread. */
final class HubContext implements Executor, Timers {
  private final Vertx vertx;
  private @Nullable ContextInternal context;

  HubContext(Vertx vertx) {
    this.vertx = vertx;
  }

  private synchronized ContextInternal context() {
    if (context == null) context = ((VertxInternal) vertx).createEventLoopContext();
    return context;
  }

  @Override
  public void execute(Runnable task) {
    context().runOnContext(run -> task.run());
  }

  @Override
  public long now() {
    return System.currentTimeMillis();
  }

  @Override
  public Runnable schedule(long millis, Runnable task) {
    long timer = context().setTimer(millis, fired -> task.run());
    return () -> vertx.cancelTimer(timer);
  }

  void close() {
    context().close();
  }
}
