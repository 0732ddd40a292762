package dev.magpie.log;

import dev.magpie.Internal;
import dev.magpie.protocol.Arguments;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way into a namespace's log, where it gets its number. Immutable.
 *
 * <pre>{@code
 * chat.append(LogEntry.to("room:7").cid(cid).by(userId).numbered("seq").event("message", message))
 *     .onSuccess(appended -> ack.send(new JsonObject().put("ok", true).put("seq", appended.seq())));
 * }</pre>
 *
 * @param rooms whose sockets are meant; empty for all of the namespace
 * @param except rooms or socket ids that are left out
 * @param cid the sender's own id of this event, by which a retry is known; null: the server makes one
 * @param uid who said it, for {@link EventLog#eraseAll}; null for nobody
 * @param stamp the member of the first argument, an object, that gets the event's number; null for none
 * @param event its name, then its arguments; null until it is said; not changed by anyone from now on
 * @param passing whether it is said and replayed, but is no part of a room's history
 */
public record LogEntry(
    List<String> rooms, List<String> except, @Nullable String cid, @Nullable String uid, @Nullable String stamp, @Nullable JsonArray event,
    boolean passing) {
  private static final Pattern CID = Pattern.compile("[!-~]{16,64}");

  public LogEntry {
    rooms = List.copyOf(rooms);
    except = List.copyOf(except);
  }

  /** To the sockets in at least one of these rooms. */
  public static LogEntry to(String... rooms) {
    return new LogEntry(List.of(rooms), List.of(), null, null, null, null, false);
  }

  /** To all sockets of the namespace. */
  public static LogEntry toAll() {
    return to();
  }

  /** Whether a client's id of an event is one: 16 to 64 visible ASCII characters. */
  public static boolean isCid(Object cid) {
    return cid instanceof String text && CID.matcher(text).matches();
  }

  /** But not to these rooms or sockets, neither now nor when they come back. */
  public LogEntry except(String... names) {
    List<String> more = new ArrayList<>(except);
    more.addAll(List.of(names));
    return new LogEntry(rooms, more, cid, uid, stamp, event, passing);
  }

  /** @throws IllegalArgumentException unless {@link #isCid} */
  public LogEntry cid(String id) {
    if (!isCid(id)) throw new IllegalArgumentException("a cid has 16 to 64 visible ASCII characters");
    return new LogEntry(rooms, except, id, uid, stamp, event, passing);
  }

  public LogEntry by(String user) {
    return new LogEntry(rooms, except, cid, user, stamp, event, passing);
  }

  /** The first argument is an object, and its member of this name becomes the event's number. */
  public LogEntry numbered(String member) {
    return new LogEntry(rooms, except, cid, uid, member, event, passing);
  }

  /** @throws IllegalArgumentException for a reserved event name */
  public LogEntry event(String name, Object... args) {
    return new LogEntry(rooms, except, cid, uid, stamp, Arguments.shared(name, args), passing);
  }

  /** A plain broadcast: for clients that are connected or recover, but no part of a room's history. */
  @Internal
  public static LogEntry passing(List<String> rooms, List<String> except, JsonArray event) {
    return new LogEntry(rooms, except, null, null, null, event, true);
  }

  /** Said and replayed, but no part of its room's history. */
  public LogEntry inPassing() {
    return new LogEntry(rooms, except, cid, uid, stamp, event, true);
  }

  /** The application's own word for this event, by which it is appended once; apart from what clients send as cids. */
  public LogEntry once(String key) {
    return madeCid(cidOf(key));
  }

  /** By which {@code NamespaceLog.original} finds what was appended {@link #once}. */
  public static String cidOf(String key) {
    // A client's cid has no space.
    return "app " + key;
  }

  /** With an id that the server made, which {@link #isCid} need not accept. */
  @Internal
  public LogEntry madeCid(String id) {
    return new LogEntry(rooms, except, id, uid, stamp, event, passing);
  }

  /** As it stands in the log. */
  public LoggedEvent at(long seq, long millis) {
    return new LoggedEvent(seq, rooms, except, uid, cid, stamp == null ? event : stamped(seq), millis, passing);
  }

  private JsonArray stamped(long seq) {
    List<Object> list = new ArrayList<>(event.size());
    for (Object part : event.getList()) list.add(part);
    if (list.size() > 1 && list.get(1) instanceof JsonObject object) {
      Map<String, Object> numbered = new LinkedHashMap<>(object.getMap());
      numbered.put(stamp, seq);
      list.set(1, new JsonObject(numbered));
    }
    return new JsonArray(Collections.unmodifiableList(list));
  }
}
