package dev.magpie.log;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one client in one namespace, so that it finds its place again. Immutable.
 *
 * @param id the hash of the client's secret
 * @param sid the id of its socket
 * @param uid who it is, or null
 * @param rooms by room, the first number that it may see there; the room {@code ""} is the whole namespace
 * @param data the application's notes on its socket
 * @param gen grows each time a connection takes the session over
 * @param connected whether a connection had it when this was written
 * @param steals how often a connection took it from another that was still there, since {@code stealsSince}
 * @param stealsSince milliseconds since 1970
 * @param expiresAt milliseconds since 1970
 */
public record RecoveryState(
    String id, String sid, @Nullable String uid, Map<String, Long> rooms, JsonObject data, long gen, boolean connected, int steals,
    long stealsSince, long expiresAt) {

  public RecoveryState claimed(int steals, long stealsSince, long expiresAt) {
    return new RecoveryState(id, sid, uid, rooms, data, gen + 1, true, steals, stealsSince, expiresAt);
  }

  public RecoveryState expiring(long at) {
    return new RecoveryState(id, sid, uid, rooms, data, gen, connected, steals, stealsSince, at);
  }
}
