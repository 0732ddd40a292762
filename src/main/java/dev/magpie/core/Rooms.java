package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.Room.Member;
import dev.magpie.core.Room.Membership;
import dev.magpie.protocol.RoomNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Two mirror indexes between rooms and sockets: the members of each room, and (in the members) the rooms of each socket. A socket's own id
 * is a room that holds it without being stored. Internal rooms ({@link RoomNames}) are neither listed nor counted. Owned by one {@link
 * Namespace}, used on its context only.
 *
 * @param <S> the namespace's sockets
 */
final class Rooms<S extends Member> {
  private final Counters counters;
  private final Map<String, S> sockets = new HashMap<>();
  private final Map<String, Room> rooms = new HashMap<>();
  private final Room everyone = new Room("");
  /** Null where nobody listens. */
  private @Nullable RoomListener<S> listener;
  /** A socket with this mark has been chosen or excluded in the current selection. */
  private int mark;

  Rooms(Counters counters) {
    this.counters = counters;
  }

  /** Adds one that hears of each change, behind those that are there. */
  void listen(RoomListener<? super S> added) {
    listener = RoomListener.both(listener, added);
  }

  /** The client has been told that it has joined; events may be sent to it. */
  void begun(S socket) {
    socket.begun = true;
    if (listener != null) listener.begun(socket);
  }

  void add(S socket) {
    sockets.put(socket.id(), socket);
    socket.everyone = everyone.add(socket);
    if (listener != null) listener.joined(socket, socket.id(), true);
  }

  /** The socket leaves all its rooms and the namespace. */
  void remove(S socket) {
    if (!sockets.remove(socket.id(), socket)) return;
    everyone.remove(socket.everyone);
    socket.everyone = null;
    Map<String, Membership> joined = socket.joined;
    socket.joined = null;
    if (listener != null) listener.left(socket, socket.id(), true);
    if (joined != null) joined.values().forEach(membership -> vacate(socket, membership));
  }

  void join(S socket, String name) {
    if (name.equals(socket.id()) || socket.everyone == null) return;
    if (socket.joined == null) socket.joined = new HashMap<>(4);
    if (socket.joined.containsKey(name)) return;
    Room room = rooms.get(name);
    boolean first = room == null;
    if (first) {
      room = new Room(name);
      rooms.put(name, room);
      if (!RoomNames.isInternal(name)) counters.increment(Count.ROOMS);
    }
    socket.joined.put(room.name, room.add(socket));
    if (listener != null) listener.joined(socket, room.name, first);
  }

  void leave(S socket, String name) {
    Membership membership = socket.joined == null ? null : socket.joined.remove(name);
    if (membership != null) vacate(socket, membership);
  }

  private void vacate(S socket, Membership membership) {
    Room room = membership.room;
    room.remove(membership);
    boolean last = room.size() == 0 && rooms.remove(room.name, room);
    if (last && !RoomNames.isInternal(room.name)) counters.add(Count.ROOMS, -1);
    if (listener != null) listener.left(socket, room.name, last);
  }

  @Nullable S find(String id) {
    return sockets.get(id);
  }

  int size() {
    return everyone.size();
  }

  List<S> all() {
    List<S> all = new ArrayList<>(everyone.size());
    everyone.forEach(members(all::add));
    return all;
  }

  /** The names of all rooms with members, without the sockets' ids; a copy. */
  Set<String> names() {
    Set<String> names = new HashSet<>(rooms.keySet());
    names.removeIf(RoomNames::isInternal);
    return names;
  }

  /** The names of all rooms with members, internal ones too; a copy. */
  List<String> occupied() {
    return List.copyOf(rooms.keySet());
  }

  /** Passes each socket in this room; a socket's id is no room here. */
  void members(String room, Consumer<S> each) {
    Room found = rooms.get(room);
    if (found != null) found.forEach(members(each));
  }

  /** All rooms of a socket, its own id first. */
  static Set<String> of(Member socket) {
    Set<String> names = new LinkedHashSet<>();
    if (socket.everyone != null) names.add(socket.id());
    if (socket.joined == null) return names;
    for (String name : socket.joined.keySet()) if (!RoomNames.isInternal(name)) names.add(name);
    return names;
  }

  static boolean isIn(Member socket, String room) {
    if (RoomNames.isInternal(room)) return false;
    return socket.everyone != null && room.equals(socket.id()) || socket.joined != null && socket.joined.containsKey(room);
  }

  /**
   * Passes each socket that is in at least one of the rooms (in the namespace, if none is named) and in none of the excepted ones, once.
   * The frequent cases, one room or all but at most one socket, allocate nothing.
   */
  void select(List<String> wanted, List<String> except, Consumer<S> chosen) {
    S excluded = null;
    if (except.size() == 1 && !rooms.containsKey(except.get(0))) excluded = sockets.get(except.get(0));
    boolean simple = except.isEmpty() || except.size() == 1 && !rooms.containsKey(except.get(0));
    if (simple && wanted.isEmpty()) everyone.forEachExcept(excluded, members(chosen));
    else if (simple && wanted.size() == 1) selectOne(wanted.get(0), excluded, chosen);
    else selectUnion(wanted, except, chosen);
  }

  private void selectOne(String name, S excluded, Consumer<S> chosen) {
    Room room = rooms.get(name);
    S own = sockets.get(name);
    if (own != null && own != excluded && !(room != null && own.joined != null && own.joined.containsKey(name))) chosen.accept(own);
    if (room != null) room.forEachExcept(excluded, members(chosen));
  }

  private void selectUnion(List<String> wanted, List<String> except, Consumer<S> chosen) {
    // Chosen first and passed on afterwards, since what is done to one socket may start another selection.
    List<S> selection = new ArrayList<>();
    int done = ++mark;
    for (String name : except) walk(name, socket -> socket.mark = done);
    Consumer<S> choose =
        socket -> {
          if (socket.mark == done) return;
          socket.mark = done;
          selection.add(socket);
        };
    if (wanted.isEmpty()) everyone.forEach(members(choose));
    for (String name : wanted) walk(name, choose);
    for (int i = 0; i < selection.size(); i++) chosen.accept(selection.get(i));
  }

  private void walk(String name, Consumer<S> each) {
    S own = sockets.get(name);
    if (own != null) each.accept(own);
    Room room = rooms.get(name);
    if (room != null) room.forEach(members(each));
  }

  /** The same object: all members of these rooms are the namespace's sockets. */
  @SuppressWarnings("unchecked")
  private Consumer<Member> members(Consumer<S> each) {
    return (Consumer<Member>) (Consumer<?>) each;
  }
}
