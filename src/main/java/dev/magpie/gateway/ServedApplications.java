package dev.magpie.gateway;

import dev.magpie.core.Application;
import dev.magpie.gateway.GatewayOptions.Listener;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.List;

/**
 * {@code /listener.json}: what a listener serves, so that its pages show no controls that do nothing: {@code {port, applications,
 * elsewhere}}, where {@code elsewhere} has the ports of other listeners on the same host by the applications that only they serve.
 */
final class ServedApplications {
  private final GatewayOptions options;

  ServedApplications(GatewayOptions options) {
    this.options = options;
  }

  void mount(Router router, Listener listener) {
    String body = describe(listener).encode();
    router.route("/listener.json").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(request -> request.response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
        .end(body));
  }

  JsonObject describe(Listener listener) {
    List<String> served = names(listener);
    JsonObject elsewhere = new JsonObject();
    for (Listener other : options.http().listeners()) {
      // Listeners on other addresses are not disclosed.
      if (other.equals(listener) || !other.host().equals(listener.host()) || other.port() <= 0) continue;
      for (String name : names(other)) if (!served.contains(name) && !elsewhere.containsKey(name)) elsewhere.put(name, other.port());
    }
    return new JsonObject().put("port", listener.port()).put("applications", new JsonArray(served)).put("elsewhere", elsewhere);
  }

  private List<String> names(Listener listener) {
    return Applications.chosen(options.applications(listener)).stream().map(Application::name).toList();
  }
}
