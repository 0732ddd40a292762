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
 * present once. Owned by one {@link ChatHouse}, used on its context.
 */
final class Presence {
  /** Most names in a list of members; the count is complete. */
  private static final int MOST_LISTED = 100;

  /** From this size on joins and leaves are not announced one by one: that would take n² messages. */
  private static final int LARGE_ROOM = 200;

  private final Teller teller;
  private final LongSupplier nanoTime;
  private final Names names = new Names();
  private final Map<String, Map<String, Member>> rooms = new HashMap<>();
  /** By seat: in which rooms it is, under which name. */
  private final Map<String, Map<String, String>> seats = new HashMap<>();
  /** Large rooms whose count has changed since it was last sent. */
  private final Set<String> uncounted = new HashSet<>();

  Presence(Teller teller, LongSupplier nanoTime) {
    this.teller = teller;
    this.nanoTime = nanoTime;
  }

  /** Says something to those in a room. */
  interface Teller {
    /** @param except a seat that is told in another way, or null */
    void tell(String room, String except, String event, JsonObject body);
  }

  /**
   * @param members some of them, where they are many
   * @param note what is to be noted of it; null when it is noted already
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

  /** The connection has ended, in whatever way. */
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
      uncounted.add(room);
      return;
    }
    // The event bus is slower than the reply, so the newcomer would sometimes receive its own event.
    teller.tell(room, seat, event, new JsonObject().put("room", room).put("name", name).put("members", members(room)).put("count", count));
  }

  /** Sends the count of each large room that has changed. */
  void tellCounts() {
    for (String room : uncounted) teller.tell(room, null, "count", new JsonObject().put("room", room).put("count", count(room)));
    uncounted.clear();
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
