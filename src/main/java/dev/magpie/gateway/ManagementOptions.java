package dev.magpie.gateway;

import dev.magpie.gateway.GatewayOptions.Tls;
import dev.magpie.protocol.Parser;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The management listener: what operators ask, and the HTTP API. No pages and no sockets.
 *
 * @param host that it listens on
 * @param port 0: any free port; empty: {@link #DEFAULT_PORT}, and any free port where that is in use or the first listener has one
 * @param tls null: plain HTTP
 */
public record ManagementOptions(String host, Optional<Integer> port, @Nullable Tls tls) {
  /** In the log, and for its address. */
  public static final String NAME = "management";

  static final int DEFAULT_PORT = 8001;

  public static final ManagementOptions DEFAULT = new ManagementOptions("127.0.0.1", Optional.empty(), null);

  static ManagementOptions from(JsonObject management) {
    return new ManagementOptions(management.getString("host", DEFAULT.host), Optional.ofNullable(management.getInteger("port")),
        management.getJsonObject("tls") == null ? null : Tls.from(management.getJsonObject("tls")));
  }

  /** As an address to listen on. */
  GatewayOptions.Listener listener(List<GatewayOptions.Listener> others) {
    // Two servers of one Vert.x that listen on the same address would take each other's connections.
    boolean usable = others.get(0).port() > 0 && others.stream().noneMatch(other -> other.port() == DEFAULT_PORT);
    int usual = usable ? DEFAULT_PORT : 0;
    return new GatewayOptions.Listener(NAME, host, port.orElse(usual), List.of(), GatewayOptions.Listener.DEFAULT.index(), Parser.JSON,
        false, tls, null);
  }
}
