package dev.magpie.chaos;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;

/**
 * What one client knows at the end.
 *
 * @param held in the order in which it came
 * @param faults that the client saw by itself
 * @param recoveries connections that went on where the one before had ended
 * @param renewals that began anew, and read the history
 */
record Member(String name, Set<String> rooms, List<Held> held, List<Sent> sent, List<String> faults, int recoveries, int renewals) {

  static Member from(JsonObject json) {
    return new Member(
        json.getString("name"),
        Set.copyOf(strings(json.getJsonArray("rooms"))),
        arrays(json, "held").map(held -> new Held(held.getLong(0), held.getString(1), held.getString(2))).toList(),
        arrays(json, "sent").map(sent -> new Sent(sent.getString(0), sent.getString(1), sent.getBoolean(2), outcome(sent.getString(3)),
        sent.getLong(4))).toList(),
        strings(json.getJsonArray("faults")),
        json.getInteger("recoveries"),
        json.getInteger("renewals"));
  }

  private static java.util.stream.Stream<JsonArray> arrays(JsonObject json, String key) {
    return json.getJsonArray(key).stream().map(JsonArray.class::cast);
  }

  private static List<String> strings(JsonArray array) {
    return array.stream().map(String.class::cast).toList();
  }

  private static Sent.Outcome outcome(String state) {
    return switch (state) {
      case "acknowledged" -> Sent.Outcome.ACKNOWLEDGED;
      case "waiting", "lost" -> Sent.Outcome.UNKNOWN;
      default -> Sent.Outcome.REFUSED;
    };
  }
}
