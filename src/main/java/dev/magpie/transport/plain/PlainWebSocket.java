package dev.magpie.transport.plain;

import dev.magpie.transport.Framing;
import dev.magpie.transport.Message;
import dev.magpie.transport.websocket.SharedFrame;
import dev.magpie.transport.websocket.WebSocketFrames;

/** The framing of {@code /ws}: the text of a message in a text frame, each attachment in a binary frame, without prefixes. */
public final class PlainWebSocket implements Framing<SharedFrame> {
  public static final PlainWebSocket FRAMING = new PlainWebSocket();

  private PlainWebSocket() {}

  @Override
  public int slot() {
    return PLAIN_WEBSOCKET;
  }

  @Override
  public SharedFrame encode(Message message) {
    return WebSocketFrames.encode("", message.text(), null, message.attachments());
  }
}
