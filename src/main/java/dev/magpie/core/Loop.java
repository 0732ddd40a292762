package dev.magpie.core;

import dev.magpie.protocol.Ids;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;

/**
 * What all parts of one {@link Io} stand on: its context, options, timers, counters, and the way to the other instances. Knows none of
 * those parts. Set up once; {@link #run} and the counters may be used from any thread, the rest on the context.
 */
final class Loop {
  private final Vertx vertx;
  private final ContextInternal context;
  private final IoOptions options;
  private final TimerWheel timers;
  private final Counters counters = new Counters();
  private final String id = Ids.random();
  /** Set once, before anything is broadcast. */
  private Cluster cluster;
  /** What has not started yet. */
  private final List<Future<?>> starting = new ArrayList<>();

  Loop(Vertx vertx, IoOptions options, TimerWheel timers) {
    this.vertx = vertx;
    this.context = (ContextInternal) vertx.getOrCreateContext();
    if (!context.isEventLoopContext()) throw new IllegalStateException("an Io is created on an event loop, not on a worker");
    this.options = options;
    this.timers = timers;
  }

  void join(Cluster joined) {
    cluster = joined;
  }

  Vertx vertx() {
    return vertx;
  }

  ContextInternal context() {
    return context;
  }

  IoOptions options() {
    return options;
  }

  TimerWheel timers() {
    return timers;
  }

  Counters counters() {
    return counters;
  }

  /** Of the instance, unique among all. */
  String id() {
    return id;
  }

  Cluster cluster() {
    return cluster;
  }

  <T> Promise<T> promise() {
    return context.promise();
  }

  /** Whether the caller is on this instance's thread. */
  boolean isHere() {
    return context.inThread();
  }

  /** At once on this instance's thread, a moment later from elsewhere. */
  void run(Runnable action) {
    if (isHere()) action.run();
    else context.runOnContext(run -> action.run());
  }

  /** Hears what others say in a new namespace. */
  void listen(String namespace) {
    run(() -> starts(cluster.broadcaster().listen(namespace)));
  }

  /** The instance is not {@link #started} before this is. */
  void starts(Future<?> part) {
    starting.removeIf(Future::succeeded);
    starting.add(part);
  }

  Future<Void> started() {
    Promise<Void> started = promise();
    run(() -> Future.all(starting).<Void>mapEmpty().onComplete(started));
    return started.future();
  }
}
