package dev.magpie.protocol;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;

/** Reads a packet from a map in MessagePack, as strictly as {@link SocketIoDecoder} reads one from text. Stateless. */
final class MsgpackDecoder implements PacketDecoder {
  private static final PacketType[] TYPES = PacketType.values();

  private final DecoderLimits limits;

  MsgpackDecoder(DecoderLimits limits) {
    this.limits = limits;
  }

  @Override
  public Optional<Packet> text(String text) {
    throw new ProtocolException("got a text: packets in MessagePack are binary messages");
  }

  @Override
  public Optional<Packet> binary(Buffer data) {
    Map<String, Object> packet = new MsgpackReader(data, limits).packet();
    PacketType type = type(packet);
    String namespace = namespace(packet);
    return Optional.of(switch (type) {
      case CONNECT -> Packet.connect(namespace, packet.containsKey("data") ? object(packet, type) : null);
      case DISCONNECT -> {
        if (packet.containsKey("data")) throw new ProtocolException("DISCONNECT has no payload");
        yield Packet.disconnect(namespace);
      }
      case EVENT -> Packet.event(namespace, id(packet), SocketIoDecoder.requireEvent(arguments(packet), limits));
      case ACK -> Packet.ack(namespace, requiredId(packet), arguments(packet));
      case CONNECT_ERROR -> Packet.connectError(namespace, object(packet, type));
      case BINARY_EVENT, BINARY_ACK -> throw new IllegalStateException(type.toString());
    });
  }

  @Override
  public boolean awaitingAttachments() {
    return false;
  }

  private static PacketType type(Map<String, Object> packet) {
    // An Integer, since larger ones are read as a Long.
    if (packet.get("type") instanceof Integer type && type >= 0 && type <= PacketType.CONNECT_ERROR.ordinal()) return TYPES[type];
    throw new ProtocolException("unknown packet type: 0 to 4 is allowed");
  }

  /** A comma is no part of a name: in the other wire format it ends it. */
  private String namespace(Map<String, Object> packet) {
    if (!(packet.get("nsp") instanceof String namespace) || !namespace.startsWith("/") || namespace.indexOf(',') >= 0)
      throw new ProtocolException("invalid namespace: nsp is a string that starts with / and has no comma");
    if (namespace.length() > limits.maxNamespaceLength())
      throw new ProtocolException("namespace too long: at most " + limits.maxNamespaceLength() + " characters are allowed");
    return namespace;
  }

  private static long id(Map<String, Object> packet) {
    if (!packet.containsKey("id")) return Packet.NO_ID;
    Object id = packet.get("id");
    if (!(id instanceof Integer || id instanceof Long) || ((Number) id).longValue() < 0)
      throw new ProtocolException("invalid packet id: a whole number from 0 on");
    return ((Number) id).longValue();
  }

  private static long requiredId(Map<String, Object> packet) {
    long id = id(packet);
    if (id == Packet.NO_ID) throw new ProtocolException("an acknowledgement has an id");
    return id;
  }

  private static JsonArray arguments(Map<String, Object> packet) {
    if (packet.get("data") instanceof JsonArray arguments) return arguments;
    throw new ProtocolException("invalid payload: arguments are expected as an array");
  }

  private static JsonObject object(Map<String, Object> packet, PacketType type) {
    if (packet.get("data") instanceof JsonObject object) return object;
    throw new ProtocolException("invalid payload: that of " + type + " is an object");
  }
}
