package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * Refuses clients with another parser than the server's: answers their CONNECT with a CONNECT_ERROR in their own wire format, so that they
 * get the reason and do not reconnect in a loop. Pure.
 */
@Internal
public final class OtherParser {
  /** Maximum number of characters beside the namespace in a CONNECT of Socket.IO 2. */
  private static final int MAX_QUERY = 2_000;

  private OtherParser() {}

  /** The CONNECT_ERROR for a CONNECT in MessagePack; empty for any other message. */
  public static Optional<Buffer> refusal(Buffer connect, String message, DecoderLimits limits) {
    try {
      return MsgpackFormat.V5.newDecoder(limits).binary(connect).filter(packet -> packet.type() == PacketType.CONNECT)
          .map(packet -> refusal(packet, message, MsgpackFormat.V5).attachments().get(0));
    } catch (ProtocolException notMsgpack) {
      return Optional.empty();
    }
  }

  /** The same for a CONNECT of the default parser. */
  public static Optional<String> refusal(String connect, String message, DecoderLimits limits) {
    try {
      return SocketIoFormat.V5.newDecoder(limits).text(connect).filter(packet -> packet.type() == PacketType.CONNECT)
          .map(packet -> refusal(packet, message, SocketIoFormat.V5).text());
    } catch (ProtocolException notJson) {
      return Optional.empty();
    }
  }

  private static EncodedPacket refusal(Packet connect, String message, WireFormat format) {
    return format.encode(Packet.connectError(connect.namespace(), new JsonObject().put("message", message)));
  }

  /** The same for the CONNECT of Socket.IO 2 by the MessagePack parser of that time, {@code {"type":0,"nsp":"/news"}}. */
  public static Optional<String> refusal2(String connect, String message, DecoderLimits limits) {
    if (!connect.startsWith("{\"type\":0,") || connect.length() > limits.maxNamespaceLength() + MAX_QUERY) return Optional.empty();
    try {
      Object namespace = new JsonObject(connect).getValue("nsp");
      if (!(namespace instanceof String name) || name.length() > limits.maxNamespaceLength()) return Optional.empty();
      return Optional.of(new JsonObject().put("type", PacketType.CONNECT_ERROR.ordinal()).put("nsp", name).put("data", message).encode());
    } catch (DecodeException noJson) {
      return Optional.empty();
    }
  }
}
