package dev.magpie.core;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The sockets of one room as a dense array. Owned by {@link Rooms}. Members that come or go while the room is being walked do not disturb
 * the walk: leaving copies the array first, joining appends behind its end.
 */
final class Room {
  private static final Membership[] EMPTY = {};

  final String name;
  private Membership[] members = EMPTY;
  private int size;
  private int walks;
  /** The array that the walks under way read; it is not changed while they do. */
  private Membership[] walked;

  /** A socket's place in a room; the room moves it when it closes a gap. */
  static final class Membership {
    final Room room;
    final Socket socket;
    private int index;

    private Membership(Room room, Socket socket, int index) {
      this.room = room;
      this.socket = socket;
      this.index = index;
    }
  }

  Room(String name) {
    this.name = name;
  }

  int size() {
    return size;
  }

  Membership add(Socket socket) {
    if (size == members.length) members = Arrays.copyOf(members, size < 4 ? 4 : size + (size >> 1));
    Membership membership = new Membership(this, socket, size);
    members[size++] = membership;
    return membership;
  }

  void remove(Membership membership) {
    if (walks > 0 && members == walked) members = members.clone();
    Membership last = members[--size];
    members[size] = null;
    if (last != membership) {
      members[membership.index] = last;
      last.index = membership.index;
    }
    if (members.length > 64 && size < members.length / 4) members = Arrays.copyOf(members, members.length / 2);
  }

  void forEach(Consumer<Socket> each) {
    forEachExcept(null, each);
  }

  void forEachExcept(Socket excluded, Consumer<Socket> each) {
    Membership[] members = this.members;
    int end = size;
    walked = members;
    walks++;
    try {
      for (int i = 0; i < end; i++) {
        Socket socket = members[i].socket;
        if (socket != excluded) each.accept(socket);
      }
    } finally {
      if (--walks == 0) walked = null;
    }
  }
}
