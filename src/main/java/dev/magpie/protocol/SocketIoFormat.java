package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The packet format of Socket.IO: the text after the Engine.IO type {@code 4}. Immutable; shared by all connections.
 *
 * <pre>
 *   0/admin,{"token":"x"}      CONNECT           42["e",1] is event e on the wire, 2["e",1] here
 *   1/admin,                   DISCONNECT
 *   2/admin,7["e",{"a":1}]     EVENT that asks for acknowledgement 7
 *   3/admin,7["ok"]            ACK
 *   4/admin,{"message":"no"}   CONNECT_ERROR
 *   51-["e",{"_placeholder":true,"num":0}]   BINARY_EVENT with one attachment; 61-7[…] is BINARY_ACK
 * </pre>
 *
 * <p>{@link #V4} differs from {@link #V5} in three things. CONNECT has no payload; what a version 2 client wrote behind its namespace,
 * {@code 0/admin?token=x,}, is taken off and becomes the packet's data, {@code {"token":"x"}} (a repeated parameter an array), so that a
 * server finds it where a version 3 client's auth is. CONNECT_ERROR is a bare JSON value: a packet made for V5, {@code {"message":"no"}},
 * is written as {@code "no"}, or as its {@code data} where it has any.
 *
 * <p>Numbers are written with all their digits, also those that a browser rounds unless {@link #numbersAsStrings}; numbers that are not
 * finite are refused.
 */
@Internal
public final class SocketIoFormat implements WireFormat {
  /** For Engine.IO 4: clients of version 3 and 4. */
  public static final SocketIoFormat V5 = new SocketIoFormat(false, false);
  /** For Engine.IO 3: clients of version 1 and 2. */
  public static final SocketIoFormat V4 = new SocketIoFormat(true, false);

  private static final SocketIoFormat V5_STRINGS = new SocketIoFormat(false, true);
  private static final SocketIoFormat V4_STRINGS = new SocketIoFormat(true, true);

  private final boolean v4;
  private final boolean numbersAsStrings;

  private SocketIoFormat(boolean v4, boolean numbersAsStrings) {
    this.v4 = v4;
    this.numbersAsStrings = numbersAsStrings;
  }

  @Override
  public EncodedPacket encode(Packet packet, String offset) {
    return switch (packet.type()) {
      case EVENT, BINARY_EVENT -> encodeArguments(PacketType.EVENT, PacketType.BINARY_EVENT, packet, packet.hasId() ? null : offset);
      case ACK, BINARY_ACK -> encodeArguments(PacketType.ACK, PacketType.BINARY_ACK, packet, null);
      case CONNECT -> encodeData(packet, v4 ? null : packet.data());
      case CONNECT_ERROR -> encodeData(packet, v4 ? bareError(packet.data()) : errorObject(packet.data()), true);
      case DISCONNECT -> encodeData(packet, null);
    };
  }

  private EncodedPacket encodeArguments(PacketType text, PacketType binary, Packet packet, String offset) {
    StringBuilder out = new StringBuilder(128);
    out.append(text.ordinal());
    appendNamespace(out, packet.namespace());
    if (packet.hasId()) out.append(packet.id());
    JsonWriter writer = JsonWriter.of(out, JsonWriter.Binary.PLACEHOLDER, numbersAsStrings);
    writer.arguments(packet.arguments().getList(), 0, offset);
    if (writer.attachments().isEmpty()) return EncodedPacket.text(out.toString());
    // Known only now: the packet is a binary one.
    out.replace(0, 1, binary.ordinal() + "" + writer.attachments().size() + '-');
    return new EncodedPacket(out.toString(), writer.attachments());
  }

  private EncodedPacket encodeData(Packet packet, Object data) {
    return encodeData(packet, data, data != null);
  }

  private EncodedPacket encodeData(Packet packet, Object data, boolean present) {
    StringBuilder out = new StringBuilder(64);
    out.append(packet.type().ordinal());
    appendNamespace(out, packet.namespace());
    if (present) JsonWriter.of(out, JsonWriter.Binary.REFUSED, numbersAsStrings).document(data);
    return EncodedPacket.text(out.toString());
  }

  private static void appendNamespace(StringBuilder out, String namespace) {
    if (!namespace.equals("/")) out.append(namespace).append(',');
  }

  /** {@code {"message", "data"?}}: without {@code data} the member is missing, not null. */
  static Object errorObject(Object error) {
    if (!(error instanceof JsonObject object)) return Map.of("message", String.valueOf(error));
    if (!object.containsKey("data") || object.getMap().get("data") != null) return object;
    Map<String, Object> withoutData = new LinkedHashMap<>(object.getMap());
    withoutData.remove("data");
    return withoutData;
  }

  private static Object bareError(Object error) {
    if (!(error instanceof JsonObject object) || !object.containsKey("message")) return error;
    Object data = object.getMap().get("data");
    return data != null ? data : object.getMap().get("message");
  }

  @Override
  public SocketIoFormat numbersAsStrings() {
    return v4 ? V4_STRINGS : V5_STRINGS;
  }

  @Override
  public PacketDecoder newDecoder(DecoderLimits limits) {
    return new SocketIoDecoder(v4, limits);
  }

  /** The versions differ in CONNECT only; an event has the same bytes in both. */
  @Override
  public int slot() {
    return numbersAsStrings ? NUMBERS_AS_STRINGS : 0;
  }

  @Override
  public String toString() {
    return v4 ? "Socket.IO v4" : "Socket.IO v5";
  }
}
