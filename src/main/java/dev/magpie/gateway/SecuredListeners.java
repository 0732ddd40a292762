package dev.magpie.gateway;

import dev.magpie.gateway.GatewayOptions.Listener;
import dev.magpie.transport.ClientCertificate;
import dev.magpie.transport.tls.TlsEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The listeners of one gateway that have TLS. Owned by that gateway, used on its context. */
final class SecuredListeners {
  private final Vertx vertx;
  private final GatewayOptions options;
  private final Path data;
  private final Map<String, ListenerTls> byName = new HashMap<>();

  /** @param config of the gateway, for {@code data.path} */
  SecuredListeners(Vertx vertx, GatewayOptions options, JsonObject config) {
    this.vertx = vertx;
    this.options = options;
    this.data = Path.of(config.getJsonObject("data", new JsonObject()).getString("path", "data"));
  }

  /** Adds TLS where the listener has it; fails with a sentence that names the setting, the value and what is allowed. */
  Future<?> secure(Listener listener, HttpServerOptions server) {
    if (listener.tls() == null) return Future.succeededFuture();
    return byName.computeIfAbsent(listener.name(), name -> ListenerTls.of(vertx, options, listener, data)).secure(server);
  }

  /** A connection of the listener is known to Vert.x. On its event loop. */
  void opened(Listener listener, HttpConnection connection) {
    if (listener.tls() == null) return;
    TlsEngine.opened(connection);
    if (!listener.tls().clientAuth().equals(GatewayOptions.Tls.DEFAULT.clientAuth())) ClientCertificate.keep(connection);
  }

  /** A server of the listener is open: it gets the certificates that come later. */
  void serves(Listener listener, HttpServer server) {
    ListenerTls tls = byName.get(listener.name());
    if (tls != null) tls.serves(server);
  }

  /** The gateway has stopped, or was not started. */
  void release() {
    byName.values().forEach(ListenerTls::release);
    byName.clear();
  }
}
