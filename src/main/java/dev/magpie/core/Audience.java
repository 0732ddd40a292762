package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/**
 * Those who can be addressed as a whole: the main namespace ({@link Io}), a {@link Namespace}, a family of them ({@link
 * ParentNamespace}). The short forms of {@link BroadcastOperator}, which says more about each. May be called from any thread.
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

  /** The same as {@link #to}. */
  default BroadcastOperator in(String... rooms) {
    return all().to(rooms);
  }

  /** All sockets but those in these rooms (or with these ids). */
  default BroadcastOperator except(String... rooms) {
    return all().except(rooms);
  }

  /** The sockets of this instance alone. */
  default BroadcastOperator local() {
    return all().local();
  }

  /** Clients that cannot be written to at once are left out; {@code volatile} in the reference. */
  default BroadcastOperator unreliable() {
    return all().unreliable();
  }

  /** Of what waits for a slow client, only the latest of this key; see {@link BroadcastOperator#latest}. */
  default BroadcastOperator latest(String key) {
    return all().latest(key);
  }

  default BroadcastOperator compress(boolean compress) {
    return all().compress(compress);
  }

  /** How long acknowledgements and answers are waited for, in milliseconds. */
  default BroadcastOperator timeout(long millis) {
    return all().timeout(millis);
  }

  default void emit(String event, Object... args) {
    all().emit(event, args);
  }

  default Future<BroadcastAnswers> emitWithAck(String event, Object... args) {
    return all().emitWithAck(event, args);
  }

  default Future<ClusterAnswers<RemoteSocket>> fetchSockets() {
    return all().fetchSockets();
  }

  default void socketsJoin(String... rooms) {
    all().socketsJoin(rooms);
  }

  default void socketsLeave(String... rooms) {
    all().socketsLeave(rooms);
  }

  default void disconnectSockets(boolean close) {
    all().disconnectSockets(close);
  }

  /** Runs the handlers that the other instances have put on this event by {@code on}. */
  default void serverSideEmit(String event, Object... args) {
    all().serverSideEmit(event, args);
  }

  /** The same, and collects what the first handler on each other instance answers. */
  default Future<ClusterAnswers<JsonArray>> serverSideEmitWithAck(String event, Object... args) {
    return all().serverSideEmitWithAck(event, args);
  }
}
