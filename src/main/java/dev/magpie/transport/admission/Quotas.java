package dev.magpie.transport.admission;

import dev.magpie.transport.Resource;
import org.jspecify.annotations.NullMarked;

/**
 * How much one address, one user, or all clients together may use. 0 sets no limit. Of events and bytes so much may come at once as in five
 * seconds, of handshakes as in twenty. Immutable.
 *
 * @param connections sessions and plain WebSockets; an address may hold twice as many TCP connections
 * @param handshakesPerSecond new connections a second; of a user, namespaces joined a second
 * @param eventsPerSecond messages a second: events, acknowledgements, attachments
 * @param bytesPerSecond bytes of messages a second; a character of text counts as one byte
 * @param rooms memberships of rooms
 * @param namespaces sockets, one for each namespace that a connection has joined
 * @param pendingAcks acknowledgements that the server waits for
 */
@NullMarked
public record Quotas(
    long connections, long handshakesPerSecond, long eventsPerSecond, long bytesPerSecond, long rooms, long namespaces, long pendingAcks) {
  /** No limits. */
  public static final Quotas NONE = new Quotas(0, 0, 0, 0, 0, 0, 0);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException for a negative one
   */
  public Quotas {
    if (Math.min(Math.min(connections, handshakesPerSecond), Math.min(eventsPerSecond, bytesPerSecond)) < 0
        || Math.min(rooms, Math.min(namespaces, pendingAcks)) < 0)
      throw new IllegalArgumentException("a limit is at least 0 (no limit)");
  }

  long of(Resource resource) {
    return switch (resource) {
      case CONNECTIONS -> connections;
      case HANDSHAKES -> handshakesPerSecond;
      case EVENTS -> eventsPerSecond;
      case BYTES -> bytesPerSecond;
      case ROOMS -> rooms;
      case NAMESPACES -> namespaces;
      case PENDING_ACKS -> pendingAcks;
    };
  }
}
