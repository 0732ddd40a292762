package dev.magpie.transport.engineio;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Engine.IO packets and long-polling payloads, to and from text and bytes, for versions 3 and 4. Pure. */
final class EngineCodec {
  /** Separates the packets of a version 4 payload. */
  static final char SEPARATOR = 0x1e;

  /** Maximum number of packets in one payload, far above that of any client. */
  static final int MAX_PACKETS = 10_000;

  private EngineCodec() {}

  /** The text of a packet that has no binary: its digit and its data. */
  static String encode(EnginePacket packet) {
    return packet.type().digit() + packet.text();
  }

  /** The first packet of a session, with exactly these five keys: clients check them. */
  static String open(String sid, boolean upgradable, EngineOptions options) {
    return "0" + new JsonObject()
        .put("sid", sid)
        .put("upgrades", upgradable ? new JsonArray().add("websocket") : new JsonArray())
        .put("pingInterval", options.pingInterval())
        .put("pingTimeout", options.pingTimeout())
        .put("maxPayload", options.maxPayload())
        .encode();
  }

  /** Decodes a packet from text: binary is base64 after {@code b}, in version 3 after {@code b4}, on all transports. */
  static EnginePacket decode(int version, String text) {
    if (text.isEmpty() || text.charAt(0) != 'b') return decode(text);
    if (version == 4) return EnginePacket.binary(fromBase64(text, 1));
    if (text.length() < 2 || text.charAt(1) != '4') throw new EngineException("binary packet that is not a message");
    return EnginePacket.binary(fromBase64(text, 2));
  }

  private static EnginePacket decode(String text) {
    if (text.isEmpty()) throw new EngineException("empty packet");
    return EnginePacket.text(EnginePacketType.of(text.charAt(0)), text.substring(1));
  }

  /** Version 3 puts the type before binary data too. */
  static EnginePacket decodeBinary(int version, Buffer data) {
    if (version == 4) return EnginePacket.binary(data);
    if (data.length() == 0 || data.getByte(0) != EnginePacketType.MESSAGE.ordinal()) {
      throw new EngineException("binary packet that is not a message");
    }
    return EnginePacket.binary(data.slice(1, data.length()));
  }

  // Version 4 payloads: packets with 0x1e between them, binary as 'b' and base64 without a type.

  static void append(StringBuilder payload, EnginePacket packet) {
    if (packet.message() == null) {
      separate(payload).append(packet.type().digit()).append(packet.text());
      return;
    }
    if (packet.message().text() != null) separate(payload).append('4').append(packet.message().text());
    for (Buffer attachment : packet.message().attachments()) separate(payload).append(base64(4, attachment));
  }

  private static StringBuilder separate(StringBuilder payload) {
    return payload.length() == 0 ? payload : payload.append(SEPARATOR);
  }

  static List<EnginePacket> decodePayload(String payload) {
    if (payload.isEmpty()) throw new EngineException("empty payload");
    List<EnginePacket> packets = new ArrayList<>();
    int start = 0;
    while (start <= payload.length()) {
      int end = payload.indexOf(SEPARATOR, start);
      if (end < 0) end = payload.length();
      if (packets.size() == MAX_PACKETS) throw new EngineException("more than " + MAX_PACKETS + " packets in a payload");
      packets.add(decode(4, payload.substring(start, end)));
      start = end + 1;
    }
    return packets;
  }

  // Version 3 payloads: <length>:<packet> as text, where the length counts UTF-16 units, or the binary form.

  static String encodePayload3(List<EnginePacket> packets) {
    StringBuilder payload = new StringBuilder();
    for (EnginePacket packet : packets) {
      if (packet.message() == null) {
        appendWithLength(payload, encode(packet));
        continue;
      }
      if (packet.message().text() != null) appendWithLength(payload, "4" + packet.message().text());
      for (Buffer attachment : packet.message().attachments()) appendWithLength(payload, base64(3, attachment));
    }
    return payload.toString();
  }

  private static void appendWithLength(StringBuilder payload, String packet) {
    payload.append(packet.length()).append(':').append(packet);
  }

