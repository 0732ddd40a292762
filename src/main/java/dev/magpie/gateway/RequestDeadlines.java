package dev.magpie.gateway;

import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.admission.StreamGate;
import dev.magpie.transport.heartbeat.TimerHandle;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections whose next request does not arrive. Vert.x's idle timeout starts again at every byte; these count to the end of the
 * request's head, so that a client which sends one byte at a time holds a connection no longer than one that sends nothing. A connection
 * of HTTP/2 waits for its next request while it has no stream. Owned by one gateway, used on its context only.
 */
final class RequestDeadlines {
  private static final long FIRST_REQUEST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long NEXT_REQUEST_NANOS = TimeUnit.SECONDS.toNanos(75);

  private static final int SWITCHING_PROTOCOLS = 101;

  private final TimerWheel timers;
  /** Idle connections between two requests; upgraded ones are removed. */
  private final Map<HttpConnection, Waiting> waiting = new IdentityHashMap<>();

  RequestDeadlines(TimerWheel timers) {
    this.timers = timers;
  }

  void opened(HttpConnection connection) {
    await(new Waiting(connection, true), FIRST_REQUEST_NANOS);
    connection.closeHandler(closed -> cancel(connection));
    StreamGate.onIdle(connection, idle -> {
      if (idle) await(new Waiting(connection, false), NEXT_REQUEST_NANOS);
      else cancel(connection);
    });
  }

  /** @return whether it is the first one of its connection, or may be */
  boolean arrived(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) return true;
    HttpConnection connection = request.connection();
    Waiting awaited = cancel(connection);
    HttpServerResponse response = request.response();
    response.endHandler(ended -> {
      // Also called for connections that were closed during the response; after a 101 no request follows.
      if (!response.closed() && response.getStatusCode() != SWITCHING_PROTOCOLS) await(new Waiting(connection, false), NEXT_REQUEST_NANOS);
    });
    return awaited != null && awaited.first;
  }

  /** Closes idle connections, so that a stopping server waits for pending requests only. */
  void closeIdle() {
    for (HttpConnection connection : List.copyOf(waiting.keySet())) connection.close();
  }

  private void await(Waiting wait, long nanos) {
    Waiting replaced = waiting.put(wait.connection, wait);
    if (replaced != null) timers.cancel(replaced);
    timers.schedule(wait, nanos);
  }

  /** @return what was awaited; null if nothing was */
  private Waiting cancel(HttpConnection connection) {
    Waiting wait = waiting.remove(connection);
    if (wait != null) timers.cancel(wait);
    return wait;
  }

  private final class Waiting extends TimerHandle {
    private final HttpConnection connection;
    private final boolean first;

    Waiting(HttpConnection connection, boolean first) {
      this.connection = connection;
      this.first = first;
    }

    @Override
    protected void due() {
      waiting.remove(connection);
      if (first)
        PeerLog.refused(RefusalReason.NO_REQUEST, connection.remoteAddress().hostAddress(), 0,
            "no request within " + TimeUnit.NANOSECONDS.toSeconds(FIRST_REQUEST_NANOS) + " s of connecting");
      connection.close();
    }
  }
}
