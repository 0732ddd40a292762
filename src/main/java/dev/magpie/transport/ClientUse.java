package dev.magpie.transport;

import dev.magpie.Internal;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Counts what one connection uses, for the limits of its address, its users and all clients together. Used on the connection's event loop.
 */
@Internal
@NullMarked
public interface ClientUse {

  /** What becomes of a message. */
  enum Verdict {
    FINE,
    /** {@link #last} is nearly reached: the client is told. */
    WARN,
    /** {@link #last} is reached, and the client was warned: the connection is closed. */
    EXCEEDED
  }

  /**
   * Counts a message.
   *
   * @param size bytes or characters
   * @param graceNanos length of the loop's recent stalls: what came during them is read at once
   */
  Verdict take(long size, long graceNanos);

  /** The limit of the last verdict that was not {@link Verdict#FINE}. */
  @Nullable Exceeded last();

  /**
   * A socket joins a namespace.
   *
   * @param user as whom it is identified; null for nobody
   * @return the limit that refuses it: nothing has changed then. Null if it joins: the caller must call {@link #left}
   */
  @Nullable Exceeded join(@Nullable String user);

  /** A socket that {@link #join joined} has left. */
  void left(@Nullable String user);

  /**
   * Counts one more of what is no rate.
   *
   * @param user of the socket; null for nobody
   * @return the limit that refuses it: nothing has changed then
   */
  @Nullable Exceeded hold(Resource resource, @Nullable String user);

  /** Counts what there is already, whatever the limit. */
  void add(Resource resource, @Nullable String user, long more);

  /** Gives back what {@link #hold} or {@link #add} counted. */
  default void release(Resource resource, @Nullable String user, long less) {
    add(resource, user, -less);
  }
}
