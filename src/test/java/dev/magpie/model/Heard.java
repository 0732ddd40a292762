package dev.magpie.model;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What a client hears, whatever its wire.
 *
 * @param kind of the packet
 * @param id of an acknowledgement; -1 for none
 * @param event its name; null for other packets
 * @param args of an event, without offset and state; of other packets what they carry
 * @param state the opt-in {@code {room, key, version}}; null for none
 * @param offset null for none
 */
record Heard(Kind kind, long id, String event, JsonArray args, JsonObject state, String offset) {

  enum Kind { OPEN, REFUSED, EVENT, ACK, OTHER }

  JsonObject object() {
    return args.getJsonObject(0);
  }

  /** Of Socket.IO: the text of a packet, without Engine.IO's type. */
  static Heard socketIo(String text, boolean recoverable, boolean asksState) {
    char type = text.charAt(0);
    int at = 1;
    if (at < text.length() && text.charAt(at) == '/') at = text.indexOf(',') + 1;
    int digits = at;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) digits++;
    long id = digits > at ? Long.parseLong(text.substring(at, digits)) : -1;
    String payload = text.substring(digits);
    return switch (type) {
      case '0' -> new Heard(Kind.OPEN, -1, null, new JsonArray().add(new JsonObject(payload)), null, null);
      case '2' -> event(new JsonArray(payload), recoverable, asksState);
      case '3' -> new Heard(Kind.ACK, id, null, new JsonArray(payload), null, null);
      case '4' -> new Heard(Kind.REFUSED, -1, null, new JsonArray().add(payload), null, null);
      default -> new Heard(Kind.OTHER, -1, null, new JsonArray(), null, null);
    };
  }

  private static Heard event(JsonArray packet, boolean recoverable, boolean asksState) {
    String event = (String) packet.remove(0);
    String offset = null;
    if (recoverable && !packet.isEmpty() && packet.getValue(packet.size() - 1) instanceof String last) {
      offset = last;
      packet.remove(packet.size() - 1);
    }
    JsonObject state = null;
    if (asksState && packet.size() > 1 && packet.getValue(packet.size() - 1) instanceof JsonObject last && last.containsKey("version")) {
      state = last;
      packet.remove(packet.size() - 1);
    }
    return new Heard(Kind.EVENT, -1, event, packet, state, offset);
  }

  /** Of {@code magpie.v1}. */
  static Heard magpieV1(String text) {
    JsonObject frame = new JsonObject(text);
    if (frame.containsKey("open")) return new Heard(Kind.OPEN, -1, null, new JsonArray().add(frame.getJsonObject("open")), null, null);
    JsonArray args = frame.getJsonArray("args", new JsonArray());
    if (frame.containsKey("event"))
      return new Heard(Kind.EVENT, -1, frame.getString("event"), args, frame.getJsonObject("state"), frame.getString("id"));
    if (frame.containsKey("ack")) return new Heard(Kind.ACK, frame.getLong("ack"), null, args, null, null);
    return new Heard(frame.containsKey("close") ? Kind.REFUSED : Kind.OTHER, -1, null, new JsonArray().add(text), null, null);
  }
}
