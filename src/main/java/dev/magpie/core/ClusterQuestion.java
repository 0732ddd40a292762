package dev.magpie.core;

/**
 * A question that every instance answers about its own sockets. Immutable.
 *
 * @param kind what is asked
 * @param selection which sockets, by namespace, rooms and except; for the kinds that have one, also the event that is sent or handled
 * @param timeoutMillis how long an instance awaits its clients or handlers; the instance itself is awaited a little longer
 */
public record ClusterQuestion(Kind kind, Broadcast selection, long timeoutMillis) {

  /** What is asked. */
  public enum Kind {
    /** Describe the sockets: {@link RemoteSocket}. */
    SOCKETS,
    /** Count the sockets. */
    COUNT,
    /** Send the event to the sockets and collect their acknowledgements. */
    ACKNOWLEDGE,
    /** Call the namespace's own handlers for the event, and answer with the acknowledgement of the first. */
    SERVER_EVENT
  }
}
