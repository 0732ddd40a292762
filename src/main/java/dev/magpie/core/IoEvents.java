package dev.magpie.core;

import dev.magpie.core.Room.Member;
import dev.magpie.transport.Handshake;
import io.vertx.core.json.JsonArray;

/**
 * What the parts of an {@link Io} report to its observers. {@link Loop#events} is null where there are none, so that nothing is reported.
 * Called on the instance's context; events are arrays of their name and their arguments.
 */
interface IoEvents {
  /** @param size characters of a text, bytes of binary data */
  void messageReceived(long size);

  /** @param size as of {@link #messageReceived} */
  void messageSent(long size);

  void connected(Member socket);

  void received(Member socket, JsonArray event);

  void handled(Member socket, String event, long nanos);

  void sent(Member socket, JsonArray event);

  void broadcast(String namespace, JsonArray event, int receivers);

  void replaced(Member socket, String key);

  /** @param overflow whether the send queue had no room; otherwise the event was unreliable */
  void dropped(Member socket, JsonArray event, boolean overflow);

  void refused(String namespace, Handshake handshake, String reason);

  void disconnected(Member socket, String reason);
}
