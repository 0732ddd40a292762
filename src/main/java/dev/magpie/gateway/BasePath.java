package dev.magpie.gateway;

import dev.magpie.transport.TrustedProxies;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;

/**
 * The path below which a server is, such as {@code /rt}. Routes do not know it: a request below it is handed on without it, and one of a
 * trusted proxy that has removed it says so by {@code X-Forwarded-Prefix}. All others get 404. Immutable, safe for all threads.
 */
final class BasePath {
  private static final String REMOVED = "X-Forwarded-Prefix";

  private final String path;
  private final TrustedProxies proxies;

  /** @param path empty for none; else it starts with a slash and does not end with one */
  BasePath(String path, TrustedProxies proxies) {
    this.path = path;
    this.proxies = proxies;
  }

  /** Hands the request to the routes, or answers it. */
  void handle(HttpServerRequest request, Handler<HttpServerRequest> routes) {
    if (path.isEmpty() || isRemoved(request)) {
      routes.handle(request);
      return;
    }
    String asked = request.path();
    if (asked != null && asked.startsWith(path + "/"))
      routes.handle(new Below((HttpServerRequestInternal) request, asked.substring(path.length())));
    else if (path.equals(asked) && (request.method() == HttpMethod.GET || request.method() == HttpMethod.HEAD)) redirect(request);
    else answer(request, 404);
  }

  private boolean isRemoved(HttpServerRequest request) {
    String removed = request.getHeader(REMOVED);
    return removed != null && removed.replaceFirst("/$", "").equals(path) && proxies.forwarded(request)
        && !String.valueOf(request.path()).startsWith(path + "/");
  }

  /** With a slash at the end the relative links of the page at the base path lead below it. Relative, as a proxy may have another path. */
  private void redirect(HttpServerRequest request) {
    String query = request.query() == null ? "" : "?" + request.query();
    request.response().putHeader(HttpHeaders.LOCATION, "./" + path.substring(path.lastIndexOf('/') + 1) + "/" + query);
    answer(request, 301);
  }

  private static void answer(HttpServerRequest request, int status) {
    HttpServerResponse response = request.response().setStatusCode(status);
    String text = status + " " + response.getStatusMessage() + "\n";
    // The length is set for HEAD, where nothing is written.
    response.putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8").putHeader("x-content-type-options", "nosniff")
        .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(text.length())).end(text);
  }

  /** A request without the base path. */
  private static final class Below extends HttpServerRequestWrapper {
    private final String path;

    private Below(HttpServerRequestInternal request, String path) {
      super(request);
      this.path = path;
    }

    @Override
    public String path() {
      return path;
    }

    @Override
    public String uri() {
      String query = query();
      return query == null ? path : path + "?" + query;
    }
  }
}
