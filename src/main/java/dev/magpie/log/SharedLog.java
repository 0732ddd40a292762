package dev.magpie.log;

import dev.magpie.Internal;
import dev.magpie.logging.Reason;
import dev.magpie.protocol.Ids;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one appender of a process to a namespace's log: appends the entries of all instances in batches (group commit), and passes committed
 * events to every instance in the order of the log. Shared by the instances of one Vert.x, on a context of its own; reference-counted:
 * opened by the first, closed by the last.
 *
 * @param <D> what is delivered of an event, made once for all instances
 */
@Internal
public final class SharedLog<D> implements Shareable {
  private static final Logger log = LoggerFactory.getLogger(SharedLog.class);

  /** Maximum number of entries in a batch: in a larger one the first would wait for the last. */
  private static final int BATCH = 500;

  /** Maximum number of entries that wait while the store is unavailable or slow; further ones are refused, which bounds the memory. */
  private static final int MOST_WAITING = 10_000;

  /** The same in bytes: large events are fewer. */
  private static final long MOST_BYTES = Runtime.getRuntime().maxMemory() / 16;

  private static final long RETRY_MILLIS = 250;

  private static final long REOPEN_MILLIS = 1_000;
  private static final long SWEEP_MILLIS = 15_000;

  /** Maps an event to what is delivered. */
  public interface Form<D> {
    D of(LoggedEvent event, String namespace, String origin, String offset);
  }

  /** A retried entry is attached to the pending write of the first attempt. */
  private static final class Pending<D> {
    private final LogEntry entry;
    private final long bytes;
    /** Publishes the event to other nodes; null where it is not published. */
    private final @Nullable Consumer<D> publisher;
    /** The callers that await it. */
    private final List<Promise<Appended>> waiting = new ArrayList<>(1);

    private Pending(LogEntry entry, long bytes, @Nullable Consumer<D> publisher) {
      this.entry = entry;
      this.bytes = bytes;
      this.publisher = publisher;
    }
  }

  // Set once.
  private final String id = Ids.random();
  private final Vertx vertx;
  private final ContextInternal context;
  private final String key;
  private final String namespace;
  private final Recovery mode;
  private final RecoveryOptions options;
  private final Form<D> form;
  private final Promise<Void> tried;
  private final Promise<Void> opened;
  /** These three are null until the log is open. */
  private EventLog events;
  private RecoveryStore sessions;
  private RecoveryProvider.@Nullable Stores stores;

  /** Number of instances that use it; changed within the map's compute only. */
  private int users;

  // Used on the context only.
  private final List<OrderedDelivery<D>> subscribers = new ArrayList<>();
  private final Deque<Pending<D>> queue = new ArrayDeque<>();
  private final Map<String, Pending<D>> pending = new HashMap<>();
  /** Of all that are pending. */
  private long pendingBytes;
  private boolean writing;
  private boolean unavailable;
  private long made;
  private long timer = -1;
  /** Null while it is in use. */
  private @Nullable Promise<Void> closing;

  // Of trimming.
  private LongSupplier wall;
  private @Nullable RetentionClock clock;
  private long sweptAt;
  private long sweptNanos;
  private boolean trimming;
  private final Promise<Void> trimmed;
  private long appendedEvents;
  private long appendedBytes;
  private volatile EventLog.Usage usage = new EventLog.Usage(0, 0, 0);

  private SharedLog(Vertx vertx, String key, String namespace, Recovery mode, RecoveryOptions options, Form<D> form) {
    this.mode = mode;
    this.vertx = vertx;
    this.context = ((VertxInternal) vertx).createEventLoopContext();
    this.key = key;
    this.namespace = namespace;
    this.options = options;
    this.form = form;
    this.tried = context.promise();
    this.opened = context.promise();
    this.trimmed = context.promise();
  }

  /** The log of this namespace, opened for the first instance. All instances of a name pass the same form. */
  @SuppressWarnings("unchecked")
  public static <D> SharedLog<D> of(Vertx vertx, LogOptions options, String namespace, Recovery mode, Form<D> form) {
    String key = options.name() + namespace;
    return (SharedLog<D>) logs(vertx).compute(key, (name, there) -> {
      SharedLog<?> shared = there == null ? new SharedLog<>(vertx, key, namespace, mode, options.recovery(), form).open(mode, options)
          : there;
      shared.users++;
      return shared;
    });
  }

