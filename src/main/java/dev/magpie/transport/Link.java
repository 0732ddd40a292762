package dev.magpie.transport;

import dev.magpie.Internal;

/**
 * A connection to one client, over which whole messages travel in order, whatever carries them. Owned by one context; every method is
 * called there.
 */
@Internal
public interface Link {

  /** The transport's own id of this link; for Engine.IO 4 a secret of its client, never to be shown to others. */
  String id();

  /**
   * Sends a message: its text and, directly behind it, its attachments. On a link that is closed or closing this does nothing. A reader so
   * slow that the link's queue overflows is closed with {@link CloseReason#SLOW_CONSUMER}. One with a {@link Message#key key} takes the
   * place of the one of this key that still waits.
   */
  void send(Message message);

  /** Flushes what was sent so far, separately from what is sent afterwards. */
  default void push() {}

  /** Whether a message sent now would go to the wire at once; volatile messages are dropped when it would not. */
  boolean writable();

  /** Closes the link for this reason; {@code detail}, which the client may be shown, says what was wrong, or is null. Idempotent. */
  void close(CloseReason reason, String detail);

  default void close(CloseReason reason) {
    close(reason, null);
  }

  boolean isOpen();

  /** The request that opened this link. */
  Handshake handshake();

  /** What carries the messages now: {@code polling} or {@code websocket}. */
  String transportName();
}
