package dev.magpie.core;

import dev.magpie.transport.Handshake;
import java.util.Map;

/**
 * A request that was refused and opened no connection, as {@code connection_error} of socket.io's engine: {@link Io#onConnectionError}.
 * Immutable.
 *
 * @param code of Engine.IO: 0 transport unknown, 1 session unknown (it has ended, or is of another server), 2 bad handshake method, 3 bad
 *     request, 4 forbidden (by the origin, {@link IoOptions#setAllowRequest} or a middleware), 5 protocol version not supported; -1 for a
 *     server that is full or stops
 * @param message why, as the client was told
 * @param status of the HTTP answer
 * @param context what was wrong with the request, as far as it has it: {@code transport} (codes 0 and 3), {@code sid} (1), {@code method}
 *     (2), {@code origin} (4), {@code protocol} (5)
 * @param request the request
 */
public record ConnectionError(int code, String message, int status, Map<String, String> context, Handshake request) {
  /** Copies the map. */
  public ConnectionError {
    context = Map.copyOf(context);
  }
}