  /** Each packet as 0 (text) or 1 (binary), its length in bytes as decimal digits of one byte each, 0xff, and the packet. */
  static Buffer encodeBinaryPayload3(List<EnginePacket> packets) {
    Buffer payload = Buffer.buffer();
    for (EnginePacket packet : packets) {
      if (packet.message() == null) {
        appendBinary(payload, 0, Buffer.buffer(encode(packet)), false);
        continue;
      }
      if (packet.message().text() != null) appendBinary(payload, 0, Buffer.buffer("4" + packet.message().text()), false);
      for (Buffer attachment : packet.message().attachments()) appendBinary(payload, 1, attachment, true);
    }
    return payload;
  }

  private static void appendBinary(Buffer payload, int kind, Buffer packet, boolean withType) {
    payload.appendByte((byte) kind);
    String length = Integer.toString(packet.length() + (withType ? 1 : 0));
    for (int i = 0; i < length.length(); i++) payload.appendByte((byte) (length.charAt(i) - '0'));
    payload.appendByte((byte) 0xff);
    if (withType) payload.appendByte((byte) EnginePacketType.MESSAGE.ordinal());
    payload.appendBuffer(packet);
  }

  static boolean hasBinary(List<EnginePacket> packets) {
    for (EnginePacket packet : packets) if (packet.message() != null && !packet.message().attachments().isEmpty()) return true;
    return false;
  }

  static List<EnginePacket> decodePayload3(String payload) {
    if (payload.isEmpty()) throw new EngineException("empty payload");
    List<EnginePacket> packets = new ArrayList<>();
    int at = 0;
    while (at < payload.length()) {
      int colon = payload.indexOf(':', at);
      // Ten digits exceed any payload; the bound keeps a payload of digits cheap.
      if (colon < 0 || colon == at || colon - at > 10) throw new EngineException("payload without a length");
      long length = digits(payload, at, colon);
      int start = colon + 1;
      if (length == 0 || length > payload.length() - start) throw new EngineException("payload length out of range");
      if (packets.size() == MAX_PACKETS) throw new EngineException("more than " + MAX_PACKETS + " packets in a payload");
      int end = start + (int) length;
      packets.add(decode(3, payload.substring(start, end)));
      at = end;
    }
    return packets;
  }

  private static long digits(String text, int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') throw new EngineException("payload length is not a number");
      value = value * 10 + (c - '0');
    }
    return value;
  }

  static List<EnginePacket> decodeBinaryPayload3(Buffer payload) {
    if (payload.length() == 0) throw new EngineException("empty payload");
    List<EnginePacket> packets = new ArrayList<>();
    int at = 0;
    while (at < payload.length()) {
      int kind = payload.getByte(at++);
      if (kind != 0 && kind != 1) throw new EngineException("packet that is neither text nor binary");
      long length = 0;
      int digits = 0;
      while (true) {
        if (at == payload.length() || digits > 10) throw new EngineException("payload without a length");
        int digit = payload.getByte(at++) & 0xff;
        if (digit == 0xff) break;
        if (digit > 9) throw new EngineException("payload length is not a number");
        length = length * 10 + digit;
        digits++;
      }
      if (length == 0 || length > payload.length() - at) throw new EngineException("payload length out of range");
      if (packets.size() == MAX_PACKETS) throw new EngineException("more than " + MAX_PACKETS + " packets in a payload");
      Buffer packet = payload.slice(at, at + (int) length);
      packets.add(kind == 0 ? decode(packet.toString(StandardCharsets.UTF_8)) : decodeBinary(3, packet));
      at += (int) length;
    }
    return packets;
  }

  /** Binary data as text, for clients that cannot receive binary. */
  static String base64(int version, Buffer data) {
    return (version == 4 ? "b" : "b4") + base64(data);
  }

  private static String base64(Buffer data) {
    return Base64.getEncoder().encodeToString(data.getBytes());
  }

  private static Buffer fromBase64(String text, int from) {
    try {
      // The Java client adds line breaks as MIME does; other characters are refused.
      String letters = text.indexOf('\n', from) < 0 ? text.substring(from) : text.substring(from).replace("\r", "").replace("\n", "");
      return Buffer.buffer(Base64.getDecoder().decode(letters));
    } catch (IllegalArgumentException broken) {
      throw new EngineException("binary packet that is not base64");
    }
  }
}
