package dev.magpie.simulation;

import io.netty.util.concurrent.Ticker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.impl.transports.NioTransport;
import java.util.Random;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A Vert.x whose event loops all run on the caller's thread, one task at a time, in an order that a seed decides, and whose timers follow a
 * virtual clock. What a loop was given first it runs first, as a real one does; how the loops interleave is random. So instances, event bus
 * and hub run as they are, every interleaving can occur, and the same seed gives the same run again. Used on one thread.
 */
public final class Simulation implements Ticker, AutoCloseable {
  /** More tasks than this without an end are a loop that keeps itself busy. */
  private static final int ENDLESS = 1_000_000;
  private static final long CLOSE_SECONDS = 30;
  private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Random random;
  private final SimulatedLoops loops = new SimulatedLoops(this);
  private final SimulatedLoop workers = loops.next();
  private final VertxInternal vertx;
  private Supplier<Fate> fate = () -> Fate.RUN;
  private SimulatedLoop running;
  private long nanos;

  public Simulation(long seed) {
    this.random = new Random(seed);
    this.vertx = (VertxInternal) VertxBootstrap.create()
        .options(new VertxOptions().setUseDaemonThread(true))
        .transport(new NioTransport() {
          @Override
          public io.netty.channel.EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory factory, int ioRatio) {
            return loops;
          }
        })
        .executorServiceFactory((factory, concurrency, most) -> new SimulatedWorkers(workers))
        .init()
        .vertx();
  }

  public Vertx vertx() {
    return vertx;
  }

  /** The source of all chance of this run. */
  public Random random() {
    return random;
  }

  /** Milliseconds since the run began. */
  public long millis() {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  /** A context with an event loop of its own. */
  public ContextInternal newContext() {
    return vertx.createEventLoopContext();
  }

  /** What becomes of a task that is handed to a loop. */
  public enum Fate { RUN, LOSE, DOUBLE, OVERTAKEN_BY_THE_NEXT }

  /** Decides each task from now on, on the stack of who hands it over: for controls that break something. */
  public void decide(Supplier<Fate> decided) {
    fate = decided;
  }

  /** The loop runs nothing, neither tasks nor timers, until it is resumed. */
  public void pause(ContextInternal context) {
    ((SimulatedLoop) context.nettyEventLoop()).pause(true);
  }

  public void resume(ContextInternal context) {
    ((SimulatedLoop) context.nettyEventLoop()).pause(false);
  }

  /** Runs so many tasks, or fewer if there are no more. */
  public void run(int tasks) {
    for (int i = 0; i < tasks && step(); i++) {
      // The step is all.
    }
  }

  /** Runs tasks until no loop has any. No time passes. */
  public void settle() {
    for (int i = 0; step(); i++) if (i == ENDLESS) throw new AssertionError("the loops do not come to rest");
  }

  /** Time passes; timers run when they are due, tasks in between. */
  public void pass(long millis) {
    long end = nanos + TimeUnit.MILLISECONDS.toNanos(millis);
    while (true) {
      // As in life, not all is done before the next timer is due; but nothing is late for long.
      if (random.nextInt(4) == 0) run(random.nextInt(8));
      else settle();
      long next = loops.nextTimer();
      if (loops.anyRunnable()) next = next < 0 ? nanos + MOMENT_NANOS : Math.min(next, nanos + MOMENT_NANOS);
      if (next < 0 || next > end) break;
      nanos = Math.max(nanos, next);
      loops.expire(nanos);
    }
    nanos = end;
    settle();
  }

  /** The result of a future that needs no time to pass. */
  public <T> T await(Future<T> future) {
    settle();
    if (!future.isComplete()) throw new AssertionError("the future is not complete when all loops have come to rest");
    if (future.failed()) throw new AssertionError("the future failed", future.cause());
    return future.result();
  }

  /** Runs something on a context, as soon as its loop comes to it. */
  public void on(ContextInternal context, Runnable action) {
    context.runOnContext(run -> action.run());
  }

  private boolean step() {
    SimulatedLoop loop = loops.choose(random);
    if (loop == null) return false;
    running = loop;
    try {
      loop.runOne();
    } finally {
      running = null;
    }
    return true;
  }

  boolean isRunning(SimulatedLoop loop) {
    return running == loop;
  }

  Fate fate() {
    return fate.get();
  }

  SimulatedLoops loops() {
    return loops;
  }

  // Ticker.

  @Override
  public long initialNanoTime() {
    return 0;
  }

  @Override
  public long nanoTime() {
    return nanos;
  }

  @Override
  public void sleep(long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("nobody sleeps in a simulation");
  }

  @Override
  public void close() throws Exception {
    fate = () -> Fate.RUN;
    loops.all().forEach(loop -> loop.pause(false));
    Future<Void> closed = vertx.close();
    settle();
    closed.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
