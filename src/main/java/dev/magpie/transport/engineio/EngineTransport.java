package dev.magpie.transport.engineio;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Message;

/** Carries a session's packets. Owned by its {@link EngineSession}, used on its context only. */
interface EngineTransport {

  void send(Message message);

  void send(EnginePacket control);

  /** Flushes what was sent so far, separately from what is sent afterwards; no effect for polling. */
  default void push() {}

  /** @param written called when the ping is written, not while it waits in a queue */
  void ping(Runnable written);

  /** Bytes that the client has taken so far; grows while it reads. */
  long taken();

  boolean writable();

  /** See {@link dev.magpie.transport.Link#queuedBytes}. */
  long queuedBytes();

  /** See {@link dev.magpie.transport.Link#full}. */
  default boolean full() {
    return !writable();
  }

  /** Tells the client, as far as the transport can, and closes. The session has ended already. */
  void close(CloseReason reason, String detail);

  /** Whether a message of the client is being received, behind which the pong may be queued. */
  boolean receiving();

  String name();
}
