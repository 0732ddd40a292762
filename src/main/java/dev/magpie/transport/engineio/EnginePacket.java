package dev.magpie.transport.engineio;

import dev.magpie.transport.Message;
import io.vertx.core.buffer.Buffer;

/**
 * One Engine.IO packet. An inbound MESSAGE has a text or a binary; an outbound one has a whole {@link Message}, which is encoded as its
 * text and its attachments.
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

  /** Estimated bytes on the wire, as limits of queues and payloads count them. */
  int weight() {
    if (message == null) return text.length() + 1;
    int weight = message.text() == null ? 0 : message.text().length() + 1;
    for (Buffer attachment : message.attachments()) weight += attachment.length() * 4 / 3 + 2;
    return weight;
  }
}
