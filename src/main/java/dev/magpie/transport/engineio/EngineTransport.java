package dev.magpie.transport.engineio;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Message;

/** What carries a session's packets at the moment. Owned by its {@link EngineSession}, used on its context only. */
interface EngineTransport {

  void send(Message message);

  void send(EnginePacket control);

  boolean writable();

  /** Tells the client, as far as the transport can, and lets go of it. The session has ended already. */
  void close(CloseReason reason, String detail);

  /** Whether a message of the client is arriving just now: its bytes may stand before the pong. */
  boolean receiving();

  String name();
}
