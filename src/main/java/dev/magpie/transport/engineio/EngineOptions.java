package dev.magpie.transport.engineio;

import dev.magpie.transport.Handshake;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.heartbeat.Heartbeat;
import dev.magpie.transport.websocket.WebSocketLimits;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.Function;

/**
 * Options of an {@link EngineServer}.
 *
 * @param pingInterval milliseconds from one ping to the next
 * @param pingTimeout milliseconds that a pong may take
 * @param maxPayload bytes of one message or one polling body
 * @param upgradeTimeout milliseconds from the probing WebSocket's opening to its {@code 5}
 * @param allowEio3 whether clients of Engine.IO 3 (Socket.IO 1.x and 2.x) are served
 * @param jsonp whether Engine.IO 3 clients may poll by script tags, which ignores origins
 * @param strictPong whether a message in transfer does not extend the timeout of the pong
 * @param sendQueueBytes that may wait behind the message that is being written
 * @param initialPacket a message that every session gets directly after its open packet, or null
 * @param origins which pages may connect
 * @param allowRequest decides on each handshake; a failure's message is shown to the client. Null allows all
 * @param middlewares run on every request, in order; a failure ends it with 403
 * @param admission how many clients are admitted; the others are refused with 503
 * @param maxFragments of one WebSocket message
 */
public record EngineOptions(
    long pingInterval,
    long pingTimeout,
    int maxPayload,
    long upgradeTimeout,
    boolean allowEio3,
    boolean jsonp,
    boolean strictPong,
    int sendQueueBytes,
    String initialPacket,
    Origins origins,
    Function<Handshake, Future<?>> allowRequest,
    List<Function<HttpServerRequest, Future<?>>> middlewares,
    AdmissionLimits admission,
    int maxFragments) {

  public EngineOptions {
    middlewares = List.copyOf(middlewares);
  }

  public EngineOptions(
      long pingInterval,
      long pingTimeout,
      int maxPayload,
      long upgradeTimeout,
      boolean allowEio3,
      boolean jsonp,
      boolean strictPong,
      int sendQueueBytes,
      String initialPacket,
      Origins origins,
      Function<Handshake, Future<?>> allowRequest,
      List<Function<HttpServerRequest, Future<?>>> middlewares,
      AdmissionLimits admission) {
    this(
        pingInterval, pingTimeout, maxPayload, upgradeTimeout, allowEio3, jsonp, strictPong, sendQueueBytes, initialPacket, origins,
        allowRequest, middlewares,
        admission, WebSocketLimits.MAX_FRAGMENTS);
  }

  /** Engine.IO's own defaults, with no page of another origin admitted. */
  public static EngineOptions defaults() {
    return new EngineOptions(Heartbeat.DEFAULT_INTERVAL_MS, Heartbeat.DEFAULT_TIMEOUT_MS, 1_000_000, 10_000, true, false, false, 1 << 20,
        null, Origins.sameOrigin(), null, List.of(), AdmissionLimits.NONE);
  }
}
