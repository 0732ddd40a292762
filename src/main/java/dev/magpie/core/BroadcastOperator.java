package dev.magpie.core;

import dev.magpie.Internal;
import dev.magpie.core.Broadcast.Action;
import dev.magpie.core.ClusterQuestion.Kind;
import dev.magpie.log.Appended;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.Ids;
import dev.magpie.protocol.RoomNames;
import dev.magpie.state.RetainedSpace;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A selection of sockets, and what is sent to them or done to them. Immutable: each refining method returns another operator. May be used
 * from any thread. What is sent on the instance's own context reaches this instance's clients at once and in order; what is sent on another
 * thread is passed to that context first.
 *
 * <pre>{@code
 * io.to("lobby").except(socket.id()).emit("joined", name);
 * io.to("lobby").timeout(5_000).emitWithAck("ready?").onSuccess(all -> log.info("{} of the lobby", all.answers().size()));
 * }</pre>
 */
public final class BroadcastOperator {
  private static final int UNRELIABLE = 1;
  private static final int LOCAL = 2;

  private final BroadcastTarget target;
  private final List<String> rooms;
  private final List<String> except;
  private final int flags;
  private final long timeoutMillis;
  /** Null where each event counts. */
  private final @Nullable String key;

  BroadcastOperator(BroadcastTarget target) {
    this(target, List.of(), List.of(), 0, 0, null);
  }

  private BroadcastOperator(BroadcastTarget target, List<String> rooms, List<String> except, int flags, long timeoutMillis,
      @Nullable String key) {
    this.target = target;
    this.rooms = rooms;
    this.except = except;
    this.flags = flags;
    this.timeoutMillis = timeoutMillis;
    this.key = key;
  }

  /**
   * Adds the sockets in these rooms; a socket in several of them is selected once. A socket's id is a room that holds it alone.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public BroadcastOperator to(String... names) {
    return new BroadcastOperator(target, with(rooms, RoomNames.checked(names)), except, flags, timeoutMillis, key);
  }

  /**
   * Adds the sockets of these users ({@link ConnectContext#identify}), on all their devices. In a namespace with recovery, a device that
   * reconnects gets what it missed.
   *
   * @throws IllegalArgumentException without an id, and for an empty one
   */
  public BroadcastOperator toUser(String... ids) {
    return new BroadcastOperator(target, with(rooms, RoomNames.ofUsers(ids)), except, flags, timeoutMillis, key);
  }

  /** The same as {@link #to}. */
  public BroadcastOperator in(String... names) {
    return to(names);
  }

  /**
   * Excludes the sockets in these rooms, or with these ids.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public BroadcastOperator except(String... names) {
    return new BroadcastOperator(target, rooms, with(except, RoomNames.checked(names)), flags, timeoutMillis, key);
  }

  /**
   * Excludes the sockets of these users.
   *
   * @throws IllegalArgumentException without an id, and for an empty one
   */
  public BroadcastOperator exceptUser(String... ids) {
    return new BroadcastOperator(target, rooms, with(except, RoomNames.ofUsers(ids)), flags, timeoutMillis, key);
  }

  /** Only the sockets of this instance. */
  public BroadcastOperator local() {
    return new BroadcastOperator(target, rooms, except, flags | LOCAL, timeoutMillis, key);
  }

  /** Only clients that can be written to at once; the others miss the event, without an error. {@code volatile} in socket.io. */
  public BroadcastOperator unreliable() {
    return new BroadcastOperator(target, rooms, except, flags | UNRELIABLE, timeoutMillis, key);
  }

  /**
   * For scores, prices and positions, of which only the newest counts: while an event with this key is in the send queue of a slow client,
   * the next one replaces it. A client that keeps up gets all of them. Keys belong to one namespace. Events that ask for an acknowledgement
   * and events of a namespace with a log are never replaced.
   */
  public BroadcastOperator latest(String key) {
    return new BroadcastOperator(target, rooms, except, flags, timeoutMillis, Objects.requireNonNull(key, "key"));
  }

  /**
   * One key of the room's retained state: an event that whoever joins the room later gets too. See {@link Retained}.
   *
   * @throws IllegalArgumentException unless one room is selected, which is no socket's id, and nothing else; and for a family of namespaces
   */
  public Retained retain(String key) {
    Objects.requireNonNull(key, "key");
    String room = roomOf("retain", "key");
    target.stateConfig();
    return new Retained(target, room, key, 0, RetainedSpace.ANY);
  }

  /**
   * A text of the room that grows, chunk by chunk; whoever joins the room later gets the text so far. See {@link TextStream}.
   *
   * @param id of the text, which clients get
   * @throws IllegalArgumentException as {@link #retain}
   */
  public TextStream stream(String id) {
    Objects.requireNonNull(id, "id");
    String room = roomOf("stream", "id");
    target.streamLimits();
    return new TextStream(target, room, id);
  }

