package dev.magpie.core;

import dev.magpie.transport.Handshake;
import io.vertx.core.json.JsonArray;

/**
 * Sees what happens in an {@link Io}, for statistics, audit and debugging: {@link Io#observe}. Called on the instance's context, in the
 * order of the events, and must not block; what a method throws is logged and counted. Arguments are those that handlers or clients get:
 * read-only. An {@code Io} without an observer does no work for it.
 *
 * <pre>{@code
 * io.observe(new IoObserver() {
 *   public void disconnected(Socket socket, String reason) {
 *     log.info("{} left {}: {}", socket.userId(), socket.namespace().name(), reason);
 *   }
 * });
 * }</pre>
 */
public interface IoObserver {

  /** Why an event did not reach a client. */
  enum Drop {
    /** It was unreliable, and the client could not be written to at once. */
    UNRELIABLE,
    /** The send queue had no room for it: the connection is closed as {@code slow consumer}. */
    OVERFLOW
  }

  /**
   * A message of any kind has come from a client, decoded or not.
   *
   * @param size characters of a text, bytes of binary data
   */
  default void messageReceived(long size) {}

  /**
   * A message was sent to a client, or put into its send queue.
   *
   * @param size as of {@link #messageReceived}, attachments included, before framing
   */
  default void messageSent(long size) {}

  /** A client has joined a namespace; its connection handlers follow. */
  default void connected(Socket socket) {}

  /** A client has sent an event; middleware and handlers follow. */
  default void received(Socket socket, String event, JsonArray args) {}

  /**
   * The handlers of an event have returned; what they have begun may go on. Not called for an event that middleware, or its contract, has
   * refused.
   *
   * @param nanos how long they held the event loop, in nanoseconds
   */
  default void handled(Socket socket, String event, long nanos) {}

  /** An event was sent to this client alone, or sent again after its recovery. Acknowledgements are not reported. */
  default void sent(Socket socket, String event, JsonArray args) {}

  /**
   * An event was sent to the selected sockets of this instance; of a broadcast each instance reports its own. In a namespace with recovery
   * an event to one client that can recover is reported here, too.
   *
   * @param receivers how many sockets of this instance, those included that {@link #dropped} reports; at least 1
   */
  default void broadcast(String namespace, String event, JsonArray args, int receivers) {}

  /** In the send queue of a slow client a later event of this key has replaced an earlier one: {@link Socket#latest}. */
  default void replaced(Socket socket, String key) {}

  /** An event did not reach this client; for an overflow {@link #disconnected} may have been called before. */
  default void dropped(Socket socket, String event, Drop why) {}

  /**
   * A namespace has refused a client.
   *
   * @param namespace the name that the client sent; such a namespace may not exist
   * @param reason as the client is told
   */
  default void refused(String namespace, Handshake handshake, String reason) {}

  /** A request was refused and has opened no connection: see {@link Io#onConnectionError}. */
  default void connectionRefused(ConnectionError error) {}

  /** A socket has left its namespace, with the reason of {@link Socket#onDisconnect}; its own handlers follow. */
  default void disconnected(Socket socket, String reason) {}

  /** The instance has ended, and all sockets have left. Called once; nothing else follows. */
  default void closed() {}
}
