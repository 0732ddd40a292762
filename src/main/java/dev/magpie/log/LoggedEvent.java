package dev.magpie.log;

import dev.magpie.protocol.Arguments;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event in a namespace's log. Immutable.
 *
 * @param seq its number: consecutive within the namespace, not within a room
 * @param rooms the rooms whose sockets get it; empty for all sockets of the namespace
 * @param except rooms or socket ids that do not get it
 * @param uid the user who sent it, or null
 * @param cid the id by which a retry is recognised
 * @param event the name, then the arguments; empty for an {@link #isErased erased} event. Read-only
 * @param at the time of appending, in milliseconds since 1970
 * @param passing whether it is no part of a room's history
 */
public record LoggedEvent(
    long seq, List<String> rooms, List<String> except, @Nullable String uid, String cid, JsonArray event, long at, boolean passing) {
  /** Heap of one besides its name and arguments; an estimate. */
  static final int EVENT_BYTES = 200;

  /** Whether it was erased: only its number and its cid are left, so that a retry is not appended again. */
  public boolean isErased() {
    return event.isEmpty();
  }

  /** The same event, erased. */
  public LoggedEvent erased() {
    return new LoggedEvent(seq, List.of(), List.of(), null, cid, new JsonArray(List.of()), at, passing);
  }

  /** The same event with another name and other arguments. */
  public LoggedEvent with(JsonArray changed) {
    return new LoggedEvent(seq, rooms, except, uid, cid, changed, at, passing);
  }

  /** Its approximate size in bytes: the characters of texts, the bytes of binary data, and a constant for each value. */
  public long weight() {
    return EVENT_BYTES + weight(event);
  }

  static long weight(@Nullable Object value) {
    long weight = 24;
    if (value instanceof CharSequence text) return weight + text.length();
    if (value instanceof Buffer buffer) return weight + buffer.length();
    if (value instanceof byte[] bytes) return weight + bytes.length;
    if (value instanceof JsonObject object) value = object.getMap();
    if (value instanceof JsonArray array) value = array.getList();
    if (value instanceof Map<?, ?> map)
      for (Map.Entry<?, ?> entry : map.entrySet()) weight += weight(entry.getKey()) + weight(entry.getValue());
    else if (value instanceof List<?> list) for (int i = 0; i < list.size(); i++) weight += weight(list.get(i));
    return weight;
  }

  /** The event's arguments, without its name. */
  public JsonArray args() {
    return Arguments.tail(event);
  }

  /**
   * Whether a client that is in these rooms gets it; {@link #leavesOut} is checked apart. False for an erased event.
   *
   * @param from by room, the first number that the client may see; the room {@code ""} is the whole namespace
   */
  public boolean isFor(Map<String, Long> from) {
    if (isErased()) return false;
    if (rooms.isEmpty()) return sees(from, "");
    for (int i = 0; i < rooms.size(); i++) if (sees(from, rooms.get(i))) return true;
    return false;
  }

  private boolean sees(Map<String, Long> from, String room) {
    Long first = from.get(room);
    return first != null && seq >= first;
  }

  /** Whether one of these rooms is excluded by {@link #except}. */
  public boolean leavesOut(Map<String, Long> rooms) {
    for (int i = 0; i < except.size(); i++) if (rooms.containsKey(except.get(i))) return true;
    return false;
  }
}
