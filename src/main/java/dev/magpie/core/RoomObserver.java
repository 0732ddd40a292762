package dev.magpie.core;

/**
 * What happens to the rooms of a namespace on this instance, as the events of socket.io's adapter: {@link Namespace#observeRooms}. A room
 * exists on an instance as long as it has members there. The room of a socket's own id, which it is in from its beginning to its end, is
 * reported as any other. Called on the instance's context, directly after each change; what a method throws is logged and counted.
 */
public interface RoomObserver {
  /** A room has its first member ({@code create-room}); {@link #joined} follows. */
  default void created(String room) {}

  /** A socket has joined a room ({@code join-room}). */
  default void joined(String room, String socketId) {}

  /** A socket has left a room, by itself or because it has left the namespace ({@code leave-room}). */
  default void left(String room, String socketId) {}

  /** The last member has left ({@code delete-room}). */
  default void deleted(String room) {}
}
