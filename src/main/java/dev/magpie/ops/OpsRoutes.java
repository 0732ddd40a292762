package dev.magpie.ops;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** {@code /health}, {@code /ready} and {@code /metrics} of one gateway. */
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

  public void mount(Router router) {
    router.route("/health").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(this::alive);
    router.route("/ready").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(this::ready);
    router.route("/metrics").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(this::metrics);
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

  private static void answer(RoutingContext request, int status, JsonObject body) {
    Buffer text = body.toBuffer();
    // Set explicitly for HEAD, since Vert.x derives the length from the body.
    request.response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(text.length()))
        .end(text);
  }
}
