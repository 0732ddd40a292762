package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.Objects;

/**
 * How something is said to one client, or by one to others: {@code socket.unreliable().emit(…)}, {@code
 * socket.timeout(500).emitWithAck(…)}. Immutable.
 */
public final class SocketOperator {
  private final Socket socket;
  private final boolean unreliable;
  private final long timeoutMillis;
  private final String key;

  SocketOperator(Socket socket) {
    this(socket, false, 0, null);
  }

  private SocketOperator(Socket socket, boolean unreliable, long timeoutMillis, String key) {
    this.socket = socket;
    this.unreliable = unreliable;
    this.timeoutMillis = timeoutMillis;
    this.key = key;
  }

  /** Nothing is sent to a client that cannot be written to at once; {@code volatile} in the reference. */
  public SocketOperator unreliable() {
    return new SocketOperator(socket, true, timeoutMillis, key);
  }

  /** While an event of this key waits for this client, the next one takes its place; see {@link BroadcastOperator#latest}. */
  public SocketOperator latest(String key) {
    return new SocketOperator(socket, unreliable, timeoutMillis, Objects.requireNonNull(key, "key"));
  }

  /** See {@link BroadcastOperator#compress}. */
  public SocketOperator compress(boolean compress) {
    return this;
  }

  /** How long the acknowledgement is waited for, in milliseconds. */
  public SocketOperator timeout(long millis) {
    if (millis <= 0) throw new IllegalArgumentException("a timeout is at least 1 ms, not " + millis);
    return new SocketOperator(socket, unreliable, millis, key);
  }

  /** @throws IllegalArgumentException for a reserved event name */
  public void emit(String event, Object... args) {
    socket.emit(unreliable, key, event, args);
  }

  /** @see Socket#emitWithAck */
  public Future<JsonArray> emitWithAck(String event, Object... args) {
    return socket.emitWithAck(unreliable, timeoutMillis, event, args);
  }

  /** All but this socket. */
  public BroadcastOperator broadcast() {
    BroadcastOperator others = socket.broadcast();
    if (unreliable) others = others.unreliable();
    if (key != null) others = others.latest(key);
    return timeoutMillis > 0 ? others.timeout(timeoutMillis) : others;
  }

  public BroadcastOperator to(String... rooms) {
    return broadcast().to(rooms);
  }

  public BroadcastOperator in(String... rooms) {
    return broadcast().to(rooms);
  }

  public BroadcastOperator except(String... rooms) {
    return broadcast().except(rooms);
  }
}
