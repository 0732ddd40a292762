package dev.magpie.gateway;

import dev.magpie.api.ApiAccess;
import dev.magpie.api.ApiKeys;
import dev.magpie.api.ApiRoutes;
import dev.magpie.api.ApiScope;
import dev.magpie.core.Io;
import dev.magpie.ops.OpsRoutes;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.admission.Origins;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;

/**
 * What operators and other services ask: health, metrics, and the HTTP API. All of it is on the management listener; public listeners
 * answer balancers in one word, and those who have an API key. Owned by one gateway.
 */
final class OperatorRoutes {
  private static final Origins SAME_ORIGIN = Origins.sameOrigin();

  private final Vertx vertx;
  private final JsonObject settings;
  private final ApiAccess access;
  /** One for each listener, the first listener's first. */
  private final List<ApiRoutes> apis = new ArrayList<>();

  /**
   * @param settings of the program, for the database
   * @param proxies that name the addresses of their clients
   */
  OperatorRoutes(Vertx vertx, JsonObject settings, TrustedProxies proxies) {
    this.vertx = vertx;
    this.settings = settings;
    this.access = new ApiAccess(ApiKeys.of(vertx), proxies);
  }

  /** In front of the routes whose failure handlers answer otherwise. */
  void mountPublic(Router router, Io io) {
    ApiRoutes api = ApiRoutes.of(vertx, io, settings, access);
    apis.add(api);
    api.mount(router);
    new OpsRoutes(vertx).mountPublic(router, ApiAccess::carriesKey, access.requireScope(ApiScope.METRICS));
  }

  /** After the first listener's: the API is about its sockets. No page of another origin can read it, nor make it do anything. */
  void mountManagement(Router router) {
    router.route().handler(OperatorRoutes::refuseOtherPages);
    apis.get(0).mountWithPage(router);
    new OpsRoutes(vertx).mount(router);
  }

  private static void refuseOtherPages(RoutingContext request) {
    // A page that loads an address without reading it, as an image, sends no origin.
    request.response().putHeader("cross-origin-resource-policy", "same-origin");
    if (SAME_ORIGIN.admits(request.request())) {
      request.next();
      return;
    }
    PeerLog.refused(RefusalReason.ORIGIN, TrustedProxies.NONE.address(request.request()), 403,
        "a page of another origin on the management listener");
    request.response().setStatusCode(403).putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8").end("403 Forbidden\n");
  }

  Future<?> close() {
    return Future.join(apis.stream().map(ApiRoutes::close).toList());
  }
}
