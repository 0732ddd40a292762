package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The names in use: which name a connection ("seat") of any gateway has in which room. For the ownership of names and for sanctions; who is
 * there is told by the presence of the namespace. Owned by one {@link ChatState}, used on its context.
 */
final class Seats {
  private final LongSupplier nanoTime;
  private final Names names = new Names();
  /** By seat and room. */
  private final Map<String, Map<String, Use>> seats = new HashMap<>();

  Seats(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** A name that a visitor uses. */
  record Use(String key, String name, String uid) {}

  /** @param note to store in the log, so that the name is kept over a restart; null if that is stored */
  record Entered(String name, JsonObject note) {}

  /** A visitor enters a room or changes its name in it. Idempotent. */
  Entered enter(String room, String seat, String uid, String wished) {
    long now = nanoTime.getAsLong();
    String name = names.claim(wished, uid, now);
    Use use = new Use(Names.key(name), name, uid);
    Use before = seats.computeIfAbsent(seat, id -> new HashMap<>()).put(room, use);
    names.present(use.key);
    if (before != null) names.absent(before.key, now);
    return new Entered(name, names.isNoted(use.key, now) ? null : new JsonObject().put("name", name).put("uid", uid));
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

  void exit(String room, String seat) {
    Map<String, Use> here = seats.get(seat);
    Use use = here == null ? null : here.remove(room);
    if (use == null) return;
    if (here.isEmpty()) seats.remove(seat);
    names.absent(use.key, nanoTime.getAsLong());
  }

  /** The connection is closed: it leaves all its rooms. */
  void gone(String seat) {
    Map<String, Use> here = seats.remove(seat);
    if (here != null) here.values().forEach(use -> names.absent(use.key, nanoTime.getAsLong()));
  }

  /** @throws ChatError if nobody in the room has this name */
  Use find(String room, String name) {
    String key = Names.key(name);
    return in(room).map(Map.Entry::getValue).filter(use -> use.key.equals(key)).findAny()
        .orElseThrow(() -> new ChatError(Code.NOT_FOUND, "nobody of this name is in the room"));
  }

  /** A visitor's connections that are in the room, under all its names. */
  List<String> of(String room, String uid) {
    return in(room).filter(seat -> seat.getValue().uid.equals(uid)).map(Map.Entry::getKey).toList();
  }

  /** By seat. Reads all seats: for moderators, who are few. */
  private Stream<Map.Entry<String, Use>> in(String room) {
    return seats.entrySet().stream().filter(seat -> seat.getValue().containsKey(room))
        .map(seat -> Map.entry(seat.getKey(), seat.getValue().get(room)));
  }
}
