package dev.magpie.log;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.magpie.Internal;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An event that is to be appended to a namespace's log, which gives it its number. Immutable.
 *
 * <pre>{@code
 * chat.append(LogEntry.to("room:7").cid(cid).by(userId).numbered("seq").event("message", message))
 *     .onSuccess(appended -> ack.send(new JsonObject().put("ok", true).put("seq", appended.seq())));
 * }</pre>
 *
 * @param rooms the rooms whose sockets get it; empty for all sockets of the namespace
 * @param except rooms or socket ids that do not get it
 * @param cid the sender's id of this event, by which a retry is recognised; null: the server makes one
 * @param uid the user who sends it, for {@link EventLog#eraseAll}; null for none
 * @param stamp the member of the first argument, an object, that gets the event's number; null for none
 * @param event the name, then the arguments; null until {@link #event(String, Object...)}. Never changed
 * @param passing whether it is delivered and replayed, but is no part of a room's history
 */
public record LogEntry(
    List<String> rooms, List<String> except, @Nullable String cid, @Nullable String uid, @Nullable String stamp, @Nullable JsonArray event,
    boolean passing) {
  private static final Pattern CID = Pattern.compile("[!-~]{16,64}");

  /** Copies the lists. */
  public LogEntry {
    rooms = List.copyOf(rooms);
    except = List.copyOf(except);
  }

  /**
   * An entry for the sockets in at least one of these rooms.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public static LogEntry to(String... rooms) {
    return new LogEntry(List.of(RoomNames.checked(rooms)), List.of(), null, null, null, null, false);
  }

  /** An entry for all sockets of the namespace. */
  public static LogEntry toAll() {
    return to();
  }

  /** Whether a value that a client sent is a cid: a string of 16 to 64 visible ASCII characters. */
  public static boolean isCid(@Nullable Object cid) {
    return cid instanceof String text && CID.matcher(text).matches();
  }

  /**
   * Excludes these rooms or sockets, from the replay too.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public LogEntry except(String... names) {
    List<String> more = new ArrayList<>(except);
    more.addAll(List.of(RoomNames.checked(names)));
    return new LogEntry(rooms, more, cid, uid, stamp, event, passing);
  }

  /**
   * Sets the sender's id of this event: an entry with the same cid is appended once.
   *
   * @throws IllegalArgumentException unless {@link #isCid}
   */
  public LogEntry cid(String id) {
    if (!isCid(id)) throw new IllegalArgumentException("a cid has 16 to 64 visible ASCII characters");
    return new LogEntry(rooms, except, id, uid, stamp, event, passing);
  }

  /** Sets the user who sends it; null for none. */
  public LogEntry by(@Nullable String user) {
    return new LogEntry(rooms, except, cid, user, stamp, event, passing);
  }

  /** Writes the event's number into this member of the first argument, which is an object. */
  public LogEntry numbered(String member) {
    return new LogEntry(rooms, except, cid, uid, member, event, passing);
  }

  /**
   * Sets the event.
   *
   * @param args any values that a socket emits, converted now, by a copy of Vert.x' mapper
   * @throws IllegalArgumentException for a reserved event name, or for an argument that cannot be written
   */
  public LogEntry event(String name, @Nullable Object... args) {
    return event(null, name, args);
  }

  /**
   * The same by a mapper of the application: where the {@code Io} has one of its own.
   *
   * @param mapper copied when it is first used; null for the default, as in {@link #event(String, Object...)}
   * @throws IllegalArgumentException for a reserved event name, or for an argument that cannot be written
   */
  public LogEntry event(@Nullable ObjectMapper mapper, String name, @Nullable Object... args) {
    return new LogEntry(rooms, except, cid, uid, stamp, Arguments.shared(Values.of(mapper), name, args), passing);
  }

  /** A plain broadcast: for clients that are connected or recover, but no part of a room's history. */
  @Internal
  public static LogEntry passing(List<String> rooms, List<String> except, JsonArray event) {
    return new LogEntry(rooms, except, null, null, null, event, true);
  }

  /** Keeps the event out of the room's history; it is delivered and replayed. */
  public LogEntry inPassing() {
    return new LogEntry(rooms, except, cid, uid, stamp, event, true);
  }

  /** Sets the application's own key: an entry with the same key is appended once. No cid of a client equals it. */
  public LogEntry once(String key) {
    return madeCid(cidOf(key));
  }

  /** The cid of an entry that is appended {@link #once} with this key, for {@link EventLog#original}. */
  public static String cidOf(String key) {
    // A client's cid has no space.
    return "app " + key;
  }

  /** With an id that the server made, which {@link #isCid} need not accept. */
  @Internal
  public LogEntry madeCid(String id) {
    return new LogEntry(rooms, except, id, uid, stamp, event, passing);
  }

  /** As {@link LoggedEvent#weight()}. */
  long weight() {
    return LoggedEvent.EVENT_BYTES + LoggedEvent.weight(event);
  }

  /**
   * The event as it is in the log; called by an {@link EventLog}.
   *
   * @param seq its number
   * @param millis the time of appending, in milliseconds since 1970
   * @throws NullPointerException without a cid or an event
   */
  public LoggedEvent at(long seq, long millis) {
    JsonArray said = Objects.requireNonNull(event, "event");
    JsonArray numbered = stamp == null ? said : numbered(said, stamp, seq);
    return new LoggedEvent(seq, rooms, except, uid, Objects.requireNonNull(cid, "cid"), numbered, millis, passing);
  }

  private static JsonArray numbered(JsonArray event, String stamp, long seq) {
    List<Object> list = new ArrayList<>(event.size());
    for (Object part : event.getList()) list.add(part);
    if (list.size() > 1 && list.get(1) instanceof JsonObject object) {
      Map<String, Object> numbered = new LinkedHashMap<>(object.getMap());
      numbered.put(stamp, seq);
      list.set(1, new JsonObject(numbered));
    }
    return Values.unmodifiable(list);
  }
}
