package dev.magpie.gateway;

import dev.magpie.ops.Metrics;
import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import dev.magpie.transport.admission.AdmissionDenied;
import dev.magpie.transport.admission.ClientDoor;
import dev.magpie.transport.admission.LimitTable;
import dev.magpie.transport.http.LastAnswer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;

/** What the limits of clients show outside: the answer to a connection too many, and the metrics. */
final class LimitReport {
  private LimitReport() {}

  /** Answers the first request of a connection above the limit of its address. @return whether it did */
  static boolean refuses(HttpServerRequest request, ClientDoor door) {
    AdmissionDenied denied = door.refusal(request);
    if (denied == null) return false;
    denied.report(request.remoteAddress().hostAddress());
    request.response().setStatusCode(denied.status()).putHeader(HttpHeaders.CONTENT_TYPE, "application/json").headers()
        .addAll(denied.headers());
    LastAnswer.end(request, denied.json());
    // Of HTTP/2 that ends the one request only.
    if (request.version() == HttpVersion.HTTP_2) request.connection().shutdown();
    return true;
  }

  /** @return actions that remove the metrics */
  static List<Runnable> register(Metrics metrics, LimitTable table) {
    List<Runnable> registered = new ArrayList<>();
    for (Scope scope : Scope.values()) {
      for (Resource resource : Resource.values()) {
        if (scope == Scope.SOCKET && (resource == Resource.CONNECTIONS || resource == Resource.HANDSHAKES)) continue;
        String limit = scope.key(resource);
        registered.add(metrics.counter("magpie_limits_refused", "Connections, messages and joins refused, by the setting limits.<reason>.",
            () -> table.refusals(scope, resource), "reason", limit));
        if (!resource.isRate() || resource == Resource.HANDSHAKES) continue;
        registered.add(metrics.counter("magpie_limits_warned", "Warnings to clients that come near the setting limits.<reason>.",
            () -> table.warnings(scope, resource), "reason", limit));
      }
    }
    registered.add(metrics.gauge("magpie_limited_addresses", "Addresses that the limits count now.", table::addresses));
    registered.add(metrics.gauge("magpie_limited_users", "Users that the limits count now.", table::users));
    return registered;
  }
}