  /** The one room that has the state. */
  private String roomOf(String what, String with) {
    if (rooms.size() != 1)
      throw new IllegalArgumentException(what + " needs one room, not " + rooms.size() + ": to(room)." + what + "(" + with + ")");
    if (!except.isEmpty()) throw new IllegalArgumentException(what + ": all members of a room get its state; except is not allowed");
    if (flags != 0) throw new IllegalArgumentException(what + ": not allowed with local or unreliable");
    if (key != null) throw new IllegalArgumentException(what + ": not allowed with latest");
    if (Ids.isOfSocket(rooms.get(0))) throw new IllegalArgumentException(what + ": a socket's id is no room with state");
    return rooms.get(0);
  }

  /**
   * Accepted for compatibility with socket.io and ignored: the transport decides what is compressed (large polling responses, never
   * WebSocket frames).
   */
  public BroadcastOperator compress(boolean compress) {
    return this;
  }

  /**
   * How long acknowledgements and answers are awaited. Default {@link IoOptions#ackTimeout} and {@link IoOptions#queryTimeout}.
   *
   * @param millis milliseconds
   * @throws IllegalArgumentException below 1
   */
  public BroadcastOperator timeout(long millis) {
    if (millis <= 0) throw new IllegalArgumentException("timeout: at least 1 ms, not " + millis);
    return new BroadcastOperator(target, rooms, except, flags, millis, key);
  }

  /**
   * Sends the event to the selected clients.
   *
   * @param args as in {@link Socket#emit}: objects and arrays among them are copied, buffers are shared and must not be changed afterwards
   * @throws IllegalArgumentException for a reserved event name, or for an argument that cannot be written
   */
  public void emit(String event, @Nullable Object... args) {
    publish(Action.EMIT, target.checked(Arguments.shared(target.loop().values(), event, args)));
  }

  /**
   * As {@link #emit}, for a caller that has to know: checks the event now, and sends it when the supplier is called, once.
   *
   * @param cid by which a retry is recognised in the namespace's log; null for none
   * @return what is in the log, once it is safe; null where the namespace has no log. Fails with {@link LogUnavailableException}. Completes
   *     on the instance's context
   * @throws IllegalArgumentException as {@link #emit}
   */
  @Internal
  public Supplier<Future<@Nullable Appended>> prepare(@Nullable String cid, String event, @Nullable Object... args) {
    JsonArray content = target.checked(Arguments.shared(target.loop().values(), event, args));
    return () -> onContext(() -> target.append(broadcast(Action.EMIT, content), cid));
  }

  /**
   * The same for arguments that are in an array, each as one argument: what {@link Socket#onAny} got is relayed by it as it is.
   *
   * @throws IllegalArgumentException as {@link #emit}
   */
  public void emitArgs(String event, JsonArray args) {
    emit(event, args.getList().toArray());
  }

  /**
   * Sends the event and collects the acknowledgements that come within the {@link #timeout}.
   *
   * @param args as in {@link #emit}
   * @return the acknowledgements, and how many clients and which instances did not answer; it does not fail for these. Completes on the
   *     instance's context
   * @throws IllegalArgumentException as {@link #emit}
   */
  public Future<BroadcastAnswers> emitWithAck(String event, @Nullable Object... args) {
    Broadcast broadcast = broadcast(Action.EMIT, target.checked(Arguments.shared(target.loop().values(), event, args)));
    long millis = timeoutMillis > 0 ? timeoutMillis : target.loop().options().ackTimeout();
    return onContext(
        () -> {
          AckRound own = new AckRound(target.loop(), millis);
          // The others are asked before this instance waits for its own clients.
          Future<ClusterAnswers<JsonArray>> others = ask(Kind.ACKNOWLEDGE, broadcast, millis);
          target.request(broadcast, own);
          own.seal();
          return Future.join(own.done(), others)
              .map(both -> AckRound.sum(own.end(), others.result()))
              .onFailure(failure -> own.end());
        });
  }

  /**
   * Describes the selected sockets of all instances as they are now.
   *
   * @return the sockets, and the instances that did not answer within the {@link #timeout}; it does not fail for these. Completes on the
   *     instance's context
   */
  public Future<ClusterAnswers<RemoteSocket>> fetchSockets() {
    return fetchSockets(new JsonArray());
  }

