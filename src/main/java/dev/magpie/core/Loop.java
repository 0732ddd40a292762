package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.protocol.Ids;
import dev.magpie.protocol.Values;
import dev.magpie.state.Hub;
import dev.magpie.state.HubLink;
import dev.magpie.transport.admission.LimitTable;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all parts of one {@link Io} use: its context, options, timers, counters and cluster. Uses none of those parts. {@link #run} and the
 * counters may be used from any thread, the rest on the context.
 */
final class Loop {
  private static final Logger log = LoggerFactory.getLogger(Loop.class);

  /** How long a stall counts: enough to read what arrived during it. */
  private static final long STALL_COUNTS_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Vertx vertx;
  private final ContextInternal context;
  private final IoOptions options;
  private final Values values;
  private final TimerWheel timers;
  private final LimitTable limits;
  /** See {@link #recentStall}: nanoseconds of stalls. */
  private long stallsSeen;
  private long stallsForgotten;
  private long stalledAt;
  private final Counters counters = new Counters();
  private final Revocations revocations;
  private final String id = Ids.random();
  /** Set once, before the first broadcast. */
  private Cluster cluster;
  /** Set once, as the cluster. */
  private HubLink hub;
  /** Null without a tracer. */
  private final @Nullable EventTracing tracing;
  /** Null where nobody observes. */
  private @Nullable IoEvents events;
  /** Starts that {@link #started} waits for. */
  private final List<Future<?>> starting = new ArrayList<>();
  /** The thread that has created the instance, as long as it may register handlers; then null. */
  private volatile @Nullable Thread creator = Thread.currentThread();

  Loop(Vertx vertx, IoOptions options, TimerWheel timers) {
    this.vertx = vertx;
    this.context = (ContextInternal) vertx.getOrCreateContext();
    if (!context.isEventLoopContext()) throw new IllegalStateException("an Io runs on an event loop, not on a "
        + (context.isWorkerContext() ? "worker" : "virtual thread") + ": deploy its verticle with ThreadingModel.EVENT_LOOP, the default;"
        + " handlers that block are registered by socket.onBlocking or socket.onVirtual");
    this.options = options;
    this.values = Values.of(options.mapper());
    this.tracing = EventTracing.of(context, options.tracingPolicy());
    this.timers = timers;
    this.limits = LimitTable.of(vertx);
    this.revocations = new Revocations(options.clock(), options.recovery().windowMillis());
  }

  /** @param listener is told, on the context, of the room state that namespaces use */
  void join(Cluster joined, HubLink.Listener listener) {
    cluster = joined;
    Executor executor = task -> context.runOnContext(run -> task.run());
    // Without a cluster an instance is alone, whatever others have its name.
    hub = joined instanceof SingleInstance ? Hub.alone(vertx).attach(id, executor, listener)
        : Hub.attach(vertx, options.name(), id, executor, listener);
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

  /** Nanoseconds of the stalls of this loop, as long as the last one is less than a minute ago: what came meanwhile is read at once. */
  long recentStall() {
    long now = timers.now();
    long stalls = timers.stallCredit();
    if (stalls != stallsSeen) {
      if (now - stalledAt > STALL_COUNTS_NANOS) stallsForgotten = stallsSeen;
      stallsSeen = stalls;
      stalledAt = now;
    } else if (now - stalledAt > STALL_COUNTS_NANOS) stallsForgotten = stalls;
    return stalls - stallsForgotten;
  }

  /** How often limits have refused something: shared with other instances. */
  LimitTable limits() {
    return limits;
  }

  Counters counters() {
    return counters;
  }

  Revocations revocations() {
    return revocations;
  }

  void observe(IoEvents observed) {
    events = observed;
  }

  /** Whom to report to; null where nobody observes. */
  @Nullable IoEvents events() {
    return events;
  }

  /** Id of the instance, unique in the cluster. */
  String id() {
    return id;
  }

  Cluster cluster() {
    return cluster;
  }

  /** This instance's end of the hub that owns the state of rooms. */
  HubLink hub() {
    return hub;
  }

  /** The context of the event whose handlers run, where it is traced; otherwise that of the instance. */
  ContextInternal current() {
    ContextInternal current = tracing == null ? null : ContextInternal.current();
    return current != null && current.unwrap() == context ? current : context;
  }

  /** Null without a tracer. */
  @Nullable EventTracing tracing() {
    return tracing;
  }

  <T> Promise<T> promise() {
    return current().promise();
  }

  /** Whether the caller is on this instance's event loop. */
  boolean isHere() {
    return context.inThread();
  }

  /**
   * For what registers handlers.
   *
   * @param what is called, for the message
   * @throws IllegalStateException on another thread than the event loop, and than the one that has created the instance before {@link
   *     #ready}
   */
  void requireOwner(String what) {
    if (isHere() || Thread.currentThread() == creator) return;
    throw new IllegalStateException(what + " was called on thread " + Thread.currentThread().getName() + "; handlers are registered on the"
        + " event loop of their Io (in its verticle, in a handler, or by io.context().runOnContext), or before io.ready() on the thread"
        + " that has created it");
  }

  /** @throws UnsupportedOperationException where the Java runtime has no virtual threads */
  void requireVirtualThreads() {
    if (!context.owner().isVirtualThreadAvailable()) throw new UnsupportedOperationException("onVirtual needs Java 21 or later, not "
        + Runtime.version().feature() + "; onBlocking runs handlers on worker threads");
  }

  /** The application has registered its handlers. */
  void ready() {
    creator = null;
  }

  /** Runs an action that ends the instance; succeeds at once if its event loop has ended, and with it all that ran there. */
  Future<Void> end(Supplier<Future<Void>> action) {
    Promise<Void> done = promise();
    try {
      run(() -> action.get().onComplete(done));
    } catch (RejectedExecutionException ended) {
      return Future.succeededFuture();
    }
    return done.future();
  }

  /** Runs an action on this instance's event loop: at once if the caller is on it, otherwise scheduled. */
  void run(Runnable action) {
    if (isHere()) action.run();
    else context.runOnContext(run -> action.run());
  }

  /** Calls an observer of the application, on the context: what it throws is logged and counted, and has no effect on the caller. */
  void guarded(String what, Runnable observer) {
    try {
      observer.run();
    } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
      counters.increment(Count.HANDLER_FAILURES);
      log.error("{} failed", what, failure);
    }
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
    try {
      run(() -> Future.all(starting).<Void>mapEmpty().onComplete(started));
    } catch (RejectedExecutionException ended) {
      return Future.failedFuture(new IllegalStateException("Vert.x is closed", ended));
    }
    return started.future();
  }
}
