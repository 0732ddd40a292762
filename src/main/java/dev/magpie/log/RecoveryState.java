package dev.magpie.log;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The stored session of one client in one namespace. Immutable.
 *
 * @param id the hash of the client's secret
 * @param sid the id of its socket
 * @param uid its user, or null
 * @param rooms by room, the first number that it may see there; the room {@code ""} is the whole namespace
 * @param data the application's data of its socket
 * @param gen the generation: one more each time a connection claims the session
 * @param connected whether a connection had claimed it when this was written
 * @param steals how often it was claimed while another connection still had it, since {@code stealsSince}
 * @param stealsSince milliseconds since 1970
 * @param expiresAt milliseconds since 1970
 */
public record RecoveryState(
    String id, String sid, @Nullable String uid, Map<String, Long> rooms, JsonObject data, long gen, boolean connected, int steals,
    long stealsSince, long expiresAt) {

  /** The next generation, claimed by a connection. */
  public RecoveryState claimed(int steals, long stealsSince, long expiresAt) {
    return new RecoveryState(id, sid, uid, rooms, data, gen + 1, true, steals, stealsSince, expiresAt);
  }

  /** The same with another time of expiry, in milliseconds since 1970. */
  public RecoveryState expiring(long at) {
    return new RecoveryState(id, sid, uid, rooms, data, gen, connected, steals, stealsSince, at);
  }
}
