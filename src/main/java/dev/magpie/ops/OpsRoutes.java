package dev.magpie.ops;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Predicate;

/** {@code /health}, {@code /ready} and {@code /metrics} on one listener of one gateway. */
public final class OpsRoutes {
  private final Vertx vertx;
  private final Health health;
  private final Metrics metrics;
  private final BuildInfo build = BuildInfo.read();

  public OpsRoutes(Vertx vertx) {
    this.vertx = vertx;
    this.health = Health.of(vertx);
    this.metrics = Metrics.of(vertx);
  }

  /** With all that there is to know: for a listener that only operators reach. */
  public void mount(Router router) {
    asked(router, "/health").handler(this::alive);
    asked(router, "/ready").handler(this::ready);
    asked(router, "/metrics").handler(this::metrics);
  }

  /**
   * A status code and one word, which is what balancers need; the rest for an operator.
   *
   * @param claimsAccess whether a request has credentials of an operator, which are not checked yet
   * @param access checks them: lets the request through, or refuses it
   */
  public void mountPublic(Router router, Predicate<HttpServerRequest> claimsAccess, Handler<RoutingContext> access) {
    asked(router, "/health").handler(check(claimsAccess, access, request -> word(request, 200, "alive"))).handler(this::alive);
    asked(router, "/ready").handler(check(claimsAccess, access, this::readyInOneWord)).handler(this::ready);
    asked(router, "/metrics").handler(check(claimsAccess, access, request -> request.fail(404))).handler(this::metrics);
  }

  private static Route asked(Router router, String path) {
    return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
  }

  private static Handler<RoutingContext> check(Predicate<HttpServerRequest> claimsAccess, Handler<RoutingContext> access,
      Handler<RoutingContext> others) {
    return request -> (claimsAccess.test(request.request()) ? access : others).handle(request);
  }

  private void readyInOneWord(RoutingContext request) {
    report().onSuccess(report -> word(request, report.ready() ? 200 : 503, report.ready() ? "ready" : "unready"))
        .onFailure(request::fail);
  }

  private void alive(RoutingContext request) {
    answer(request, 200, new JsonObject().put("status", "alive").put("version", build.version()));
  }

  private void ready(RoutingContext request) {
    report().onSuccess(report -> {
      JsonObject states = new JsonObject();
      report.states().forEach(states::put);
      answer(request, report.ready() ? 200 : 503,
          new JsonObject().put("status", report.ready() ? "ready" : "not ready").put("checks", states));
    }).onFailure(request::fail);
  }

  private void metrics(RoutingContext request) {
    // On a worker: the text has hundreds of lines, and some numbers are asked of the file system.
    report()
        .compose(report -> vertx.executeBlocking(() -> {
          metrics.showReadiness(report.states());
          return Buffer.buffer(metrics.scrape());
        }))
        .onSuccess(text -> request.response()
            .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
            .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(text.length()))
            .end(text))
        .onFailure(request::fail);
  }

  /** On this context: the last part to answer does so on its own loop, and what is written there to this connection would be lost. */
  private Future<Health.Report> report() {
    Promise<Health.Report> here = ((ContextInternal) Vertx.currentContext()).promise();
    health.report().onComplete(here);
    return here.future();
  }

  private static void word(RoutingContext request, int status, String word) {
    answer(request, status, "text/plain; charset=utf-8", Buffer.buffer(word + "\n"));
  }

  private static void answer(RoutingContext request, int status, JsonObject body) {
    answer(request, status, "application/json", body.toBuffer());
  }

  private static void answer(RoutingContext request, int status, String type, Buffer text) {
    // Set explicitly for HEAD, since Vert.x derives the length from the body.
    request.response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, type)
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(text.length()))
        .end(text);
  }
}
