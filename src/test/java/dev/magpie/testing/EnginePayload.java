package dev.magpie.testing;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Polling payloads as a client reads and writes them: a text packet is a string with its type, a binary one a buffer without. */
final class EnginePayload {
  private EnginePayload() {}

  /** Version 4: packets between U+001E, binary as {@code b} and base64. */
  static List<Object> decode4(String payload) {
    List<Object> packets = new ArrayList<>();
    for (String packet : payload.split("\u001e", -1)) packets.add(packet.startsWith("b") ? base64(packet.substring(1)) : packet);
    return packets;
  }

  static String encode4(Object... packets) {
    StringBuilder payload = new StringBuilder();
    for (Object packet : packets) {
      if (!payload.isEmpty()) payload.append('\u001e');
      payload.append(packet instanceof Buffer data ? "b" + base64(data) : packet);
    }
    return payload.toString();
  }

  /** Version 3 as text: {@code <length>:<packet>}, in UTF-16 units; binary as {@code b4} and base64. */
  static List<Object> decode3(String payload) {
    List<Object> packets = new ArrayList<>();
    for (int at = 0; at < payload.length(); ) {
      int colon = payload.indexOf(':', at);
      int end = colon + 1 + Integer.parseInt(payload.substring(at, colon));
      String packet = payload.substring(colon + 1, end);
      packets.add(packet.startsWith("b4") ? base64(packet.substring(2)) : packet);
      at = end;
    }
    return packets;
  }

  static String encode3(Object... packets) {
    StringBuilder payload = new StringBuilder();
    for (Object packet : packets) {
      String text = packet instanceof Buffer data ? "b4" + base64(data) : (String) packet;
      payload.append(text.length()).append(':').append(text);
    }
    return payload.toString();
  }

  /** Version 3 as bytes: 0 for text or 1 for binary, the length's digits as bytes, 255, the packet. */
  static List<Object> decode3(byte[] payload) {
    List<Object> packets = new ArrayList<>();
    for (int at = 0; at < payload.length; ) {
      boolean text = payload[at++] == 0;
      int length = 0;
      while (payload[at] != (byte) 255) length = length * 10 + payload[at++];
      byte[] packet = Arrays.copyOfRange(payload, ++at, at + length);
      packets.add(text ? Buffer.buffer(packet).toString() : Buffer.buffer(Arrays.copyOfRange(packet, 1, length)));
      at += length;
    }
    return packets;
  }

  static byte[] encode3Binary(Object... packets) {
    Buffer payload = Buffer.buffer();
    for (Object packet : packets) {
      Buffer bytes = packet instanceof Buffer data ? Buffer.buffer().appendByte((byte) 4).appendBuffer(data)
          : Buffer.buffer((String) packet);
      payload.appendByte((byte) (packet instanceof Buffer ? 1 : 0));
      for (char digit : Integer.toString(bytes.length()).toCharArray()) payload.appendByte((byte) (digit - '0'));
      payload.appendByte((byte) 255).appendBuffer(bytes);
    }
    return payload.getBytes();
  }

  private static Buffer base64(String text) {
    return Buffer.buffer(Base64.getDecoder().decode(text));
  }

  private static String base64(Buffer data) {
    return Base64.getEncoder().encodeToString(data.getBytes());
  }
}