  private static LocalMap<String, SharedLog<?>> logs(Vertx vertx) {
    return vertx.sharedData().getLocalMap("magpie.logs");
  }

  private SharedLog<D> open(Recovery mode, LogOptions chosen) {
    context.runOnContext(run -> tryToOpen(mode, chosen));
    return this;
  }

  private void tryToOpen(Recovery mode, LogOptions chosen) {
    stores(mode, chosen).onComplete(found -> context.runOnContext(then -> {
      if (found.failed() && found.cause() instanceof LogUnavailableException && closing == null) {
        // Clients of the namespace wait meanwhile; all others are served.
        if (tried.tryComplete()) log.warn("log not opened yet namespace={} reason={}", namespace, found.cause().getMessage());
        context.setTimer(REOPEN_MILLIS, fired -> tryToOpen(mode, chosen));
        return;
      }
      if (found.failed()) {
        tried.tryFail(found.cause());
        opened.fail(found.cause());
        return;
      }
      if (closing != null && closing.future().isComplete()) {
        found.result().close();
        return;
      }
      stores = found.result();
      events = stores.log();
      sessions = stores.sessions();
      wall = chosen.clock();
      sweptAt = wall.getAsLong();
      sweptNanos = System.nanoTime();
      timer = context.setPeriodic(SWEEP_MILLIS, fired -> sweep(wall.getAsLong()));
      if (tried.future().isComplete()) log.info("log opened namespace={}", namespace);
      opened.complete();
      tried.tryComplete();
      write();
      trim(sweptAt);
    }));
  }

  private Future<RecoveryProvider.Stores> stores(Recovery mode, LogOptions chosen) {
    if (mode == Recovery.MEMORY)
      return Future.succeededFuture(new InMemory(new MemoryEventLog(options.memoryEvents(), options.memoryBytes(), chosen.clock()),
          new MemoryRecoveryStore()));
    Optional<RecoveryProvider> provider;
    try {
      provider = Provided.choose(RecoveryProvider.class, "recovery.provider", chosen.provider());
    } catch (IllegalStateException severalOrNone) {
      return Future.failedFuture(severalOrNone);
    }
    if (provider.isPresent()) return provider.get().open(vertx, key, options);
    return Future.failedFuture("namespace " + namespace + " is to be durable, and there is no store on the class path");
  }

  private record InMemory(EventLog log, RecoveryStore sessions) implements RecoveryProvider.Stores {
    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  private void sweep(long now) {
    long nanos = System.nanoTime();
    // After a jump of the clock sessions in use look expired, until they are extended.
    boolean steady = Math.abs((now - sweptAt) - (nanos - sweptNanos) / 1_000_000) < options.windowMillis() / 2;
    sweptAt = now;
    sweptNanos = nanos;
    if (steady) sessions.sweep(now).onFailure(failure -> warn("sessions not swept", namespace, failure));
    if (!trimming) trim(now);
  }

  /** Trims by size first, then by age if the clock is trusted. */
  private void trim(long now) {
    trimming = true;
    appendedEvents = 0;
    appendedBytes = 0;
    letGo("size", options.maxEvents(), options.maxBytes(), Long.MIN_VALUE)
        .compose(done -> retentionClock(now))
        .compose(clock -> {
          OptionalLong time = clock.look(now);
          return time.isEmpty() ? Future.succeededFuture()
              : letGo("age", Long.MAX_VALUE, Long.MAX_VALUE, time.getAsLong() - options.maxAgeMillis());
        })
        .compose(done -> noteClock())
        .compose(done -> events.usage())
        .onComplete(done -> context.runOnContext(run -> {
          trimming = false;
          trimmed.tryComplete();
          if (done.succeeded()) usage = done.result();
          else warn("log not trimmed", namespace, done.cause());
        }));
  }

  private Future<RetentionClock> retentionClock(long now) {
    if (clock != null) return Future.succeededFuture(clock);
    return events.believed().map(believed -> clock = new RetentionClock(namespace, believed, options.acceptClockJump()));
  }

  private Future<Void> noteClock() {
    OptionalLong note = clock.toNote();
    return note.isEmpty() ? Future.succeededFuture() : events.believe(note.getAsLong());
  }

  private Future<Void> letGo(String reason, long maxEvents, long maxBytes, long before) {
    return events.extent().compose(extent -> pieces(maxEvents, maxBytes, before).compose(done -> events.extent()).map(after -> {
      if (after.first() > extent.first())
        log.info("log trimmed namespace={} reason={} events={} first={}", namespace, reason, after.first() - extent.first(), after.first());
      return null;
    }));
  }

