package dev.magpie.core;

/**
 * A question that every instance answers about its own sockets.
 *
 * @param selection which sockets, by namespace, rooms and except; and the event that is sent or handled, for the kinds that have one
 * @param timeoutMillis how long an instance may wait for its clients or handlers; it is itself waited for a little longer
 */
public record ClusterQuestion(Kind kind, Broadcast selection, long timeoutMillis) {

  public enum Kind {
    /** Describe the sockets. */
    SOCKETS,
    /** Send the event to the sockets and collect their acknowledgements. */
    ACKNOWLEDGE,
    /** Run the namespace's own handler for the event and say what it answers. */
    SERVER_EVENT
  }
}
