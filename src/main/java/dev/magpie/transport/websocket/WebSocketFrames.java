package dev.magpie.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The frames that a server writes (RFC 6455, section 5.2): final, not masked, without extensions. */
public final class WebSocketFrames {
  static final int CONTINUATION = 0x0;
  static final int TEXT = 0x1;
  static final int BINARY = 0x2;
  static final int CLOSE = 0x8;
  static final int PING = 0x9;
  static final int PONG = 0xA;

  /** Maximum payload of a control frame (RFC 6455, section 5.5). */
  static final int MAX_CONTROL_BYTES = 125;

  private static final int FINAL = 0x80;
  private static final int NO_CODE = 1005;

  private WebSocketFrames() {}

  /**
   * Encodes a message: a text frame with a prefix and the text, then for each attachment a binary frame with a prefix and its bytes.
   *
   * @param textPrefix ASCII; Engine.IO's packet type, or empty
   * @param text null for a message of attachments only; then there is no text frame
   * @param binaryPrefix Engine.IO v3 begins binary packets with a byte 4; null for none
   */
  public static SharedFrame encode(String textPrefix, String text, byte[] binaryPrefix, List<Buffer> attachments) {
    int prefixLength = binaryPrefix == null ? 0 : binaryPrefix.length;
    int textLength = text == null ? 0 : textPrefix.length() + ByteBufUtil.utf8Bytes(text);
    int size = text == null ? 0 : headerLength(textLength) + textLength;
    for (Buffer attachment : attachments) size += headerLength(prefixLength + attachment.length()) + prefixLength + attachment.length();

    byte[] bytes = new byte[size];
    ByteBuf out = Unpooled.wrappedBuffer(bytes).writerIndex(0);
    if (text != null) {
      writeHeader(out, TEXT, textLength);
      ByteBufUtil.writeAscii(out, textPrefix);
      ByteBufUtil.reserveAndWriteUtf8(out, text, textLength - textPrefix.length());
    }
    for (Buffer attachment : attachments) {
      writeHeader(out, BINARY, prefixLength + attachment.length());
      if (binaryPrefix != null) out.writeBytes(binaryPrefix);
      writeBuffer(out, attachment);
    }
    return new SharedFrame(bytes);
  }

  public static SharedFrame text(String text) {
    return encode("", text, null, List.of());
  }

  /** Several texts, each in its own frame, written without other frames in between. */
  public static SharedFrame texts(List<String> texts) {
    int size = 0;
    for (String text : texts) size += headerLength(ByteBufUtil.utf8Bytes(text)) + ByteBufUtil.utf8Bytes(text);
    byte[] bytes = new byte[size];
    ByteBuf out = Unpooled.wrappedBuffer(bytes).writerIndex(0);
    for (String text : texts) {
      int length = ByteBufUtil.utf8Bytes(text);
      writeHeader(out, TEXT, length);
      ByteBufUtil.reserveAndWriteUtf8(out, text, length);
    }
    return new SharedFrame(bytes);
  }

  public static SharedFrame binary(Buffer data) {
    return encode("", null, null, List.of(data));
  }

  /** @param payload at most 125 bytes */
  public static SharedFrame ping(byte[] payload) {
    return control(PING, payload);
  }

  /**
   * A close frame.
   *
   * @param reason cut, at a code point, to the 123 bytes that fit behind the code; may be null
   */
  public static SharedFrame close(int code, String reason) {
    if (code == NO_CODE) return control(CLOSE, new byte[0]);
    byte[] text = cutUtf8(reason == null ? "" : reason, MAX_CONTROL_BYTES - 2);
    byte[] payload = new byte[2 + text.length];
    payload[0] = (byte) (code >> 8);
    payload[1] = (byte) code;
    System.arraycopy(text, 0, payload, 2, text.length);
    return control(CLOSE, payload);
  }

  static SharedFrame control(int opcode, byte[] payload) {
    if (payload.length > MAX_CONTROL_BYTES) throw new IllegalArgumentException("a control frame carries 125 bytes at most");
    byte[] bytes = new byte[2 + payload.length];
    bytes[0] = (byte) (FINAL | opcode);
    bytes[1] = (byte) payload.length;
    System.arraycopy(payload, 0, bytes, 2, payload.length);
    return new SharedFrame(bytes);
  }

  static int headerLength(long payloadLength) {
    if (payloadLength <= MAX_CONTROL_BYTES) return 2;
    return payloadLength <= 0xFFFF ? 4 : 10;
  }

  static void writeHeader(ByteBuf out, int opcode, long payloadLength) {
    out.writeByte(FINAL | opcode);
    if (payloadLength <= MAX_CONTROL_BYTES) {
      out.writeByte((int) payloadLength);
    } else if (payloadLength <= 0xFFFF) {
      out.writeByte(126).writeShort((int) payloadLength);
    } else {
      out.writeByte(127).writeLong(payloadLength);
    }
  }

  static void writeBuffer(ByteBuf out, Buffer data) {
    ByteBuf source = ((BufferInternal) data).getByteBuf();
    out.writeBytes(source, source.readerIndex(), source.readableBytes());
  }

  private static byte[] cutUtf8(String text, int limit) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= limit) return bytes;
    int end = limit;
    // Not before a continuation byte: that would split its code point.
    while ((bytes[end] & 0xC0) == 0x80) end--;
    return Arrays.copyOf(bytes, end);
  }
}
