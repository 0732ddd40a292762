package dev.magpie.api;

import dev.magpie.core.Namespace;
import dev.magpie.protocol.Values;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event that is to be emitted, of a body that is as the document says. Immutable.
 *
 * @param pointer where it is in the body: empty, or a slash and its number
 * @param args wire values
 * @param cid by which a retry is recognised in a log; null for none
 */
record EmitRequest(String pointer, String namespace, List<String> rooms, List<String> users, List<String> except, String event,
    JsonArray args, @Nullable String latest, @Nullable String retain, @Nullable String cid) {

  /** @param type of the body */
  static List<EmitRequest> all(Object body, String type) {
    boolean cloud = !type.equals(JsonBody.JSON);
    if (body instanceof JsonObject one) return List.of(cloud ? ofCloudEvent("", one) : of("", one));
    List<EmitRequest> all = new ArrayList<>();
    JsonArray batch = (JsonArray) body;
    for (int i = 0; i < batch.size(); i++)
      all.add(cloud ? ofCloudEvent("/" + i, batch.getJsonObject(i)) : of("/" + i, batch.getJsonObject(i)));
    return all;
  }

  /** Also of {@code /broadcast-ack}. */
  static EmitRequest of(String pointer, JsonObject json) {
    return new EmitRequest(pointer, json.getString("namespace", "/"), texts(json, "rooms"), texts(json, "users"), texts(json, "except"),
        json.getString("event"), Values.withBinary(json.getJsonArray("args", new JsonArray())), json.getString("latest"),
        json.getString("retain"), null).checked();
  }

  private static EmitRequest ofCloudEvent(String pointer, JsonObject event) {
    List<Object> args = new ArrayList<>();
    if (event.containsKey("data") && event.containsKey("data_base64"))
      throw wrong(pointer + "/data_base64", "not together with data");
    if (event.containsKey("data")) args.add(event.getValue("data"));
    if (event.containsKey("data_base64")) args.add(binary(pointer, event.getString("data_base64")));
    String cid = "ce " + Hashes.of(event.getString("source"), event.getString("id"));
    return new EmitRequest(pointer, event.getString("namespace", "/"), one(event, "subject"), one(event, "user"), List.of(),
        event.getString("type"), Values.withBinary(new JsonArray(args)), event.getString("latest"), event.getString("retain"), cid)
        .checked();
  }

  private static Buffer binary(String pointer, String base64) {
    try {
      return Buffer.buffer(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException notBase64) {
      throw wrong(pointer + "/data_base64", "allowed: base64");
    }
  }

  private EmitRequest checked() {
    if (retain == null) return this;
    String at = pointer + "/retain";
    if (rooms.size() + users.size() != 1) throw wrong(at, "needs one room or one user");
    if (!except.isEmpty() || latest != null) throw wrong(at, "not together with except or latest");
    if (rooms.size() == 1 && Namespace.isSocketId(rooms.get(0)))
      throw wrong(at, "a socket has no state; allowed: a room");
    return this;
  }

  private static Problem wrong(String pointer, String detail) {
    return Problem.unprocessable(new Problem.Field("body", pointer, detail));
  }

  /** The same with another id for the log, where it has none. */
  EmitRequest orCid(String id) {
    return cid != null ? this : new EmitRequest(pointer, namespace, rooms, users, except, event, args, latest, retain, id);
  }

  Object[] arguments() {
    return args.getList().toArray();
  }

  static List<String> texts(JsonObject json, String name) {
    return json.getJsonArray(name, new JsonArray()).stream().map(String.class::cast).distinct().toList();
  }

  private static List<String> one(JsonObject json, String name) {
    return json.containsKey(name) ? List.of(json.getString(name)) : List.of();
  }
}
