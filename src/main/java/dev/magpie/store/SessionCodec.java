package dev.magpie.store;

import dev.magpie.log.RecoveryState;
import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sessions as JSON; when one expires is written beside it, since that changes far more often. */
final class SessionCodec {
  private SessionCodec() {}

  static String write(RecoveryState session) {
    JsonObject rooms = new JsonObject();
    session.rooms().forEach(rooms::put);
    return Values.write(new JsonObject()
        .put("sid", session.sid())
        .put("uid", session.uid())
        .put("rooms", rooms)
        .put("data", session.data())
        .put("connected", session.connected())
        .put("steals", session.steals())
        .put("stealsSince", session.stealsSince()));
  }

  /** The user whose session it is; null for none. */
  static @Nullable String uid(String text) {
    return Values.readObject(text).getString("uid");
  }

  static RecoveryState read(String id, long gen, long expiresAt, String text) {
    JsonObject json = Values.readObject(text);
    Map<String, Long> rooms = new HashMap<>();
    json.getJsonObject("rooms").forEach(room -> rooms.put(room.getKey(), ((Number) room.getValue()).longValue()));
    return new RecoveryState(
        id,
        json.getString("sid"),
        json.getString("uid"),
        rooms,
        json.getJsonObject("data"),
        gen,
        json.getBoolean("connected"),
        json.getInteger("steals"),
        json.getLong("stealsSince"),
        expiresAt);
  }
}
