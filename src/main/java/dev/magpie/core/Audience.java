package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import org.jspecify.annotations.Nullable;

/**
 * What events can be broadcast to: the main namespace ({@link Io}), a {@link Namespace}, a family of them ({@link ParentNamespace}). Each
 * method is the short form of the one in {@link BroadcastOperator}, where arguments, errors and order are described. May be called from
 * any thread.
 *
 * <pre>{@code
 * io.emit("news", "to all");
 * io.of("/chat").to("match:42").except(socket.id()).emit("score", new JsonObject().put("home", 2));
 * }</pre>
 */
public interface Audience {

  /** All sockets, on all instances. */
  BroadcastOperator all();

  /** The sockets in at least one of these rooms. */
  default BroadcastOperator to(String... rooms) {
    return all().to(rooms);
  }

  /** The sockets of at least one of these users, on all their devices: see {@link BroadcastOperator#toUser}. */
  default BroadcastOperator toUser(String... ids) {
    return all().toUser(ids);
  }

  /** The same as {@link #to}. */
  default BroadcastOperator in(String... rooms) {
    return all().to(rooms);
  }

  /** All sockets except those in these rooms (or with these ids). */
  default BroadcastOperator except(String... rooms) {
    return all().except(rooms);
  }

  /** All sockets except those of these users. */
  default BroadcastOperator exceptUser(String... ids) {
    return all().exceptUser(ids);
  }

  /** The sockets of this instance only. */
  default BroadcastOperator local() {
    return all().local();
  }

  /** The sockets that can be written to at once; {@code volatile} in socket.io. */
  default BroadcastOperator unreliable() {
    return all().unreliable();
  }

  /** A slow client gets only the newest event with this key: see {@link BroadcastOperator#latest}. */
  default BroadcastOperator latest(String key) {
    return all().latest(key);
  }

  /** Accepted and ignored: see {@link BroadcastOperator#compress}. */
  default BroadcastOperator compress(boolean compress) {
    return all().compress(compress);
  }

  /** How long acknowledgements and answers are awaited, in milliseconds. */
  default BroadcastOperator timeout(long millis) {
    return all().timeout(millis);
  }

  /** Sends an event to all: see {@link BroadcastOperator#emit}. */
  default void emit(String event, @Nullable Object... args) {
    all().emit(event, args);
  }

  /** Sends an event whose arguments are in an array to all: see {@link BroadcastOperator#emitArgs}. */
  default void emitArgs(String event, JsonArray args) {
    all().emitArgs(event, args);
  }

  /** Sends an event to all and collects their acknowledgements: see {@link BroadcastOperator#emitWithAck}. */
  default Future<BroadcastAnswers> emitWithAck(String event, @Nullable Object... args) {
    return all().emitWithAck(event, args);
  }

  /** All sockets of all instances: see {@link BroadcastOperator#fetchSockets}. */
  default Future<ClusterAnswers<RemoteSocket>> fetchSockets() {
    return all().fetchSockets();
  }

  /** The number of sockets of all instances: see {@link BroadcastOperator#count}. */
  default Future<ClusterCount> count() {
    return all().count();
  }

  /**
   * The number of sockets in a room, on all instances; no socket is fetched for it. The same as {@code to(room).count()}: see {@link
   * BroadcastOperator#count}.
   */
  default Future<ClusterCount> count(String room) {
    return to(room).count();
  }

  /** All sockets join these rooms: see {@link BroadcastOperator#socketsJoin}. */
  default void socketsJoin(String... rooms) {
    all().socketsJoin(rooms);
  }

  /** All sockets leave these rooms: see {@link BroadcastOperator#socketsLeave}. */
  default void socketsLeave(String... rooms) {
    all().socketsLeave(rooms);
  }

  /** Disconnects all sockets: see {@link BroadcastOperator#disconnectSockets}. */
  default void disconnectSockets(boolean close) {
    all().disconnectSockets(close);
  }

  /** Calls the handlers that the other instances have registered for this event by {@code on}. */
  default void serverSideEmit(String event, @Nullable Object... args) {
    all().serverSideEmit(event, args);
  }

  /**
   * The same, and collects the acknowledgement of the first handler on each other instance.
   *
   * @return the arguments of each acknowledgement, and the ids of instances that did not answer in time; it does not fail for these
   */
  default Future<ClusterAnswers<JsonArray>> serverSideEmitWithAck(String event, @Nullable Object... args) {
    return all().serverSideEmitWithAck(event, args);
  }
}
