package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Modifiers of an event to one client, or of a broadcast without it: {@code socket.unreliable().emit(…)}, {@code
 * socket.timeout(500).emitWithAck(…)}. Immutable; may be used from any thread.
 */
public final class SocketOperator {
  private final Socket socket;
  private final boolean unreliable;
  private final long timeoutMillis;
  private final @Nullable String key;

  SocketOperator(Socket socket) {
    this(socket, false, 0, null);
  }

  private SocketOperator(Socket socket, boolean unreliable, long timeoutMillis, @Nullable String key) {
    this.socket = socket;
    this.unreliable = unreliable;
    this.timeoutMillis = timeoutMillis;
    this.key = key;
  }

  /** The event is dropped when the client cannot be written to at once; {@code volatile} in socket.io. */
  public SocketOperator unreliable() {
    return new SocketOperator(socket, true, timeoutMillis, key);
  }

  /** Replaces an event with this key that is in the client's send queue: see {@link BroadcastOperator#latest}. */
  public SocketOperator latest(String key) {
    return new SocketOperator(socket, unreliable, timeoutMillis, Objects.requireNonNull(key, "key"));
  }

  /** Accepted and ignored: see {@link BroadcastOperator#compress}. */
  public SocketOperator compress(boolean compress) {
    return this;
  }

  /**
   * How long the acknowledgement is awaited. Default {@link IoOptions#ackTimeout}.
   *
   * @param millis milliseconds
   * @throws IllegalArgumentException below 1
   */
  public SocketOperator timeout(long millis) {
    if (millis <= 0) throw new IllegalArgumentException("timeout: at least 1 ms, not " + millis);
    return new SocketOperator(socket, unreliable, millis, key);
  }

  /** Sends an event to this client: see {@link Socket#emit}. */
  public void emit(String event, @Nullable Object... args) {
    socket.emit(unreliable, key, event, args);
  }

  /** Sends an event whose arguments are in an array: see {@link Socket#emitArgs}. */
  public void emitArgs(String event, JsonArray args) {
    emit(event, args.getList().toArray());
  }

  /** Sends an event and awaits the acknowledgement: see {@link Socket#emitWithAck}. */
  public Future<JsonArray> emitWithAck(String event, @Nullable Object... args) {
    return socket.emitWithAck(unreliable, timeoutMillis, event, args);
  }

  /** All sockets of the namespace but this one. */
  public BroadcastOperator broadcast() {
    BroadcastOperator others = socket.broadcast();
    if (unreliable) others = others.unreliable();
    if (key != null) others = others.latest(key);
    return timeoutMillis > 0 ? others.timeout(timeoutMillis) : others;
  }

  /** The sockets in these rooms, but not this one. */
  public BroadcastOperator to(String... rooms) {
    return broadcast().to(rooms);
  }

  /** The same as {@link #to}. */
  public BroadcastOperator in(String... rooms) {
    return broadcast().to(rooms);
  }

  /** All sockets but this one and those in these rooms. */
  public BroadcastOperator except(String... rooms) {
    return broadcast().except(rooms);
  }
}
