package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Mutes and kicks: which visitors may not write in a room, and which may not enter it. They apply to the visitor, whatever name it takes.
 * Owned by one {@link ChatState}, used on its context.
 */
final class Moderation {
  /** Most mutes, and most kicks, that are remembered; beyond it the oldest ends early. */
  private static final int MOST_SANCTIONS = 10_000;

  /** How long a kicked visitor may not enter the room again. */
  private static final long KICKED_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** Sends an event to the clients in a room, on all gateways. */
  interface RoomEmitter {
    void emit(String room, String event, JsonObject body);
  }

  private final Seats seats;
  private final RoomEmitter emitter;
  private final LongSupplier nanoTime;
  /** By visitor and room: until when, by {@link #nanoTime}. */
  private final Map<String, Long> mutedUntil = new LinkedHashMap<>();
  private final Map<String, Long> kickedUntil = new LinkedHashMap<>();

  /** @param nanoTime a monotonic clock */
  Moderation(Seats seats, RoomEmitter emitter, LongSupplier nanoTime) {
    this.seats = seats;
    this.emitter = emitter;
    this.nanoTime = nanoTime;
  }

  /** Throws a {@link ChatError} if the visitor was kicked from this room. */
  void requireNotKicked(String room, String uid) {
    if (isInForce(kickedUntil, room, uid)) throw new ChatError(Code.FORBIDDEN, "a moderator has removed you from this room");
  }

  /** Throws a {@link ChatError} if the visitor is muted in this room. */
  void requireNotMuted(String room, String uid) {
    if (isInForce(mutedUntil, room, uid)) throw new ChatError(Code.MUTED, "a moderator has muted you in this room");
  }

  /**
   * @param seconds 0 ends a mute
   * @return the note to store in the log
   */
  JsonObject mute(String room, String name, long seconds) {
    String uid = seats.find(room, name).uid();
    long nanos = TimeUnit.SECONDS.toNanos(seconds);
    impose(mutedUntil, room, uid, nanos);
    emitter.emit(room, "muted", new JsonObject().put("room", room).put("name", name).put("seconds", seconds));
    return note("muted", room, uid, nanos);
  }

  /**
   * @param seats that have to leave the room
   * @param note to store in the log
   */
  record Kicked(List<String> seats, JsonObject note) {}

  /** Removes a visitor from a room, under all its names. */
  Kicked kick(String room, String name) {
    Seats.Use kicked = seats.find(room, name);
    impose(kickedUntil, room, kicked.uid(), KICKED_NANOS);
    List<String> leaving = seats.of(room, kicked.uid());
    emitter.emit(room, "kicked", new JsonObject().put("room", room).put("name", kicked.name()));
    leaving.forEach(seat -> seats.exit(room, seat));
    return new Kicked(leaving, note("out", room, kicked.uid(), KICKED_NANOS));
  }

  private static JsonObject note(String sanction, String room, String uid, long nanos) {
    return new JsonObject().put("sanction", sanction).put("room", room).put("uid", uid).put("millis", TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  /** Reads a note of a mute or a kick, stored before a restart, that many milliseconds ago; others are ignored. */
  void remember(JsonObject note, long age) {
    if (!note.containsKey("sanction")) return;
    impose(note.getString("sanction").equals("muted") ? mutedUntil : kickedUntil, note.getString("room"), note.getString("uid"),
        TimeUnit.MILLISECONDS.toNanos(note.getLong("millis") - age));
  }

  private void impose(Map<String, Long> sanctions, String room, String uid, long nanos) {
    sanctions.remove(key(room, uid));
    if (nanos > 0) sanctions.put(key(room, uid), nanoTime.getAsLong() + nanos);
    while (sanctions.size() > MOST_SANCTIONS) sanctions.remove(sanctions.keySet().iterator().next());
  }

  private boolean isInForce(Map<String, Long> sanctions, String room, String uid) {
    Long until = sanctions.get(key(room, uid));
    return until != null && until - nanoTime.getAsLong() > 0;
  }

  /** A uid has no spaces. */
  private static String key(String room, String uid) {
    return uid + " " + room;
  }
}
