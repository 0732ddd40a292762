package dev.magpie.transport;

import dev.magpie.Internal;

/** How a transport encodes a {@link Message}; each framing has a slot in the message that caches its form. */
@Internal
public interface Framing<T> {

  /** Number of slots, one per framing. */
  int COUNT = 4;

  int PLAIN_WEBSOCKET = 0;
  int ENGINE_4_WEBSOCKET = 1;
  int ENGINE_3_WEBSOCKET = 2;
  int ENGINE_4_POLLING = 3;

  int slot();

  /** The immutable form of this message, with final fields only, since it is handed between threads without a lock. */
  T encode(Message message);
}
