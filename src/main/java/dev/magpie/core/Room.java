package dev.magpie.core;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The members of one room as a dense array. Owned by {@link Rooms}. Members may join and leave while the room is walked: leaving copies the
 * array first, joining appends behind the end of the walk.
 */
final class Room {
  private static final Membership[] EMPTY = {};

  final String name;
  private Membership[] members = EMPTY;
  private int size;
  private int walks;
  /** The array that the current walks read, which is not changed; null if there are none. */
  private Membership @Nullable [] walked;

  /** A socket, as rooms see it. The fields are those of {@link Rooms}. */
  abstract static class Member {
    /** Its place in the namespace; null before it has joined and after it has left. */
    @Nullable Membership everyone;
    /** By name, without its own id; null for none. */
    @Nullable Map<String, Membership> joined;
    int mark;
    /** Whether its client has been told that it has joined the namespace. */
    boolean begun;

    abstract String id();
  }

  /** A member's place in a room; the room changes the index when it closes a gap. */
  static final class Membership {
    final Room room;
    final Member member;
    private int index;

    private Membership(Room room, Member member, int index) {
      this.room = room;
      this.member = member;
      this.index = index;
    }
  }

  Room(String name) {
    this.name = name;
  }

  int size() {
    return size;
  }

  Membership add(Member member) {
    if (size == members.length) members = Arrays.copyOf(members, size < 4 ? 4 : size + (size >> 1));
    Membership membership = new Membership(this, member, size);
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

  void forEach(Consumer<? super Member> each) {
    forEachExcept(null, each);
  }

  void forEachExcept(@Nullable Member excluded, Consumer<? super Member> each) {
    Membership[] members = this.members;
    int end = size;
    walked = members;
    walks++;
    try {
      for (int i = 0; i < end; i++) {
        Member member = members[i].member;
        if (member != excluded) each.accept(member);
      }
    } finally {
      if (--walks == 0) walked = null;
    }
  }
}