  /**
   * The same for some of the selected sockets, in the order of their ids: each instance describes no more than these.
   *
   * @param after the id behind which they begin; empty for the first ones
   * @param limit number of sockets, at least 1
   * @throws IllegalArgumentException for a limit below 1
   */
  public Future<ClusterAnswers<RemoteSocket>> fetchSockets(String after, int limit) {
    if (limit < 1) throw new IllegalArgumentException("limit: at least 1, not " + limit);
    return fetchSockets(Arguments.of(after, limit)).map(found -> new ClusterAnswers<>(
        found.results().stream().sorted(Comparator.comparing(RemoteSocket::id)).limit(limit).toList(), found.missing()));
  }

  /** @param page empty, or the id behind which it begins and the number of sockets */
  private Future<ClusterAnswers<RemoteSocket>> fetchSockets(JsonArray page) {
    Broadcast selection = broadcast(Action.EMIT, page);
    long millis = queryTimeout();
    return onContext(
        () -> {
          List<RemoteSocket> found = new ArrayList<>();
          RemoteSocket.readAll(target.describe(selection), target, found::add);
          return ask(Kind.SOCKETS, selection, millis)
              .map(
                  answers -> {
                    answers.results().forEach(answer -> RemoteSocket.readAll(answer, target, found::add));
                    return new ClusterAnswers<>(found, answers.missing());
                  });
        });
  }

  /**
   * Counts the selected sockets of all instances as they are now; nothing of the sockets but the number crosses the cluster.
   *
   * @return the number, and the instances that did not answer within the {@link #timeout}; it does not fail for these. Completes on the
   *     instance's context
   */
  public Future<ClusterCount> count() {
    Broadcast selection = broadcast(Action.EMIT, new JsonArray());
    long millis = queryTimeout();
    return onContext(() -> {
      long here = target.count(selection);
      return ask(Kind.COUNT, selection, millis).map(answers -> new ClusterCount(
          here + answers.results().stream().mapToLong(answer -> answer.getLong(0)).sum(), answers.missing()));
    });
  }

  /**
   * The selected sockets join these rooms, on every instance.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public void socketsJoin(String... names) {
    publish(Action.JOIN, Arguments.of((Object[]) RoomNames.checked(names)));
  }

  /**
   * The selected sockets leave these rooms, on every instance.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public void socketsLeave(String... names) {
    publish(Action.LEAVE, Arguments.of((Object[]) RoomNames.checked(names)));
  }

  /**
   * The selected sockets leave the namespace, on every instance; their clients do not reconnect by themselves.
   *
   * @param close whether the whole connection is closed, with all its namespaces
   */
  public void disconnectSockets(boolean close) {
    publish(Action.DISCONNECT, Arguments.of(close));
  }

  /** Calls the handlers that the other instances have registered for this event; rooms do not matter. */
  void serverSideEmit(String event, @Nullable Object... args) {
    Broadcast broadcast = broadcast(Action.SERVER_EVENT, Arguments.shared(target.loop().values(), event, args));
    Loop loop = target.loop();
    loop.run(() -> loop.cluster().broadcaster().publish(broadcast));
  }

  Future<ClusterAnswers<JsonArray>> serverSideEmitWithAck(String event, @Nullable Object... args) {
    Broadcast broadcast = broadcast(Action.SERVER_EVENT, Arguments.shared(target.loop().values(), event, args));
    long millis = queryTimeout();
    return onContext(() -> ask(Kind.SERVER_EVENT, broadcast, millis));
  }

  private void publish(Action action, JsonArray event) {
    Broadcast broadcast = broadcast(action, event);
    target.loop().run(() -> target.publish(broadcast, isLocal()));
  }

  private Broadcast broadcast(Action action, JsonArray event) {
    boolean unreliable = (flags & UNRELIABLE) != 0;
    Broadcast broadcast = new Broadcast(action, target.name(), rooms, except, event, unreliable, target.loop().id(), null);
    return key == null ? broadcast : broadcast.latest(key);
  }

  private Future<ClusterAnswers<JsonArray>> ask(Kind kind, Broadcast selection, long millis) {
    if (isLocal()) return Future.succeededFuture(new ClusterAnswers<>(List.of(), List.of()));
    return target.loop().cluster().queries().ask(new ClusterQuestion(kind, selection, millis));
  }

  private boolean isLocal() {
    return (flags & LOCAL) != 0;
  }

  private long queryTimeout() {
    return timeoutMillis > 0 ? timeoutMillis : target.loop().options().queryTimeout();
  }

  private <T> Future<T> onContext(Supplier<Future<T>> question) {
    Promise<T> answer = target.loop().promise();
    target.loop().run(() -> question.get().onComplete(answer));
    return answer.future();
  }

  private static List<String> with(List<String> names, String... more) {
    if (names.isEmpty()) return List.of(more);
    List<String> all = new ArrayList<>(names);
    for (String name : more) if (!all.contains(name)) all.add(name);
    return List.copyOf(all);
  }
}
