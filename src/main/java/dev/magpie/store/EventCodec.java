package dev.magpie.store;

import dev.magpie.core.LoggedEvent;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Logged events as JSON, with binary data as base64 in an object of its own kind. */
final class EventCodec {
  private static final String BINARY = "$binary";
  /** An object of the application that looks like one of ours. */
  private static final String OBJECT = "$object";

  private EventCodec() {}

  static byte[] write(LoggedEvent event) {
    JsonObject json = new JsonObject().put("e", shown(event.event())).put("t", event.at()).put("c", event.cid());
    if (!event.rooms().isEmpty()) json.put("r", new JsonArray(event.rooms()));
    if (!event.except().isEmpty()) json.put("x", new JsonArray(event.except()));
    if (event.uid() != null) json.put("u", event.uid());
    if (event.passing()) json.put("p", true);
    return json.toBuffer().getBytes();
  }

  static LoggedEvent read(long seq, byte[] bytes) {
    JsonObject json = new JsonObject(Buffer.buffer(bytes));
    JsonArray event = json.getJsonArray("e");
    return new LoggedEvent(seq, texts(json, "r"), texts(json, "x"), json.getString("u"), json.getString("c"), meant(event), json.getLong("t"), json.getBoolean("p", false));
  }

  /** The content alone, as a text. */
  static String writeContent(JsonArray event) {
    return shown(event).encode();
  }

  static JsonArray readContent(String event) {
    return meant(new JsonArray(event));
  }

  private static List<String> texts(JsonObject json, String key) {
    JsonArray texts = json.getJsonArray(key);
    return texts == null ? List.of() : texts.stream().map(String.class::cast).toList();
  }

  private static JsonArray shown(JsonArray array) {
    List<Object> shown = new ArrayList<>(array.size());
    for (Object value : array.getList()) shown.add(shown(value));
    return new JsonArray(shown);
  }

  private static Object shown(Object value) {
    if (value instanceof Buffer data) return new JsonObject().put(BINARY, Base64.getEncoder().encodeToString(data.getBytes()));
    if (value instanceof JsonArray array) return shown(array);
    if (value instanceof List<?> list) return shown(new JsonArray(list));
    if (value instanceof JsonObject object) return shown(object.getMap());
    return value instanceof Map<?, ?> map ? shown(map) : value;
  }

  private static Object shown(Map<?, ?> map) {
    Map<String, Object> shown = new LinkedHashMap<>(map.size() * 2);
    map.forEach((name, value) -> shown.put(String.valueOf(name), shown(value)));
    boolean ambiguous = shown.size() == 1 && (shown.containsKey(BINARY) || shown.containsKey(OBJECT));
    return ambiguous ? new JsonObject().put(OBJECT, new JsonObject(shown)) : new JsonObject(shown);
  }

  private static JsonArray meant(JsonArray array) {
    List<Object> meant = new ArrayList<>(array.size());
    for (Object value : array.getList()) meant.add(meant(value));
    return new JsonArray(java.util.Collections.unmodifiableList(meant));
  }

  private static Object meant(Object value) {
    if (value instanceof JsonArray array) return meant(array);
    if (value instanceof List<?> list) return meant(new JsonArray(list));
    if (value instanceof JsonObject object) return meant(object.getMap());
    return value instanceof Map<?, ?> map ? meant(map) : value;
  }

  private static Object meant(Map<?, ?> map) {
    if (map.size() == 1 && map.get(BINARY) instanceof String base64) return Buffer.buffer(Base64.getDecoder().decode(base64));
    if (map.size() == 1 && map.get(OBJECT) instanceof Map<?, ?> own) return members(own);
    return members(map);
  }

  private static JsonObject members(Map<?, ?> map) {
    Map<String, Object> meant = new LinkedHashMap<>(map.size() * 2);
    map.forEach((name, value) -> meant.put(String.valueOf(name), meant(value)));
    return new JsonObject(meant);
  }
}
