package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * One Socket.IO packet. {@code data} is a {@link JsonArray} for events and acknowledgements (buffers stand in it as {@link
 * io.vertx.core.buffer.Buffer}), a {@link JsonObject} or null for CONNECT, an object (v5) or any JSON value (v4) for CONNECT_ERROR, null
 * or a reason for DISCONNECT. It does not change once the packet is made.
 *
 * <p>EVENT and ACK are the types to make and to expect, with and without attachments: whether the wire says BINARY_EVENT or BINARY_ACK is
 * the encoder's choice, and decoders give back the plain type.
 *
 * @param namespace starts with a slash; {@code /} is the main one
 * @param id of an acknowledgement asked for or given, or {@link #NO_ID}
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

  /** With a reason, for wires that can say one; Socket.IO's DISCONNECT has no payload. */
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
