package dev.magpie.gateway;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import java.util.Map;

/**
 * A listener that sends every request to the same host, path and query by HTTPS, with its method (308). Whether the host may be asked for
 * is checked before. Used on the context of one gateway.
 */
final class HttpsRedirect {
  private static final int PERMANENT = 308;
  private static final int HTTPS_PORT = 443;

  /** Seconds: a browser asks again after that, should the server go back to plain HTTP. */
  private static final String MAX_AGE = "max-age=3600";

  private final int port;
  private final String listener;
  private final Map<String, Integer> ports;

  /**
   * @param port public port of the listener; 0: that on which it listens
   * @param listener name of the listener with TLS
   * @param ports where the listeners are, as soon as they listen
   */
  HttpsRedirect(int port, String listener, Map<String, Integer> ports) {
    this.port = port;
    this.listener = listener;
    this.ports = ports;
  }

  void mount(Router router) {
    router.route().handler(routed -> redirect(routed.request()));
  }

  private void redirect(HttpServerRequest request) {
    HostAndPort asked = request.authority();
    int to = port > 0 ? port : ports.getOrDefault(listener, 0);
    if (asked == null || to == 0) {
      answer(request, asked == null ? 400 : 503);
      return;
    }
    String host = asked.host().contains(":") && !asked.host().startsWith("[") ? "[" + asked.host() + "]" : asked.host();
    // Not so of OPTIONS *, nor of requests to proxies.
    String path = request.uri().startsWith("/") ? request.uri() : "/";
    request.response()
        .putHeader(HttpHeaders.LOCATION, "https://" + host + (to == HTTPS_PORT ? "" : ":" + to) + path)
        .putHeader(HttpHeaders.CACHE_CONTROL, MAX_AGE);
    answer(request, PERMANENT);
  }

  private static void answer(HttpServerRequest request, int status) {
    request.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8");
    String text = status + " " + request.response().getStatusMessage() + "\n";
    request.response().putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(text.length())).end(text);
  }
}
