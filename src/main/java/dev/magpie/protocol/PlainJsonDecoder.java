package dev.magpie.protocol;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decodes a frame of a plain client: a text in no known form is the event {@code message}, so no text is an error. Stateless. */
final class PlainJsonDecoder implements PacketDecoder {
  private final boolean v1;
  private final DecoderLimits limits;
  private final JsonReader json;
  private final String namespace;

  PlainJsonDecoder(boolean v1, DecoderLimits limits, String namespace) {
    this.v1 = v1;
    this.limits = limits;
    this.json = JsonReader.within(limits);
    this.namespace = namespace;
  }

  @Override
  public Optional<Packet> text(String text) {
    return Optional.of(structured(text).orElseGet(() -> message(text)));
  }

  @Override
  public Optional<Packet> binary(Buffer data) {
    return Optional.of(message(data));
  }

  @Override
  public boolean awaitingAttachments() {
    return false;
  }

  private Packet message(Object content) {
    return Packet.event(namespace, BinaryArray.of(Arrays.asList("message", content)));
  }

  private Optional<Packet> structured(String text) {
    if (!looksLikeJson(text)) return Optional.empty();
    try {
      Object value = json.read(text, PlainJsonDecoder::meaning);
      if (value instanceof JsonArray array) return event(array);
      return value instanceof JsonObject object ? object(object) : Optional.empty();
    } catch (ProtocolException notJson) {
      return Optional.empty();
    }
  }

  /** A quick check: most plain text needs no parser. */
  private static boolean looksLikeJson(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '[' || c == '{') return true;
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return false;
    }
    return false;
  }

  private Optional<Packet> event(JsonArray array) {
    if (array.isEmpty() || !isEventName(array.getList().get(0))) return Optional.empty();
    return Optional.of(Packet.event(namespace, array));
  }

  private Optional<Packet> object(JsonObject object) {
    Map<String, Object> frame = object.getMap();
    if (frame.containsKey("event")) return eventObject(frame);
    if (frame.containsKey("ack")) return ack(frame);
    return v1 ? lifeCycle(frame) : Optional.empty();
  }

  private Optional<Packet> eventObject(Map<String, Object> frame) {
    JsonArray arguments = arguments(frame);
    if (!isEventName(frame.get("event")) || arguments == null) return Optional.empty();
    if (frame.containsKey("ack") && !isId(frame.get("ack"))) return Optional.empty();
    List<Object> named = new ArrayList<>(arguments.size() + 1);
    named.add(frame.get("event"));
    for (Object argument : arguments.getList()) named.add(argument);
    return Optional.of(Packet.event(namespace, id(frame), arguments instanceof BinaryArray ? BinaryArray.of(named) : new JsonArray(named)));
  }

  private Optional<Packet> ack(Map<String, Object> frame) {
    JsonArray arguments = arguments(frame);
    if (!isId(frame.get("ack")) || arguments == null) return Optional.empty();
    return Optional.of(Packet.ack(namespace, id(frame), arguments));
  }

  /** The CONNECT of a client: {@code auth}, and the session that it resumes. */
  private Optional<Packet> lifeCycle(Map<String, Object> frame) {
    if (!frame.containsKey("auth") && !frame.containsKey("resume")) return Optional.empty();
    JsonObject payload = new JsonObject();
    for (String part : new String[] {"auth", "resume"}) {
      if (!frame.containsKey(part)) continue;
      if (!(frame.get(part) instanceof JsonObject content)) return Optional.empty();
      payload.put(part, content);
    }
    return Optional.of(Packet.connect(namespace, payload));
  }

  private boolean isEventName(Object name) {
    return name instanceof String event && event.length() <= limits.maxNameLength() && !EventNames.isReserved(event);
  }

  private static boolean isId(Object id) {
    return (id instanceof Integer || id instanceof Long) && ((Number) id).longValue() >= 0;
  }

  private static long id(Map<String, Object> frame) {
    return frame.get("ack") instanceof Number id ? id.longValue() : Packet.NO_ID;
  }

  /** The arguments; null when they are not an array. */
  private static JsonArray arguments(Map<String, Object> frame) {
    if (!frame.containsKey("args")) return new JsonArray();
    return frame.get("args") instanceof JsonArray arguments ? arguments : null;
  }

  private static Object meaning(Map<String, Object> object) {
    Buffer data = Values.binary(object);
    return data == null ? new JsonObject(object) : data;
  }
}