  /** In batches, so that appends do not wait. */
  private Future<Void> pieces(long maxEvents, long maxBytes, long before) {
    return events.trim(maxEvents, maxBytes, before)
        .compose(more -> more && closing == null ? pieces(maxEvents, maxBytes, before) : Future.succeededFuture());
  }

  /** Counts appended events, and trims early when they are many. */
  private void count(List<Appended> appended) {
    for (int i = 0; i < appended.size(); i++) appendedBytes += appended.get(i).event().weight();
    appendedEvents += appended.size();
    if (!trimming && (appendedBytes > options.maxBytes() / 8 || appendedEvents > Math.max(BATCH, options.maxEvents() / 8)))
      trim(wall.getAsLong());
  }

  // --- For the instances, on any thread

  /** The origin of broadcasts that this process has delivered already. */
  public String id() {
    return id;
  }

  public Future<Void> opened() {
    return opened.future();
  }

  /** Succeeds when it is open, or will be once its database is reachable; fails when it can never be opened. */
  public Future<Void> tried() {
    return tried.future();
  }

  /** The log; available once {@link #opened}. */
  public EventLog events() {
    return events;
  }

  public RecoveryStore sessions() {
    return sessions;
  }

  /** Succeeds after the first trim. */
  public Future<Void> trimmed() {
    return trimmed.future();
  }

  /** The size as of the last trim. */
  public EventLog.Usage usage() {
    return usage;
  }

  /** Subscribes an instance to events appended from now on; succeeds with the head behind which they begin. */
  public Future<Long> subscribe(OrderedDelivery<D> delivery) {
    Promise<Long> subscribed = context.promise();
    context.runOnContext(run -> {
      subscribers.add(delivery);
      tellHead(subscribed);
    });
    return subscribed.future();
  }

  private void tellHead(Promise<Long> head) {
    events.extent().onComplete(extent -> context.runOnContext(then -> {
      if (extent.succeeded()) head.complete(extent.result().head());
      else if (extent.cause() instanceof LogUnavailableException && closing == null)
        context.setTimer(REOPEN_MILLIS, fired -> tellHead(head));
      else head.fail(extent.cause());
    }));
  }

  /** Runs an action if this instance is the first subscriber, for work that one instance of a process does. */
  public void ifFirst(OrderedDelivery<D> delivery, Runnable action) {
    context.runOnContext(run -> {
      if (!subscribers.isEmpty() && subscribers.get(0) == delivery) action.run();
    });
  }

  /**
   * Appends an entry; the entries of one thread are appended in its order.
   *
   * @param publisher publishes the event to other nodes; null for an entry that each node logs for itself
   * @param done completes when the event was passed to all instances of this process; null where nobody waits: the entry is then retried
   *     while the store is unavailable
   */
  public void append(LogEntry entry, @Nullable Consumer<D> publisher, @Nullable Promise<Appended> done) {
    context.runOnContext(run -> take(entry, publisher, done));
  }

  /** The event with this cid; one that is on its way into the log is awaited. */
  public void original(String cid, Promise<Optional<LoggedEvent>> found) {
    context.runOnContext(run -> {
      Pending<D> known = pending.get(cid);
      if (known == null) events.original(cid).onComplete(found);
      else {
        Promise<Appended> appended = context.promise();
        known.waiting.add(appended);
        appended.future().map(result -> Optional.of(result.event())).onComplete(found);
      }
    });
  }

  /** Unsubscribes an instance, and closes the log with the last one. */
  public Future<Void> release(OrderedDelivery<D> delivery) {
    boolean[] last = {false};
    logs(vertx).computeIfPresent(key, (name, shared) -> {
      if (shared != this) return shared;
      last[0] = --users == 0;
      return last[0] ? null : this;
    });
    Promise<Void> released = context.promise();
    context.runOnContext(run -> {
      subscribers.remove(delivery);
      if (last[0]) end().onComplete(released);
      else released.complete();
    });
    return released.future();
  }

  // --- Appending

