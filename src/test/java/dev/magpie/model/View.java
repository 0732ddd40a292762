package dev.magpie.model;

import dev.magpie.model.Heard.Kind;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** What one client has been shown, as a page keeps it, and what was wrong with that already at the time. */
final class View {

  /**
   * The values of one key while the client was in the room, in the order in which they came.
   *
   * @param floor no older version may come: it was acknowledged before the client joined
   * @param values as of {@link Write#value}; 0 for a removal
   */
  record Segment(String room, String key, long floor, List<Long> values) {}

  /** A room that the client is in. */
  private static final class Room {
    final Map<String, Long> retained = new TreeMap<>();
    final Map<String, Segment> segments = new HashMap<>();
    final Set<String> present = new TreeSet<>();
    boolean presenceKnown;
    int count;
    /** Of the page that is asked for; null when the list is whole. */
    String next;
  }

  private static final class Text {
    final StringBuilder text = new StringBuilder();
    boolean done;
    boolean aborted;
  }

  private final String name;
  private final String user;
  private final Consumer<String> fault;
  /** By room and key: what version a value has, where the wire says so. */
  private final BiConsumer<Long, JsonObject> learnt;
  private final Map<String, Room> rooms = new TreeMap<>();
  private final Map<String, Text> texts = new TreeMap<>();
  private final List<Segment> segments = new ArrayList<>();
  /** It has read slowly, or was away, since it joined: intermediate values may be left out. */
  private boolean skips;

  View(String name, String user, Consumer<String> fault, BiConsumer<Long, JsonObject> learnt) {
    this.name = name;
    this.user = user;
    this.fault = what -> fault.accept(name + " " + what);
    this.learnt = learnt;
  }

  // --- What the client does

  /** @param floors by key: the newest version that was acknowledged when it joined */
  void joined(String name, Map<String, Long> floors) {
    if (rooms.containsKey(name)) return;
    Room room = new Room();
    floors.forEach((key, floor) -> segment(room, name, key, floor));
    rooms.put(name, room);
  }

  void left(String name) {
    rooms.remove(name);
  }

  void leftAll() {
    rooms.clear();
  }

  /** From now on only the newest value of each key is promised. */
  void mayskip() {
    skips = true;
  }

  boolean skips() {
    return skips;
  }

  private Segment segment(Room room, String name, String key, long floor) {
    return room.segments.computeIfAbsent(key, k -> {
      Segment segment = new Segment(name, k, floor, new ArrayList<>());
      segments.add(segment);
      return segment;
    });
  }

  // --- What it hears

  void hear(Heard heard) {
    if (heard.kind() != Kind.EVENT) return;
    switch (heard.event()) {
      case "set" -> set(heard);
      case "state:removed" -> removed(heard.object());
      case "presence:state" -> presenceState(heard.object());
      case "presence:join" -> presenceChanged(heard.object(), true);
      case "presence:leave" -> presenceChanged(heard.object(), false);
      case "stream" -> stream(heard.object());
      default -> {}
    }
  }

  private Room room(JsonObject message, String what) {
    Room room = rooms.get(message.getString("room"));
    if (room == null) fault.accept("got " + what + " of a room that it is not in: " + message);
    return room;
  }

  private void set(Heard heard) {
    JsonObject value = heard.object();
    Room room = room(value, "a value");
    if (room == null) return;
    String key = value.getString("key");
    long n = value.getLong("n");
    if (heard.state() != null) {
      if (!key.equals(heard.state().getString("key")) || !value.getString("room").equals(heard.state().getString("room")))
        fault.accept("got " + value + " with the state " + heard.state());
      learnt.accept(n, heard.state());
    }
    room.retained.put(key, n);
    segment(room, value.getString("room"), key, 0).values().add(n);
  }

  private void removed(JsonObject message) {
    Room room = room(message, "a removal");
    if (room == null) return;
    String key = message.getString("key");
    if (room.retained.remove(key) == null && !skips) fault.accept("was told of the removal of a key that it does not have: " + message);
    segment(room, message.getString("room"), key, 0).values().add(0L);
  }

  private void presenceState(JsonObject message) {
    Room room = room(message, "a presence state");
    if (room == null) return;
    room.present.clear();
    room.present.addAll(ids(message));
    room.presenceKnown = true;
    room.count = message.getInteger("count");
    room.next = message.getString("next");
  }

  private void presenceChanged(JsonObject message, boolean joins) {
    Room room = room(message, "a presence change");
    if (room == null) return;
    if (!room.presenceKnown) {
      fault.accept("got a presence change before the state: " + message);
      return;
    }
    for (String id : ids(message)) {
      boolean changes = joins ? room.present.add(id) : room.present.remove(id);
      // A client finds itself in the state at once, and is announced to all later.
      if (!changes && room.next == null && !id.equals(user))
        fault.accept("was told of " + (joins ? "the joining of somebody who was there: " : "the leaving of somebody who was not there: ")
            + message);
    }
    room.count = message.getInteger("count");
  }

  private static List<String> ids(JsonObject message) {
    return message.getJsonArray("members").stream().map(member -> ((JsonObject) member).getString("id")).toList();
  }

  /** A chunk: {@code at} says where it stands, so that what is known already does no harm. */
  private void stream(JsonObject chunk) {
    Text known = texts.computeIfAbsent(chunk.getString("id"), id -> new Text());
    int at = chunk.getInteger("at");
    String text = chunk.getString("text");
    if (at > known.text.length()) {
      fault.accept("has " + known.text.length() + " characters, and got a chunk that leaves a gap: " + chunk);
      return;
    }
    int overlap = Math.min(text.length(), known.text.length() - at);
    if (!known.text.substring(at, at + overlap).equals(text.substring(0, overlap)))
      fault.accept("was told another text than before: " + chunk + " behind " + known.text);
    known.text.append(text.substring(overlap));
    if (known.done && overlap < text.length()) fault.accept("got more of a stream that was done: " + chunk);
    known.done |= chunk.getBoolean("done", false);
    known.aborted |= chunk.getBoolean("aborted", false);
  }

  // --- Pages

  /** The rooms whose list has another page, with the name of that page. */
  Map<String, String> pages() {
    Map<String, String> pages = new TreeMap<>();
    rooms.forEach((name, room) -> {
      if (room.next != null) pages.put(name, room.next);
    });
    return pages;
  }

  void page(String name, JsonObject page) {
    Room room = rooms.get(name);
    if (room == null) return;
    room.present.addAll(ids(page));
    room.next = page.getString("next");
  }

  // --- What it has at the end

  Set<String> rooms() {
    return rooms.keySet();
  }

  Set<String> present(String room) {
    return rooms.get(room).present;
  }

  int count(String room) {
    return rooms.get(room).count;
  }

  Map<String, Long> retained(String room) {
    return rooms.get(room).retained;
  }

  String text(String id) {
    Text text = texts.get(id);
    return text == null ? null : text.text + (text.aborted ? " (aborted)" : text.done ? " (done)" : "");
  }

  List<Segment> segments() {
    return segments;
  }

  @Override
  public String toString() {
    return name;
  }
}
