package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Refuses clients that use MessagePack, the official client's other parser, which is not supported: answers CONNECT_ERROR in MessagePack,
 * so that the client gets the reason and does not reconnect in a loop. Pure.
 */
@Internal
public final class OtherParser {
  /** MessagePack: such a packet is a map of 3 to 5 members. */
  private static final int MAP_OF_3 = 0x83;
  private static final int MAP_OF_5 = 0x85;
  private static final int SHORT_STRING = 0xa0;
  private static final int STRING_8 = 0xd9;
  private static final int STRING_16 = 0xda;
  private static final byte[] TYPE_CONNECT = {(byte) 0xa4, 't', 'y', 'p', 'e', 0};
  private static final byte[] NAMESPACE = {(byte) 0xa3, 'n', 's', 'p'};

  /** Maximum number of characters beside the namespace in a CONNECT of Socket.IO 2. */
  private static final int MAX_QUERY = 2_000;

  private OtherParser() {}

  /** The CONNECT_ERROR for a CONNECT in MessagePack; empty for any other message. */
  public static Optional<Buffer> refusal(Buffer connect, String message, int maxNamespaceLength) {
    if (connect.length() < 2 || connect.getUnsignedByte(0) < MAP_OF_3 || connect.getUnsignedByte(0) > MAP_OF_5) return Optional.empty();
    byte[] bytes = connect.getBytes(0, connect.length());
    if (find(bytes, TYPE_CONNECT) < 0) return Optional.empty();
    String namespace = namespace(bytes);
    if (namespace == null || namespace.length() > maxNamespaceLength) return Optional.empty();
    Buffer refusal = Buffer.buffer().appendByte((byte) MAP_OF_3);
    append(refusal, "type").appendByte((byte) PacketType.CONNECT_ERROR.ordinal());
    append(append(refusal, "nsp"), namespace);
    append(refusal, "data").appendByte((byte) 0x81);
    return Optional.of(append(append(refusal, "message"), message));
  }

  /** The same for that parser's CONNECT of Socket.IO 2, {@code {"type":0,"nsp":"/news"}}; empty for any other text. */
  public static Optional<String> refusal(String connect, String message, int maxNamespaceLength) {
    if (!connect.startsWith("{\"type\":0,") || connect.length() > maxNamespaceLength + MAX_QUERY) return Optional.empty();
    try {
      Object namespace = new JsonObject(connect).getValue("nsp");
      if (!(namespace instanceof String name) || name.length() > maxNamespaceLength) return Optional.empty();
      return Optional.of(new JsonObject().put("type", PacketType.CONNECT_ERROR.ordinal()).put("nsp", name).put("data", message).encode());
    } catch (DecodeException noJson) {
      return Optional.empty();
    }
  }

  private static String namespace(byte[] bytes) {
    int at = find(bytes, NAMESPACE);
    if (at < 0) return null;
    at += NAMESPACE.length;
    int head = at < bytes.length ? bytes[at++] & 0xff : 0;
    int length = (head & 0xe0) == SHORT_STRING ? head & 0x1f : head == STRING_8 && at < bytes.length ? bytes[at++] & 0xff : -1;
    return length < 0 || length > bytes.length - at ? null : new String(bytes, at, length, StandardCharsets.UTF_8);
  }

  private static int find(byte[] in, byte[] what) {
    for (int i = 1; i <= in.length - what.length; i++) {
      int matched = 0;
      while (matched < what.length && in[i + matched] == what[matched]) matched++;
      if (matched == what.length) return i;
    }
    return -1;
  }

  private static Buffer append(Buffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 32) to.appendByte((byte) (SHORT_STRING | bytes.length));
    else if (bytes.length < 256) to.appendByte((byte) STRING_8).appendByte((byte) bytes.length);
    else to.appendByte((byte) STRING_16).appendShort((short) bytes.length);
    return to.appendBytes(bytes);
  }
}
