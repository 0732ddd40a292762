package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/**
 * How something is said to one client, or by one to others: {@code socket.unreliable().emit(…)}, {@code
 * socket.timeout(500).emitWithAck(…)}. Immutable.
 */
public final class SocketOperator {
  private final Socket socket;
  private final boolean unreliable;
  private final long timeoutMillis;

  SocketOperator(Socket socket, boolean unreliable, long timeoutMillis) {
    this.socket = socket;
    this.unreliable = unreliable;
    this.timeoutMillis = timeoutMillis;
  }

  /** Nothing is sent to a client that cannot be written to at once; {@code volatile} in the reference. */
  public SocketOperator unreliable() {
    return new SocketOperator(socket, true, timeoutMillis);
  }

  /** See {@link BroadcastOperator#compress}. */
  public SocketOperator compress(boolean compress) {
    return this;
  }

  /** How long the acknowledgement is waited for, in milliseconds. */
  public SocketOperator timeout(long millis) {
    if (millis <= 0) throw new IllegalArgumentException("a timeout is at least 1 ms, not " + millis);
    return new SocketOperator(socket, unreliable, millis);
  }

  /** @throws IllegalArgumentException for a reserved event name */
  public void emit(String event, Object... args) {
    socket.emit(unreliable, event, args);
  }

  /** @see Socket#emitWithAck */
  public Future<JsonArray> emitWithAck(String event, Object... args) {
    return socket.emitWithAck(unreliable, timeoutMillis, event, args);
  }

  /** All but this socket. */
  public BroadcastOperator broadcast() {
    BroadcastOperator others = socket.broadcast();
    if (unreliable) others = others.unreliable();
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
