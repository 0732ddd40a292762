package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.Room.Membership;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Two mirror indexes between rooms and sockets: which sockets a room has, and (in the sockets) which rooms a socket is in. A socket's own
 * id is a room that holds it without being stored. Owned by one {@link Namespace}, used on its context only.
 */
final class Rooms {
  private final Counters counters;
  private final Map<String, Socket> sockets = new HashMap<>();
  private final Map<String, Room> rooms = new HashMap<>();
  private final Room everyone = new Room("");
  /** Sockets whose mark is this one are done with in the selection that is being made. */
  private int mark;

  Rooms(Counters counters) {
    this.counters = counters;
  }

  void add(Socket socket) {
    sockets.put(socket.id(), socket);
    socket.everyone = everyone.add(socket);
  }

  /** The socket leaves all its rooms and the namespace. */
  void remove(Socket socket) {
    if (!sockets.remove(socket.id(), socket)) return;
    everyone.remove(socket.everyone);
    socket.everyone = null;
    Map<String, Membership> joined = socket.joined;
    socket.joined = null;
    if (joined != null) joined.values().forEach(this::vacate);
  }

  void join(Socket socket, String name) {
    if (name.equals(socket.id()) || socket.everyone == null) return;
    if (socket.joined == null) socket.joined = new HashMap<>(4);
    if (socket.joined.containsKey(name)) return;
    Room room = rooms.get(name);
    if (room == null) {
      room = new Room(name);
      rooms.put(name, room);
      counters.increment(Count.ROOMS);
    }
    socket.joined.put(room.name, room.add(socket));
  }

  void leave(Socket socket, String name) {
    Membership membership = socket.joined == null ? null : socket.joined.remove(name);
    if (membership != null) vacate(membership);
  }

  private void vacate(Membership membership) {
    Room room = membership.room;
    room.remove(membership);
    if (room.size() == 0 && rooms.remove(room.name, room)) counters.add(Count.ROOMS, -1);
  }

  Socket find(String id) {
    return sockets.get(id);
  }

  int size() {
    return everyone.size();
  }

  List<Socket> all() {
    List<Socket> all = new ArrayList<>(everyone.size());
    everyone.forEach(all::add);
    return all;
  }

  /** The names of the rooms that sockets have joined; those that sockets are by their ids are not among them. */
  Set<String> names() {
    return Collections.unmodifiableSet(rooms.keySet());
  }

  /** All rooms of a socket, its own id first. */
  static Set<String> of(Socket socket) {
    Set<String> names = new LinkedHashSet<>();
    if (socket.everyone != null) names.add(socket.id());
    if (socket.joined != null) names.addAll(socket.joined.keySet());
    return names;
  }

  static boolean isIn(Socket socket, String room) {
    return socket.everyone != null && room.equals(socket.id()) || socket.joined != null && socket.joined.containsKey(room);
  }

  /**
   * Hands on each socket that is in at least one of the rooms (in the namespace, when none is named) and in none of the others, once. The
   * frequent cases, one room or all but at most one socket, allocate nothing.
   */
  void select(List<String> wanted, List<String> except, Consumer<Socket> chosen) {
    Socket excluded = null;
    if (except.size() == 1 && !rooms.containsKey(except.get(0))) excluded = sockets.get(except.get(0));
    boolean simple = except.isEmpty() || except.size() == 1 && !rooms.containsKey(except.get(0));
    if (simple && wanted.isEmpty()) everyone.forEachExcept(excluded, chosen);
    else if (simple && wanted.size() == 1) selectOne(wanted.get(0), excluded, chosen);
    else selectUnion(wanted, except, chosen);
  }

  private void selectOne(String name, Socket excluded, Consumer<Socket> chosen) {
    Room room = rooms.get(name);
    Socket own = sockets.get(name);
    if (own != null && own != excluded && !(room != null && own.joined != null && own.joined.containsKey(name))) chosen.accept(own);
    if (room != null) room.forEachExcept(excluded, chosen);
  }

  private void selectUnion(List<String> wanted, List<String> except, Consumer<Socket> chosen) {
    // Chosen first and handed on afterwards, since what is done to one socket may start another selection.
    List<Socket> selection = new ArrayList<>();
    int done = ++mark;
    for (String name : except) walk(name, socket -> socket.mark = done);
    Consumer<Socket> choose =
        socket -> {
          if (socket.mark == done) return;
          socket.mark = done;
          selection.add(socket);
        };
    if (wanted.isEmpty()) everyone.forEach(choose);
    for (String name : wanted) walk(name, choose);
    for (int i = 0; i < selection.size(); i++) chosen.accept(selection.get(i));
  }

  private void walk(String name, Consumer<Socket> each) {
    Socket own = sockets.get(name);
    if (own != null) each.accept(own);
    Room room = rooms.get(name);
    if (room != null) room.forEach(each);
  }
}
