package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * One Socket.IO packet. Immutable.
 *
 * <p>Only EVENT and ACK are created and returned, with and without attachments: the encoder chooses BINARY_EVENT and BINARY_ACK, and
 * decoders return the plain type.
 *
 * @param type the type
 * @param namespace the name of the namespace, which starts with a slash
 * @param id the acknowledgement that is asked for or given, or {@link #NO_ID}
 * @param data for events and acknowledgements a {@link JsonArray}, with binary data as {@link io.vertx.core.buffer.Buffer}; for CONNECT a
 *     {@link JsonObject} or null; for CONNECT_ERROR an object (v5) or any JSON value (v4); for DISCONNECT a reason or null
 */
@Internal
public record Packet(PacketType type, String namespace, long id, Object data) {
  public static final long NO_ID = -1;

  public static Packet connect(String namespace, JsonObject payload) {
    return new Packet(PacketType.CONNECT, namespace, NO_ID, payload);
  }

  public static Packet connectError(String namespace, Object error) {
    return new Packet(PacketType.CONNECT_ERROR, namespace, NO_ID, error);
  }

  public static Packet disconnect(String namespace) {
    return new Packet(PacketType.DISCONNECT, namespace, NO_ID, null);
  }

  /** With a reason, for wire formats that have one; the DISCONNECT of Socket.IO has no payload. */
  public static Packet disconnect(String namespace, String reason) {
    return new Packet(PacketType.DISCONNECT, namespace, NO_ID, reason);
  }

  /** The arguments start with the event's name. */
  public static Packet event(String namespace, JsonArray arguments) {
    return new Packet(PacketType.EVENT, namespace, NO_ID, arguments);
  }

  public static Packet event(String namespace, long id, JsonArray arguments) {
    return new Packet(PacketType.EVENT, namespace, id, arguments);
  }

  public static Packet ack(String namespace, long id, JsonArray arguments) {
    return new Packet(PacketType.ACK, namespace, id, arguments);
  }

  public boolean hasId() {
    return id != NO_ID;
  }

  /** The arguments of an event or an acknowledgement. */
  public JsonArray arguments() {
    return (JsonArray) data;
  }
}
