package dev.magpie.state;

import dev.magpie.Internal;
import dev.magpie.protocol.Ids;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner of the room state of all instances of one Vert.x and one name. Instances and hub meet only in messages, which run on each
 * other's executor in their order: see {@link HubLink}. The hub has an event loop context of its own, made at the first use, so that state
 * outlives the instance that has set it; it ends with the last instance.
 *
 * <p>{@link #attach} and {@link #detach} may be called from any thread; all else is used on the hub's executor.
 */
@Internal
public final class Hub implements Shareable {
  private static final Logger log = LoggerFactory.getLogger(Hub.class);

  private record Use(Kind<?> kind, String namespace) {}

  private final String epoch = Ids.random();
  private final Executor executor;
  private final Timers timers;
  private final Runnable closed;
  /** By instance, in the order in which they were attached; replaced when it changes, under the lock. */
  private volatile Map<String, HubLink> links = Map.of();
  /** Whether anything was executed: before that no instance has anything to hear. */
  private volatile boolean used;
  /** Whether the last instance has gone; guarded by the lock. */
  private boolean over;

  // Used on the executor.
  private final Map<Use, Space> spaces = new LinkedHashMap<>();
  private final Set<Use> on = new LinkedHashSet<>();
  /** Of parts that were dropped, what is not closed yet. */
  private final Set<Future<Void>> closing = new LinkedHashSet<>();
  /** Highest version of the parts that were dropped: those that are made later go on from there. */
  private long version;

  /**
   * A hub on an executor of the caller: for tests.
   *
   * @param executor runs one task at a time, in the order in which they came; the timers' tasks too
   */
  public Hub(Executor executor, Timers timers) {
    this(executor, timers, () -> {});
  }

  private Hub(Executor executor, Timers timers, Runnable closed) {
    this.executor = executor;
    this.timers = timers;
    this.closed = closed;
  }

  /** A hub on a context of its own, which is shared with nobody. */
  public static Hub alone(Vertx vertx) {
    HubContext context = new HubContext(vertx);
    return new Hub(context, context, context::close);
  }

  /**
   * Attaches an instance to the hub that the instances of this Vert.x and name share; it is made for the first of them.
   *
   * @param executor of the instance: runs one task at a time, in the order in which they came
   */
  public static HubLink attach(Vertx vertx, String name, String instance, Executor executor, HubLink.Listener listener) {
    LocalMap<String, Hub> hubs = vertx.sharedData().getLocalMap("magpie.hubs");
    HubLink[] attached = new HubLink[1];
    hubs.compute(name, (key, there) -> {
      attached[0] = there == null ? null : there.tryAttach(instance, executor, listener);
      if (attached[0] != null) return there;
      Hub made = alone(vertx);
      attached[0] = made.attach(instance, executor, listener);
      return made;
    });
    return attached[0];
  }

  /** Attaches an instance, which is told of what is switched on already. */
  public HubLink attach(String instance, Executor executor, HubLink.Listener listener) {
    HubLink link = tryAttach(instance, executor, listener);
    if (link == null) throw new IllegalStateException("the last instance has gone");
    return link;
  }

  private synchronized @Nullable HubLink tryAttach(String instance, Executor executor, HubLink.Listener listener) {
    if (over) return null;
    HubLink link = new HubLink(this, instance, executor, listener);
    Map<String, HubLink> more = new LinkedHashMap<>(links);
    if (more.put(instance, link) != null) throw new IllegalStateException("attached already: " + instance);
    links = more;
    // Whoever switches a kind on after this line sees the new map.
    if (used) execute(() -> {
      for (Use use : on) link.switchedOn(use.kind, use.namespace);
    });
    return link;
  }

  /**
   * An instance has ended, or is lost: its subscriptions and what it held go. Does nothing for one that is not attached.
   *
   * @return succeeds when that is done; for the last instance when all that was opened is closed. On any thread
   */
  public synchronized Future<Void> detach(String instance) {
    Map<String, HubLink> fewer = new LinkedHashMap<>(links);
    HubLink link = fewer.remove(instance);
    if (link == null) return Future.succeededFuture();
    links = fewer;
    boolean last = fewer.isEmpty();
    over = last;
    Promise<Void> detached = Promise.promise();
    boolean runs = used && execute(() -> {
      for (Space space : List.copyOf(spaces.values())) space.detach(link);
      if (last) close().onComplete(detached);
      else detached.complete();
    });
    return runs ? detached.future() : Future.succeededFuture();
  }

  private Future<Void> close() {
    List<Future<Void>> all = new ArrayList<>(closing);
    for (Space space : spaces.values()) all.add(space.close());
    return Future.join(all).<Void>transform(done -> Future.succeededFuture()).onComplete(done -> closed.run());
  }

  /** The incarnation: versions of different epochs are not compared. */
  public String epoch() {
    return epoch;
  }

  /** Milliseconds since 1970. */
  public long now() {
    return timers.now();
  }

  /**
   * Runs a task once, on the executor.
   *
   * @param millis from now
   * @return cancels it; does nothing after it has run
   */
  public Runnable schedule(long millis, Runnable task) {
    return timers.schedule(Math.max(1, millis), guarded(task));
  }

  /**
   * Runs a task on the executor, behind what was passed before. From any thread.
   *
   * @return false when the executor has ended
   */
  public boolean execute(Runnable task) {
    used = true;
    try {
      executor.execute(guarded(task));
      return true;
    } catch (RejectedExecutionException vertxHasEnded) {
      log.debug("command for room state dropped, the event loop has ended");
      return false;
    }
  }

  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException bug) {
        log.error("command for room state failed", bug);
      }
    };
  }

  /** The same future, completing on the executor. */
  public <T> Future<T> here(Future<T> elsewhere) {
    Promise<T> here = Promise.promise();
    elsewhere.onComplete(done -> execute(() -> {
      if (done.succeeded()) here.complete(done.result());
      else here.fail(done.cause());
    }));
    return here.future();
  }

  /** A kind's part for a namespace, made at its first use. */
  @SuppressWarnings("unchecked")
  <S extends Space> S space(Kind<S> kind, String namespace) {
    return (S) spaces.computeIfAbsent(new Use(kind, namespace), use -> kind.make(this, namespace));
  }

  /**
   * Forgets a part that has nothing to keep, and closes it; the next use makes it anew, and switches it on anew.
   *
   * @param highest version that it has used
   */
  void drop(Kind<?> kind, Space space, long highest) {
    Use use = new Use(kind, space.namespace());
    if (!spaces.remove(use, space)) return;
    version = Math.max(version, highest);
    if (on.remove(use)) for (HubLink link : links.values()) link.switchedOff(kind, space.namespace());
    Future<Void> closed = space.close();
    if (closed.isComplete()) return;
    closing.add(closed);
    closed.onComplete(done -> closing.remove(closed));
  }

  /** The version from which a part goes on. */
  long version() {
    return version;
  }

  boolean isFirst(HubLink link) {
    return !links.isEmpty() && links.values().iterator().next() == link;
  }

  /** The namespace uses this kind from now on: all instances are told. Does nothing the second time. */
  public void switchOn(Kind<?> kind, String namespace) {
    Use use = new Use(kind, namespace);
    if (!on.add(use)) return;
    for (HubLink link : links.values()) link.switchedOn(kind, namespace);
  }
}
