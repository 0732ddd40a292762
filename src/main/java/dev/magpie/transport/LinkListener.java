package dev.magpie.transport;

import io.vertx.core.buffer.Buffer;

/** What a {@link Link} tells the layer above, always on the link's context, {@link #onClose} exactly once and last. */
public interface LinkListener {

  void onText(String text);

  void onBinary(Buffer data);

  /** The link, which had stopped being {@link Link#writable()}, has written all that waited. */
  default void onDrain() {}

  /** @param detail what was wrong, for the log; may be null */
  void onClose(CloseReason reason, String detail);
}
