package dev.magpie.transport;

import dev.magpie.Internal;
import org.jspecify.annotations.Nullable;

/** A connection to one client that carries whole messages in order, over any transport. Owned by one context, used there only. */
@Internal
public interface Link {

  /** The transport's id of this link; for Engine.IO 4 a secret of its client, not to be shown to others. */
  String id();

  /**
   * Sends a message: its text and, directly after it, its attachments. Does nothing on a link that is closed or closing. If the send queue
   * overflows, the link is closed with {@link CloseReason#SLOW_CONSUMER}. A message with a {@link Message#key key} replaces the one of this
   * key in the send queue.
   */
  void send(Message message);

  /** Flushes what was sent so far, separately from what is sent afterwards. */
  default void push() {}

  /** Whether a message sent now would go to the wire at once; volatile messages are dropped when it would not. */
  boolean writable();

  /** Bytes, framing included, that were sent and that the network, or the client's next poll, has not taken; 0 on a closed link. */
  default long queuedBytes() {
    return 0;
  }

  /**
   * Whether so much waits that a sender should pause until {@link LinkListener#onDrain}; true for a link that is closed. Unlike {@link
   * #writable} it is false for a polling client that has no poll parked at the moment.
   */
  default boolean full() {
    return !writable();
  }

  /** Closes the link for this reason; {@code detail}, which the client may be shown, says what was wrong, or is null. Idempotent. */
  void close(CloseReason reason, String detail);

  default void close(CloseReason reason) {
    close(reason, null);
  }

  boolean isOpen();

  /** The request that opened this link. */
  Handshake handshake();

  /** What this link counts on by its address and its users; null for a client that is exempt. */
  default @Nullable ClientUse use() {
    return null;
  }

  /** The transport that carries the messages now: {@code polling} or {@code websocket}. */
  String transportName();
}
