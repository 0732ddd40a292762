package dev.magpie.core;

import dev.magpie.protocol.Ids;
import dev.magpie.protocol.Values;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;

/**
 * What all parts of one {@link Io} use: its context, options, timers, counters and cluster. Uses none of those parts. {@link #run} and the
 * counters may be used from any thread, the rest on the context.
 */
final class Loop {
  private final Vertx vertx;
  private final ContextInternal context;
  private final IoOptions options;
  private final Values values;
  private final TimerWheel timers;
  private final Counters counters = new Counters();
  private final String id = Ids.random();
  /** Set once, before the first broadcast. */
  private Cluster cluster;
  /** Starts that {@link #started} waits for. */
  private final List<Future<?>> starting = new ArrayList<>();

  Loop(Vertx vertx, IoOptions options, TimerWheel timers) {
    this.vertx = vertx;
    this.context = (ContextInternal) vertx.getOrCreateContext();
    if (!context.isEventLoopContext()) throw new IllegalStateException("an Io must be created on an event loop context, not on a worker");
    this.options = options;
    this.values = Values.of(options.mapper());
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

  /** Converts what the application sends, and what it receives. */
  Values values() {
    return values;
  }

  TimerWheel timers() {
    return timers;
  }

  Counters counters() {
    return counters;
  }

  /** Id of the instance, unique in the cluster. */
  String id() {
    return id;
  }

  Cluster cluster() {
    return cluster;
  }

  <T> Promise<T> promise() {
    return context.promise();
  }

  /** Whether the caller is on this instance's event loop. */
  boolean isHere() {
    return context.inThread();
  }

  /** Runs an action on this instance's event loop: at once if the caller is on it, otherwise scheduled. */
  void run(Runnable action) {
    if (isHere()) action.run();
    else context.runOnContext(run -> action.run());
  }

  /** Subscribes to the broadcasts of a namespace. */
  void listen(String namespace) {
    run(() -> starts(cluster.broadcaster().listen(namespace)));
  }

  /** {@link #started} waits for this. */
  void starts(Future<?> part) {
    starting.removeIf(Future::succeeded);
    starting.add(part);
  }

  /** Succeeds once everything that was passed to {@link #starts} has. */
  Future<Void> started() {
    Promise<Void> started = promise();
    run(() -> Future.all(starting).<Void>mapEmpty().onComplete(started));
    return started.future();
  }
}
