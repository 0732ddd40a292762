package dev.magpie.simulation;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.AbstractEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The event loops of a {@link Simulation}: each that is asked for is a new one. */
final class SimulatedLoops extends AbstractEventExecutorGroup implements EventLoopGroup {
  private final Simulation simulation;
  private final List<SimulatedLoop> loops = new ArrayList<>();

  SimulatedLoops(Simulation simulation) {
    this.simulation = simulation;
  }

  List<SimulatedLoop> all() {
    return loops;
  }

  /** One of those that have something to run; null if there is none. */
  SimulatedLoop choose(Random random) {
    int runnable = 0;
    for (SimulatedLoop loop : loops) if (loop.isRunnable()) runnable++;
    if (runnable == 0) return null;
    int chosen = random.nextInt(runnable);
    for (SimulatedLoop loop : loops) if (loop.isRunnable() && chosen-- == 0) return loop;
    throw new IllegalStateException("a loop has lost its tasks");
  }

  boolean anyRunnable() {
    return loops.stream().anyMatch(SimulatedLoop::isRunnable);
  }

  /** Nanoseconds; -1 if no timer is set. */
  long nextTimer() {
    long next = -1;
    for (SimulatedLoop loop : loops) {
      long at = loop.nextTimer();
      if (at >= 0 && (next < 0 || at < next)) next = at;
    }
    return next;
  }

  void expire(long nanos) {
    for (SimulatedLoop loop : loops) loop.expire(nanos);
  }

  @Override
  public SimulatedLoop next() {
    SimulatedLoop loop = new SimulatedLoop(simulation);
    loops.add(loop);
    return loop;
  }

  @Override
  public Iterator<EventExecutor> iterator() {
    return List.<EventExecutor>copyOf(loops).iterator();
  }

  @Override
  public ChannelFuture register(Channel channel) {
    return next().register(channel);
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    return next().register(promise);
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    return next().register(channel, promise);
  }

  @Override
  public boolean isShuttingDown() {
    return false;
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    return terminationFuture();
  }

  @Override
  public Future<?> terminationFuture() {
    return GlobalEventExecutor.INSTANCE.newSucceededFuture(null);
  }

  @Override
  @Deprecated
  public void shutdown() {}
}
