package dev.magpie.protocol;

import dev.magpie.Internal;

/**
 * Names of rooms. A name that starts with U+0000 is internal: the room of a user, which holds the sockets of that user and which no name
 * from outside reaches. Every method that takes a room's name refuses such names; what lists rooms leaves them out.
 */
@Internal
public final class RoomNames {
  private static final char INTERNAL = '\0';

  private RoomNames() {}

  /** The room of this user's sockets. */
  public static String ofUser(String id) {
    return INTERNAL + id;
  }

  /** @throws IllegalArgumentException as {@link #checkUsers} */
  public static String[] ofUsers(String... ids) {
    checkUsers(ids);
    String[] rooms = new String[ids.length];
    for (int i = 0; i < ids.length; i++) rooms[i] = ofUser(ids[i]);
    return rooms;
  }

  /** @throws IllegalArgumentException for no user at all, since no room at all selects everybody, and for an empty id, which nobody has */
  public static void checkUsers(String... ids) {
    if (ids.length == 0) throw new IllegalArgumentException("users: at least one id");
    for (String id : ids) if (id.isEmpty()) throw new IllegalArgumentException("users: an id is not empty");
  }

  /** The user whose room this is; only of one that {@link #isInternal}. */
  public static String user(String room) {
    return room.substring(1);
  }

  public static boolean isInternal(String room) {
    return !room.isEmpty() && room.charAt(0) == INTERNAL;
  }

  /** @throws ReservedRoomException for a name that is internal */
  public static String[] checked(String... rooms) {
    for (String room : rooms) checked(room);
    return rooms;
  }

  /** @throws ReservedRoomException for a name that is internal */
  public static String checked(String room) {
    if (isInternal(room)) throw new ReservedRoomException();
    return room;
  }

  /** @throws ReservedRoomException if a name is internal */
  public static void check(Iterable<String> rooms) {
    for (String room : rooms) checked(room);
  }
}
