package dev.magpie.transport;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;

/** Events of a {@link Link} for the layer above, on the link's context; {@link #onClose} is called exactly once and last. */
@Internal
public interface LinkListener {

  void onText(String text);

  void onBinary(Buffer data);

  /** The link is {@link Link#writable()} again: its send queue is empty. */
  default void onDrain() {}

  /**
   * A message that was sent does not reach the client: a later one of this key has replaced it in the send queue, or, for null, there was
   * no room for it, and the link is closed. Called during {@link Link#send}.
   */
  default void onDiscard(String key) {}

  /** The link has another {@link Link#transportName transport} from now on. */
  default void onUpgrade() {}

  /** @param detail what was wrong, for the log; may be null */
  void onClose(CloseReason reason, String detail);
}
