package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * The packet format of {@code socket.io-msgpack-parser}, version 3: each packet is one binary message, a map in MessagePack. Immutable;
 * shared by all connections.
 *
 * <pre>
 *   {type: 0, nsp: "/admin", data: {token: "x"}}      CONNECT; without a payload data is missing, or undefined
 *   {type: 1, nsp: "/admin"}                          DISCONNECT
 *   {type: 2, nsp: "/admin", data: ["e", 1], id: 7}   EVENT that asks for acknowledgement 7; binary data is in its place
 *   {type: 3, nsp: "/admin", data: ["ok"], id: 7}     ACK
 *   {type: 4, nsp: "/admin", data: {message: "no"}}   CONNECT_ERROR
 * </pre>
 *
 * Members may be in any order; others, such as the {@code options} of the official client, are read and ignored.
 */
@Internal
public final class MsgpackFormat implements WireFormat {
  /** For Engine.IO 4. */
  public static final MsgpackFormat V5 = new MsgpackFormat(false);

  private static final MsgpackFormat V5_STRINGS = new MsgpackFormat(true);

  private final boolean numbersAsStrings;

  private MsgpackFormat(boolean numbersAsStrings) {
    this.numbersAsStrings = numbersAsStrings;
  }

  @Override
  public EncodedPacket encode(Packet packet, String offset) {
    MsgpackWriter out = new MsgpackWriter(numbersAsStrings);
    PacketType type = switch (packet.type()) {
      case EVENT, BINARY_EVENT -> PacketType.EVENT;
      case ACK, BINARY_ACK -> PacketType.ACK;
      case CONNECT, CONNECT_ERROR, DISCONNECT -> packet.type();
    };
    boolean arguments = type == PacketType.EVENT || type == PacketType.ACK;
    Object data = arguments ? null : data(packet);
    out.mapHeader(2 + (arguments || data != null ? 1 : 0) + (packet.hasId() ? 1 : 0));
    out.string("type");
    out.integer(type.ordinal());
    out.string("nsp");
    out.string(packet.namespace());
    if (packet.hasId()) {
      out.string("id");
      out.integer(packet.id());
    }
    if (arguments || data != null) out.string("data");
    if (arguments) out.arguments(packet.arguments().getList(), type == PacketType.EVENT && !packet.hasId() ? offset : null);
    else if (data != null) out.document(data);
    Buffer message = out.message();
    return new EncodedPacket(null, List.of(message));
  }

  private static Object data(Packet packet) {
    return switch (packet.type()) {
      case CONNECT -> packet.data();
      case CONNECT_ERROR -> SocketIoFormat.errorObject(packet.data());
      default -> null;
    };
  }

  @Override
  public MsgpackFormat numbersAsStrings() {
    return V5_STRINGS;
  }

  @Override
  public PacketDecoder newDecoder(DecoderLimits limits) {
    return new MsgpackDecoder(limits);
  }

  @Override
  public int slot() {
    return numbersAsStrings ? 3 + NUMBERS_AS_STRINGS : 3;
  }

  @Override
  public String toString() {
    return "Socket.IO v5 in MessagePack";
  }
}
