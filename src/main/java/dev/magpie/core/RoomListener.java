package dev.magpie.core;

import org.jspecify.annotations.Nullable;

/**
 * Hears of the changes of a namespace's {@link Rooms}, in the same turn. A socket's own id is a room of its own, which it joins with the
 * namespace and leaves with it, and so is the internal room of its user ({@link dev.magpie.protocol.RoomNames}). Used on the namespace's
 * context.
 *
 * @param <S> the namespace's sockets
 */
interface RoomListener<S> {

  /** @param first whether the room is new */
  void joined(S socket, String room, boolean first);

  /** @param last whether the room has ended */
  void left(S socket, String room, boolean last);

  /** The client has been told that it has joined the namespace; what it joined before was reported before. */
  default void begun(S socket) {}

  /** @param one null for none */
  static <S> RoomListener<S> both(@Nullable RoomListener<S> one, RoomListener<? super S> other) {
    return new RoomListener<>() {
      @Override
      public void joined(S socket, String room, boolean first) {
        if (one != null) one.joined(socket, room, first);
        other.joined(socket, room, first);
      }

      @Override
      public void left(S socket, String room, boolean last) {
        if (one != null) one.left(socket, room, last);
        other.left(socket, room, last);
      }

      @Override
      public void begun(S socket) {
        if (one != null) one.begun(socket);
        other.begun(socket);
      }
    };
  }
}
