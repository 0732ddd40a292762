package dev.magpie.gateway;

import dev.magpie.transport.admission.ClientLimits;
import dev.magpie.transport.admission.Quotas;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Reads the {@link ClientLimits} from the settings {@code limits}. The defaults are explained in settings.md. */
public final class ClientQuotas {
  public static final ClientLimits DEFAULT = new ClientLimits(
      List.of("127.0.0.0/8", "::1"),
      new Quotas(5_000, 100, 10_000, 20_000_000, 100_000, 20_000, 100_000),
      new Quotas(500, 20, 2_000, 5_000_000, 50_000, 2_000, 50_000),
      Quotas.NONE);

  private ClientQuotas() {}

  static ClientLimits from(JsonObject limits) {
    JsonArray exempt = limits.getJsonArray("exempt");
    return new ClientLimits(exempt == null ? DEFAULT.exempt() : exempt.stream().map(String.class::cast).toList(),
        quotas(limits, "address", DEFAULT.address()), quotas(limits, "user", DEFAULT.user()), quotas(limits, "all", DEFAULT.all()));
  }

  private static Quotas quotas(JsonObject limits, String scope, Quotas otherwise) {
    JsonObject part = limits.getJsonObject(scope, new JsonObject());
    return new Quotas(
        limit(part, "connections", otherwise.connections()),
        limit(part, "handshakes_per_second", otherwise.handshakesPerSecond()),
        limit(part, "events_per_second", otherwise.eventsPerSecond()),
        limit(part, "bytes_per_second", otherwise.bytesPerSecond()),
        limit(part, "rooms", otherwise.rooms()),
        limit(part, "namespaces", otherwise.namespaces()),
        limit(part, "pending_acks", otherwise.pendingAcks()));
  }

  /** Null: no limit. */
  private static long limit(JsonObject part, String key, long otherwise) {
    if (!part.containsKey(key)) return otherwise;
    Long limit = part.getLong(key);
    return limit == null ? 0 : limit;
  }
}
