package dev.magpie.transport.plain;

import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.heartbeat.Heartbeat;
import dev.magpie.transport.http.RequestChecks;
import dev.magpie.transport.websocket.WebSocketLimits;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * Options of a {@link PlainWebSocketServer}.
 *
 * @param limits of one connection
 * @param pingInterval from one ping to the next
 * @param pingTimeout from a ping to its pong
 * @param subprotocols of the server; the first of the client's that is among them is chosen. If none is, the client's first one is
 *     confirmed, without effect
 * @param allowOrigin whether a page of this request's origin may connect; others are refused with 403
 * @param strictPong whether a message in transfer does not extend the timeout of the pong
 * @param proxies whose forwarding headers are trusted
 * @param admission how many clients are admitted; the others are refused with 503
 * @param checks of the application; requests that they refuse get 403
 */
public record PlainWebSocketOptions(
    WebSocketLimits limits,
    Duration pingInterval,
    Duration pingTimeout,
    List<String> subprotocols,
    Predicate<HttpServerRequest> allowOrigin,
    boolean strictPong,
    TrustedProxies proxies,
    AdmissionLimits admission,
    RequestChecks checks) {

  /** The tutorial sends 10 MB in one message. */
  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  public static final PlainWebSocketOptions DEFAULT =
      new PlainWebSocketOptions(
          WebSocketLimits.DEFAULT.withMaxMessageBytes(MAX_MESSAGE_BYTES),
          Duration.ofMillis(Heartbeat.DEFAULT_INTERVAL_MS),
          Duration.ofMillis(Heartbeat.DEFAULT_TIMEOUT_MS),
          List.of("magpie.v1"),
          request -> true,
          false,
          TrustedProxies.NONE,
          AdmissionLimits.NONE,
          RequestChecks.NONE);

  public PlainWebSocketOptions withLimits(WebSocketLimits limits) {
    return new PlainWebSocketOptions(limits, pingInterval, pingTimeout, subprotocols, allowOrigin, strictPong, proxies, admission, checks);
  }

  public PlainWebSocketOptions withHeartbeat(Duration interval, Duration timeout) {
    return new PlainWebSocketOptions(limits, interval, timeout, subprotocols, allowOrigin, strictPong, proxies, admission, checks);
  }

  public PlainWebSocketOptions withAllowOrigin(Predicate<HttpServerRequest> allowOrigin) {
    return new PlainWebSocketOptions(limits, pingInterval, pingTimeout, subprotocols, allowOrigin, strictPong, proxies, admission, checks);
  }

  public PlainWebSocketOptions withStrictPong(boolean strictPong) {
    return new PlainWebSocketOptions(limits, pingInterval, pingTimeout, subprotocols, allowOrigin, strictPong, proxies, admission, checks);
  }

  public PlainWebSocketOptions withAdmission(AdmissionLimits admission) {
    return new PlainWebSocketOptions(limits, pingInterval, pingTimeout, subprotocols, allowOrigin, strictPong, proxies, admission, checks);
  }

  public PlainWebSocketOptions withProxies(TrustedProxies proxies) {
    return new PlainWebSocketOptions(limits, pingInterval, pingTimeout, subprotocols, allowOrigin, strictPong, proxies, admission, checks);
  }

  public PlainWebSocketOptions withChecks(RequestChecks checks) {
    return new PlainWebSocketOptions(limits, pingInterval, pingTimeout, subprotocols, allowOrigin, strictPong, proxies, admission, checks);
  }
}
