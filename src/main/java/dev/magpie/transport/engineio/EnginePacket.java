package dev.magpie.transport.engineio;

import dev.magpie.transport.Message;
import io.vertx.core.buffer.Buffer;

/**
 * One Engine.IO packet. Inwards a MESSAGE has a text or a binary; outwards it has a whole {@link Message}, which is written as its text and
 * its attachments.
 */
record EnginePacket(EnginePacketType type, String text, Buffer binary, Message message) {
  static final EnginePacket CLOSE = control(EnginePacketType.CLOSE, "");
  static final EnginePacket PING = control(EnginePacketType.PING, "");
  static final EnginePacket NOOP = control(EnginePacketType.NOOP, "");

  static EnginePacket control(EnginePacketType type, String text) {
    return new EnginePacket(type, text, null, null);
  }

  static EnginePacket text(EnginePacketType type, String text) {
    return new EnginePacket(type, text, null, null);
  }

  static EnginePacket binary(Buffer data) {
    return new EnginePacket(EnginePacketType.MESSAGE, null, data, null);
  }

  static EnginePacket message(Message message) {
    return new EnginePacket(EnginePacketType.MESSAGE, null, null, message);
  }

  /** About the bytes that it will take on the wire; what the bound on a queue counts. */
  int weight() {
    if (message == null) return text.length() + 1;
    int weight = message.text() == null ? 0 : message.text().length() + 1;
    for (Buffer attachment : message.attachments()) weight += attachment.length() * 4 / 3 + 2;
    return weight;
  }
}
