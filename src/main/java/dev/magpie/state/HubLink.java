package dev.magpie.state;

import dev.magpie.Internal;
import dev.magpie.log.LogUnavailableException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One instance's end of the {@link Hub}. Its public methods are used on the instance's executor, and call back there; the others on the
 * hub's. What passes either way keeps its order.
 */
@Internal
public final class HubLink {

  /** What the instance is told besides its replicas. */
  public interface Listener {
    /** The namespace uses this kind of state from now on, or did so when the instance was attached. */
    void switchedOn(Kind<?> kind, String namespace);

    /** The namespace has no state of this kind any more; {@link #switchedOn} is called again when it has. */
    default void switchedOff(Kind<?> kind, String namespace) {}
  }

  private record Topic(Kind<?> kind, String namespace, String room) {}

  private record Subscription(Topic topic, Replica<?, ?> replica) {}

  private final Hub hub;
  private final String instance;
  private final Executor executor;
  private final Listener listener;

  // Used on the instance's executor.
  private final Map<Topic, Long> numbers = new HashMap<>();
  private final Map<Long, Subscription> subscriptions = new HashMap<>();
  private final Set<Promise<?>> asked = new HashSet<>();
  private long last;
  private boolean closed;

  HubLink(Hub hub, String instance, Executor executor, Listener listener) {
    this.hub = hub;
    this.instance = instance;
    this.executor = executor;
    this.listener = listener;
  }

  /** The id of the instance. */
  public String instance() {
    return instance;
  }

  // --- For the instance

  /** Asks for the state of a room, which is passed to the replica until {@link #unsubscribe}. One replica for each room and kind. */
  public void subscribe(Kind<?> kind, String namespace, String room, Replica<?, ?> replica) {
    if (closed) return;
    Topic topic = new Topic(kind, namespace, room);
    long number = ++last;
    Long former = numbers.put(topic, number);
    if (former != null) throw new IllegalStateException("subscribed already: " + topic);
    subscriptions.put(number, new Subscription(topic, replica));
    hub.execute(() -> hub.space(kind, namespace).subscribe(this, room, number));
  }

  /** Ends it; does nothing where there is none. */
  public void unsubscribe(Kind<?> kind, String namespace, String room) {
    Long number = numbers.remove(new Topic(kind, namespace, room));
    if (number == null) return;
    subscriptions.remove(number);
    hub.execute(() -> hub.space(kind, namespace).unsubscribe(this, room, number));
  }

  /** Runs a command on the hub's part of this kind in this namespace. */
  public <S extends Space> void tell(Kind<S> kind, String namespace, Consumer<S> command) {
    if (!closed) hub.execute(() -> command.accept(hub.space(kind, namespace)));
  }

  /** The same if this is the first of the attached instances: for what all instances are told, and one of them has to do. */
  public <S extends Space> void tellIfFirst(Kind<S> kind, String namespace, Consumer<S> command) {
    if (!closed) hub.execute(() -> {
      if (hub.isFirst(this)) command.accept(hub.space(kind, namespace));
    });
  }

  /**
   * Runs a command that has a result.
   *
   * @param command completes the promise, at once or later, on the hub's executor
   * @return completes on the instance's executor, behind the changes that the command has published; fails when the instance ends before
   */
  public <S extends Space, T> Future<T> ask(Kind<S> kind, String namespace, BiConsumer<S, Promise<T>> command) {
    Promise<T> answer = Promise.promise();
    if (closed) {
      answer.fail(ended());
      return answer.future();
    }
    asked.add(answer);
    hub.execute(() -> {
      Promise<T> result = Promise.promise();
      result.future().onComplete(done -> post(() -> answered(answer, done)));
      try {
        command.accept(hub.space(kind, namespace), result);
      } catch (RuntimeException failure) {
        result.tryFail(failure);
      }
    });
    return answer.future();
  }

  private <T> void answered(Promise<T> answer, AsyncResult<T> result) {
    if (!asked.remove(answer)) return;
    if (result.succeeded()) answer.complete(result.result());
    else answer.fail(result.cause());
  }

  /** The namespace uses this kind of state: all instances are told, this one too. Does nothing the second time. */
  public void switchOn(Kind<?> kind, String namespace) {
    if (!closed) hub.execute(() -> hub.switchOn(kind, namespace));
  }

  /**
   * The instance ends: what it holds and its subscriptions go, and what it has asked for fails. Idempotent.
   *
   * @return as of {@link Hub#detach}
   */
  public Future<Void> close() {
    if (closed) return Future.succeededFuture();
    closed = true;
    numbers.clear();
    subscriptions.clear();
    List<Promise<?>> open = List.copyOf(asked);
    asked.clear();
    open.forEach(promise -> promise.fail(ended()));
    return hub.detach(instance);
  }

  private static LogUnavailableException ended() {
    return new LogUnavailableException("the instance is closed", null);
  }

  // --- For the hub

  void switchedOn(Kind<?> kind, String namespace) {
    post(() -> listener.switchedOn(kind, namespace));
  }

  void switchedOff(Kind<?> kind, String namespace) {
    post(() -> listener.switchedOff(kind, namespace));
  }

  void snapshot(long subscription, long version, Object state) {
    post(() -> {
      Replica<Object, Object> replica = replica(subscription);
      if (replica != null) replica.snapshot(hub.epoch(), version, state);
    });
  }

  void changed(long subscription, long version, Object change) {
    post(() -> {
      Replica<Object, Object> replica = replica(subscription);
      if (replica != null) replica.changed(hub.epoch(), version, change);
    });
  }

  /** The types are those of the state that the replica has subscribed to. */
  @SuppressWarnings("unchecked")
  private @Nullable Replica<Object, Object> replica(long subscription) {
    Subscription known = subscriptions.get(subscription);
    return known == null ? null : (Replica<Object, Object>) known.replica;
  }

  private void post(Runnable message) {
    try {
      executor.execute(() -> {
        if (!closed) message.run();
      });
    } catch (RejectedExecutionException ended) {
      // The event loop of the instance has ended with its Vert.x.
    }
  }
}
