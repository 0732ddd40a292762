package dev.magpie.transport.websocket;

import dev.magpie.transport.CloseReason;
import io.vertx.core.buffer.Buffer;

/** Events of a {@link WebSocketChannel} for the layer above, on the owner's context; {@link #onClose} is called exactly once and last. */
public interface WebSocketListener {

  void onText(String text);

  /** @param data owned by the receiver */
  void onBinary(Buffer data);

  /** The peer answered a ping, or sent an unsolicited pong. */
  default void onPong() {}

  /** The channel is {@link WebSocketChannel#writable()} again: its send queue is empty. */
  default void onDrain() {}

  /**
   * A frame that was sent does not reach the peer: a later one of this key has replaced it in the send queue, or, for null, there was no
   * room for it, and the channel is closed. Called during {@link WebSocketChannel#send}.
   */
  default void onDiscard(String key) {}

  /**
   * The connection has ended and its file descriptor is released.
   *
   * @param code of the close frame of the side that closed first, whether or not the other side took it; 1005 for a close frame without
   *     a code, 1006 where neither side sent a close frame
   * @param reason the text beside that code; may be empty, never null
   * @param why the reason for the layer above; with 1006 it distinguishes a peer that took nothing from a broken connection
   */
  void onClose(int code, String reason, CloseReason why);
}
