package dev.magpie.transport.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;

/** What an endpoint reports of its requests, the same for all transports. Called on the event loop that serves the request. */
public interface RequestEvents {
  /** Nobody listens. */
  RequestEvents NONE = new RequestEvents() {};

  /** See {@link #refused}: the code of a refusal that Engine.IO does not have. */
  int NO_CODE = -1;

  /** The code of Engine.IO for a check that failed. */
  int FORBIDDEN = 4;

  /**
   * A request was refused, or is about to be; it opens no connection.
   *
   * @param code of Engine.IO, 0 to 5, or {@link #NO_CODE}
   * @param status of the answer
   * @param message why, as the client is told
   */
  default void refused(HttpServerRequest request, int code, int status, String message) {}

  /** Whether {@link #headers} does anything: otherwise it is not called. Constant. */
  default boolean changesHeaders() {
    return false;
  }

  /**
   * The headers of an answer that serves a connection, before they are written: of a poll, of a POST, of an upgrade.
   *
   * @param headers may be changed
   * @param initial whether the request opens the connection
   */
  default void headers(HttpServerRequest request, MultiMap headers, boolean initial) {}
}
