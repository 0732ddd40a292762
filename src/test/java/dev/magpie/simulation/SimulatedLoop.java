package dev.magpie.simulation;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * An event loop that runs a task when its {@link Simulation} says so, on the simulation's thread: its tasks in the order in which they
 * came, its timers by the simulation's clock. Has no channels.
 */
final class SimulatedLoop extends AbstractScheduledEventExecutor implements EventLoop {
  private final Simulation simulation;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private boolean paused;
  /** Netty asserts that only the loop itself asks for its timers. */
  private boolean expiring;
  /** It comes behind the next one; null for none. */
  private Runnable overtaken;

  SimulatedLoop(Simulation simulation) {
    this.simulation = simulation;
  }

  boolean isRunnable() {
    return !paused && !tasks.isEmpty();
  }

  void pause(boolean pause) {
    paused = pause;
  }

  void runOne() {
    tasks.remove().run();
  }

  /** Timers that are due become tasks. */
  void expire(long nanos) {
    expiring = true;
    for (Runnable due = pollScheduledTask(nanos); due != null; due = pollScheduledTask(nanos)) tasks.add(due);
    expiring = false;
  }

  /** When its next timer is due; -1 for none. */
  long nextTimer() {
    return nextScheduledTaskDeadlineNanos();
  }

  @Override
  public void execute(Runnable task) {
    switch (simulation.fate()) {
      case RUN -> add(task);
      case LOSE -> {}
      case DOUBLE -> {
        add(task);
        add(task);
      }
      case OVERTAKEN_BY_THE_NEXT -> overtaken = task;
    }
  }

  private void add(Runnable task) {
    tasks.add(task);
    if (overtaken != null) tasks.add(overtaken);
    overtaken = null;
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return expiring || simulation.isRunning(this);
  }

  @Override
  public Ticker ticker() {
    return simulation;
  }

  @Override
  public EventLoop next() {
    return this;
  }

  @Override
  public EventLoopGroup parent() {
    return simulation.loops();
  }

  // It has nothing to end.

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
  @Deprecated
  public void shutdown() {}

  @Override
  public Future<?> terminationFuture() {
    return GlobalEventExecutor.INSTANCE.newSucceededFuture(null);
  }

  @Override
  public ChannelFuture register(Channel channel) {
    throw new UnsupportedOperationException("a simulated loop has no channels");
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    throw new UnsupportedOperationException("a simulated loop has no channels");
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    throw new UnsupportedOperationException("a simulated loop has no channels");
  }
}
