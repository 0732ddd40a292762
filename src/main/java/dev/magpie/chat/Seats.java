package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Presence: who is in which room, under which name, through which connections ("seats") of all gateways. A visitor with several windows is
 * present once. Owned by one {@link ChatState}, used on its context.
 */
final class Presence {
  /** Most names in a list of members; the count includes all. */
  private static final int MOST_LISTED = 100;

  /** In larger rooms single joins and leaves are not announced, which would take n² messages; clients get the count from time to time. */
  private static final int LARGE_ROOM = 200;

  private final RoomEmitter emitter;
  private final LongSupplier nanoTime;
  private final Names names = new Names();
  private final Map<String, Map<String, Member>> rooms = new HashMap<>();
  /** By seat and room: the key of the name under which it is there. */
  private final Map<String, Map<String, String>> seats = new HashMap<>();
  /** Large rooms whose count has changed since it was last sent. */
  private final Set<String> changedCounts = new HashSet<>();

  Presence(RoomEmitter emitter, LongSupplier nanoTime) {
    this.emitter = emitter;
    this.nanoTime = nanoTime;
  }

  /** Sends an event to the clients in a room, on all gateways. */
  interface RoomEmitter {
    /** @param except a seat that does not get it, or null */
    void emit(String room, String except, String event, JsonObject body);
  }

  /**
   * @param members names, at most {@link #MOST_LISTED}
   * @param note to store in the log, so that the name is kept over a restart; null if that is stored
   */
  record Entered(String name, JsonArray members, int count, JsonObject note) {}

  /** A visitor enters a room or changes its name in it. Idempotent. */
  Entered enter(String room, String seat, String uid, String wished) {
    long now = nanoTime.getAsLong();
    String name = names.claim(wished, uid, now);
    String key = Names.key(name);
    Map<String, String> here = seats.computeIfAbsent(seat, id -> new HashMap<>());
    if (!key.equals(here.get(room))) {
      if (here.containsKey(room)) leave(room, seat, here.get(room));
      join(room, seat, key, name, uid);
      here.put(room, key);
    }
    JsonObject note = names.isNoted(key, now) ? null : new JsonObject().put("name", name).put("uid", uid);
    return new Entered(name, members(room), count(room), note);
  }

  void noted(String name, String uid) {
    names.noted(name, uid, nanoTime.getAsLong());
  }

  /** @throws ChatError for a name without an owner */
  String owner(String name) {
    String uid = names.owner(name);
    if (uid == null) throw new ChatError(Code.NOT_FOUND, "nobody has this name");
    return uid;
  }

  /** Reads a note of a name, stored before a restart, that many milliseconds ago; others are ignored. */
  void remember(JsonObject note, long age) {
    long now = nanoTime.getAsLong();
    if (note.containsKey("name"))
      names.remember(note.getString("name"), note.getString("uid"), now - TimeUnit.MILLISECONDS.toNanos(age), now);
  }

  private void join(String room, String seat, String key, String name, String uid) {
    Member member = rooms.computeIfAbsent(room, id -> new LinkedHashMap<>()).computeIfAbsent(key, id -> new Member(name, uid));
    names.present(key);
    member.seats.add(seat);
    if (member.seats.size() == 1) announce(room, seat, "joined", name);
  }

  void exit(String room, String seat) {
    Map<String, String> here = seats.get(seat);
    String key = here == null ? null : here.remove(room);
    if (key == null) return;
    if (here.isEmpty()) seats.remove(seat);
    leave(room, seat, key);
  }

  /** The connection is closed: it leaves all its rooms. */
  void gone(String seat) {
    Map<String, String> here = seats.remove(seat);
    if (here != null) here.forEach((room, key) -> leave(room, seat, key));
  }

  private void leave(String room, String seat, String key) {
    Map<String, Member> members = rooms.get(room);
    Member member = members.get(key);
    member.seats.remove(seat);
    names.absent(key, nanoTime.getAsLong());
    if (!member.seats.isEmpty()) return;
    members.remove(key);
    if (members.isEmpty()) rooms.remove(room);
    announce(room, seat, "left", member.name);
  }

  private void announce(String room, String seat, String event, String name) {
    int count = count(room);
    if (count > LARGE_ROOM) {
      changedCounts.add(room);
      return;
    }
    // Without this seat, which may get the event, sent over the event bus, after the reply to its own request.
    emitter.emit(room, seat, event, new JsonObject().put("room", room).put("name", name).put("members", members(room)).put("count", count));
  }

  /** Sends the count of each large room that has changed. */
  void emitCounts() {
    for (String room : changedCounts) emitter.emit(room, null, "count", new JsonObject().put("room", room).put("count", count(room)));
    changedCounts.clear();
  }

  private JsonArray members(String room) {
    JsonArray listed = new JsonArray();
    rooms.getOrDefault(room, Map.of()).values().stream().limit(MOST_LISTED).forEach(member -> listed.add(member.name));
    return listed;
  }

  private int count(String room) {
    return rooms.getOrDefault(room, Map.of()).size();
  }

  /** @throws ChatError if nobody in the room has this name */
  Member find(String room, String name) {
    Member member = rooms.getOrDefault(room, Map.of()).get(Names.key(name));
    if (member == null) throw new ChatError(Code.NOT_FOUND, "nobody of this name is in the room");
    return member;
  }

  /** A visitor's connections that are in the room, under all its names. */
  List<String> seats(String room, String uid) {
    return rooms.get(room).values().stream().filter(member -> member.uid.equals(uid)).flatMap(member -> member.seats.stream()).toList();
  }

  /** A visitor in a room under one name, and its connections that are there under it. */
  static final class Member {
    final String name;
    final String uid;
    private final Set<String> seats = new HashSet<>();

    private Member(String name, String uid) {
      this.name = name;
      this.uid = uid;
    }
  }
}
