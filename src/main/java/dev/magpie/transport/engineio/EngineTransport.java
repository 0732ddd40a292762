package dev.magpie.transport.engineio;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Message;

/** What carries a session's packets at the moment. Owned by its {@link EngineSession}, used on its context only. */
interface EngineTransport {

  void send(Message message);

  void send(EnginePacket control);

  /** What was sent so far leaves now, by itself, where messages do not wait for a request anyway. */
  default void push() {}

  /** @param written called when the ping is on its way to the client, not when it waits for what is before it */
  void ping(Runnable written);

  /** Bytes that were taken off this side so far; grows while a client reads. */
  long taken();

  boolean writable();

  /** Tells the client, as far as the transport can, and lets go of it. The session has ended already. */
  void close(CloseReason reason, String detail);

  /** Whether a message of the client is arriving just now: its bytes may stand before the pong. */
  boolean receiving();

  String name();
}