  private void take(LogEntry entry, @Nullable Consumer<D> publisher, @Nullable Promise<Appended> done) {
    Pending<D> known = entry.cid() == null ? null : pending.get(entry.cid());
    if (known != null) {
      if (done != null) known.waiting.add(done);
      return;
    }
    long bytes = entry.weight();
    // One is always taken, whatever its size.
    boolean fits = queue.size() < MOST_WAITING && (pending.isEmpty() || pendingBytes + bytes <= MOST_BYTES);
    if (!fits || closing != null) {
      LogUnavailableException full =
          new LogUnavailableException(closing != null ? "the log is closing" : "too many events wait for the log", null);
      if (done != null) done.fail(full);
      else log.warn("event not logged and not delivered namespace={} event={} reason={}", namespace, entry.event().getValue(0),
          full.getMessage());
      return;
    }
    Pending<D> taken = new Pending<>(entry.cid() == null ? entry.madeCid(id + Long.toString(++made, 36)) : entry, bytes,
        publisher);
    if (done != null) taken.waiting.add(done);
    pending.put(taken.entry.cid(), taken);
    pendingBytes += bytes;
    queue.add(taken);
    if (!writing) write();
  }

  private void write() {
    if (queue.isEmpty() || events == null) {
      writing = false;
      if (closing != null) finish();
      return;
    }
    writing = true;
    List<Pending<D>> batch = new ArrayList<>(Math.min(BATCH, queue.size()));
    List<LogEntry> entries = new ArrayList<>(batch.size());
    while (batch.size() < BATCH && !queue.isEmpty()) {
      batch.add(queue.poll());
      entries.add(batch.get(batch.size() - 1).entry);
    }
    append(entries).onComplete(appended -> {
      if (context.inThread()) written(batch, appended);
      else context.runOnContext(run -> written(batch, appended));
    });
  }

  private Future<List<Appended>> append(List<LogEntry> entries) {
    try {
      return events.append(entries);
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  private void written(List<Pending<D>> batch, io.vertx.core.AsyncResult<List<Appended>> appended) {
    if (appended.failed()) {
      failed(batch, appended.cause());
      return;
    }
    if (unavailable) log.info("log available again namespace={}", namespace);
    unavailable = false;
    publish(batch, appended.result());
    if (mode == Recovery.DURABLE) count(appended.result());
    // After publishing: a sender gets the event before its acknowledgement.
    for (int i = 0; i < batch.size(); i++) {
      Pending<D> done = batch.get(i);
      remove(done);
      Appended result = appended.result().get(i);
      done.waiting.forEach(waiting -> waiting.complete(result));
    }
    write();
  }

  private void publish(List<Pending<D>> batch, List<Appended> appended) {
    List<Sequenced<D>> news = new ArrayList<>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      if (appended.get(i).duplicate()) continue;
      LoggedEvent event = appended.get(i).event();
      D formed = form.of(event, namespace, id, Offset.text(events.epoch(), event.seq()));
      news.add(new Sequenced<>(event.seq(), formed));
      if (batch.get(i).publisher != null && vertx.isClustered()) batch.get(i).publisher.accept(formed);
    }
    if (!news.isEmpty()) subscribers.forEach(subscriber -> subscriber.handOver(news));
  }

  /** It is not known what was written. Callers that wait retry by themselves; entries without a caller are retried here. */
  private void failed(List<Pending<D>> batch, Throwable cause) {
    if (!unavailable) log.warn("log unavailable namespace={} entries={} reason={}", namespace, batch.size(), Reason.of(cause));
    unavailable = true;
    for (int i = batch.size() - 1; i >= 0; i--) {
      Pending<D> one = batch.get(i);
      if (one.waiting.isEmpty() && closing == null) {
        queue.addFirst(one);
        continue;
      }
      remove(one);
      one.waiting.forEach(waiting -> waiting.fail(new LogUnavailableException("the log is unavailable", cause)));
    }
    context.setTimer(RETRY_MILLIS, fired -> write());
  }

  private void remove(Pending<D> done) {
    pending.remove(done.entry.cid());
    pendingBytes -= done.bytes;
  }

  /** Logs a failure; one of an unavailable store at debug level, since the store itself logs that once. */
  public static void warn(String what, String namespace, Throwable failure) {
    if (failure instanceof LogUnavailableException) log.debug("{} namespace={} reason={}", what, namespace, failure.getMessage());
    else log.warn("{} namespace={} reason={}", what, namespace, Reason.of(failure));
  }

  // --- The end

  private Future<Void> end() {
    if (closing == null) {
      closing = context.promise();
      if (!writing) finish();
    }
    return closing.future();
  }

  private void finish() {
    if (timer >= 0) vertx.cancelTimer(timer);
    timer = -1;
    if (stores == null) closing.tryComplete();
    else stores.close().onComplete(closing);
  }
}
