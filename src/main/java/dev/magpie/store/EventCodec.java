package dev.magpie.store;

import dev.magpie.log.LoggedEvent;
import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Logged events as JSON, with binary data as base64 in an object of its own kind. */
final class EventCodec {
  private EventCodec() {}

  static byte[] write(LoggedEvent event) {
    JsonObject json = new JsonObject().put("e", event.event()).put("t", event.at()).put("c", event.cid());
    if (!event.rooms().isEmpty()) json.put("r", new JsonArray(event.rooms()));
    if (!event.except().isEmpty()) json.put("x", new JsonArray(event.except()));
    if (event.uid() != null) json.put("u", event.uid());
    if (event.passing()) json.put("p", true);
    return Values.write(json).getBytes(StandardCharsets.UTF_8);
  }

  static LoggedEvent read(long seq, byte[] bytes) {
    JsonObject json = Values.readObject(new String(bytes, StandardCharsets.UTF_8));
    JsonArray event = Values.unmodifiable(json.getJsonArray("e").getList());
    return new LoggedEvent(seq, texts(json, "r"), texts(json, "x"), json.getString("u"), json.getString("c"), event, json.getLong("t"),
        json.getBoolean("p", false));
  }

  /** The content alone, as a text. */
  static String writeContent(JsonArray event) {
    return Values.write(event);
  }

  static JsonArray readContent(String event) {
    return Values.unmodifiable(Values.readArray(event).getList());
  }

  private static List<String> texts(JsonObject json, String key) {
    JsonArray texts = json.getJsonArray(key);
    return texts == null ? List.of() : texts.stream().map(String.class::cast).toList();
  }
}
