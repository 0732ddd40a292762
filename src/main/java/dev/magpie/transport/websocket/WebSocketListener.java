package dev.magpie.transport.websocket;

import dev.magpie.transport.CloseReason;
import io.vertx.core.buffer.Buffer;

/** What a {@link WebSocketChannel} tells the layer above, always on the owner's context, {@link #onClose} exactly once and last. */
public interface WebSocketListener {

  void onText(String text);

  /** @param data the receiver's own; nobody else holds it */
  void onBinary(Buffer data);

  /** The peer answered a ping, or sent a pong unasked. */
  default void onPong() {}

  /** The channel, which had stopped being {@link WebSocketChannel#writable()}, has handed over all that waited. */
  default void onDrain() {}

  /**
   * The connection has ended and its file descriptor is free.
   *
   * @param code of the close frame of the side that closed first, whether or not the other side took it; 1005 for a close frame without
   *     a code, 1006 where neither side sent a close frame
   * @param reason the text beside that code; may be empty, never null
   * @param why for this server; it tells the end of a peer that reads nothing ({@code SLOW_CONSUMER}, 1006) from a broken connection
   */
  void onClose(int code, String reason, CloseReason why);
}
