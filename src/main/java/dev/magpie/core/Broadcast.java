package dev.magpie.core;

import dev.magpie.log.LoggedEvent;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.EncodedPacket;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PlainJsonFormat;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.Values;
import dev.magpie.protocol.WireFormat;
import dev.magpie.transport.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event or action for a selection of a namespace's sockets, on every instance: what a {@link Cluster} transports. Immutable, and passed
 * by reference inside a JVM: each wire format is encoded once and shared by all loops and connections. Two loops that encode the same form
 * at the same time do the work twice.
 */
public final class Broadcast {

  /** What is done to the sockets. Clients see {@link #EMIT} only. */
  public enum Action {
    /** The event is sent to the clients. */
    EMIT,
    /** The sockets join the rooms named in the event's arguments. */
    JOIN,
    /** The sockets leave the rooms named in the event's arguments. */
    LEAVE,
    /** The sockets leave the namespace; the argument {@code true} closes their connections too. */
    DISCONNECT,
    /** The event is for the namespace's handlers on other instances, not for sockets. */
    SERVER_EVENT,
    /** The event sets a key of the room's retained state. */
    RETAIN,
    /** A client has reconnected: the holder of an older generation of the session named in the arguments closes its connection. */
    FENCE,
    /** The connections of the user named in the arguments are closed, in all namespaces. Addressed to the main namespace. */
    DISCONNECT_USER
  }

  /** Keys of the address {@code magpie.emit}. */
  private static final List<String> KEYS = List.of("namespace", "rooms", "except", "event", "args", "latest", "retain", "users");

  /** The origin of an event that only one instance hears of; no instance has this id. */
  private static final String ONE_HEARS = "one hears";

  private final Action action;
  private final String namespace;
  private final List<String> rooms;
  private final List<String> except;
  private final JsonArray event;
  private final boolean unreliable;
  private final String origin;
  private final @Nullable String offset;
  /** The offset is the sender's position, not the event's own. */
  private final boolean marked;
  /** Key for "latest only", or of the retained state; or null. */
  private final @Nullable String key;
  /** When it was emitted, or came from another node; {@link System#nanoTime}. */
  private final long emittedAt;
  private final @Nullable Message[] messages = new Message[WireFormat.SLOTS];
  /** The forms for Socket.IO clients without recovery; null until the first of them. */
  private @Nullable Message @Nullable [] bare;

  /**
   * A broadcast.
   *
   * @param action what is done
   * @param namespace the name of the namespace
   * @param rooms whose sockets are selected; empty for the whole namespace. A socket's id is a room that holds only this socket
   * @param except rooms, or ids of sockets, that are excluded
   * @param event its name, then its arguments; must not be changed afterwards
   * @param unreliable whether clients that cannot be written to at once are skipped
   * @param origin the id of the {@link Io} that has delivered it already; empty for none
   * @param offset position of the event in its namespace's log; null for an event that is in none
   */
  public Broadcast(
      Action action,
      String namespace,
      List<String> rooms,
      List<String> except,
      JsonArray event,
      boolean unreliable,
      String origin,
      @Nullable String offset) {
    this(action, namespace, rooms, except, event, unreliable, origin, offset, false, null, System.nanoTime());
  }

  private Broadcast(
      Action action,
      String namespace,
      List<String> rooms,
      List<String> except,
      JsonArray event,
      boolean unreliable,
      String origin,
      @Nullable String offset,
      boolean marked,
      @Nullable String key,
      long emittedAt) {
    this.action = action;
    this.namespace = namespace;
    this.rooms = List.copyOf(rooms);
    this.except = List.copyOf(except);
    this.event = event;
    this.unreliable = unreliable;
    this.origin = origin;
    this.offset = offset;
    this.marked = marked;
    this.key = key;
    this.emittedAt = emittedAt;
  }

  /**
   * From the address {@code magpie.emit}: {@code {"namespace": "/", "rooms": [], "users": [], "except": [], "event": "name", "args":
   * [], "latest": "key"}}; only the event is required, and {@code users} is left out or names at least one. Binary data in args is a buffer
   * or {@code {"$binary": base64}}. With {@code "retain": "key"} it sets that key of the state of its one room or user.
   *
   * @throws IllegalArgumentException naming the key that is wrong and what it should be
   */
  public static Broadcast fromJson(JsonObject json) {
    // An unknown key may be a misspelt one that would have selected fewer clients.
    for (String key : json.fieldNames())
      if (!KEYS.contains(key)) throw new IllegalArgumentException(key + ": no such key; allowed: " + String.join(", ", KEYS));
    Object name = json.getValue("event");
    if (!(name instanceof String event) || event.isEmpty()) throw new IllegalArgumentException("event: a name is required");
    JsonArray args = array(json, "args");
    Object namespace = json.getValue("namespace", "/");
    if (!(namespace instanceof String path) || !path.startsWith("/"))
      throw new IllegalArgumentException("namespace: a name that starts with /");
    JsonArray content = Arguments.shared(Values.DEFAULT, event, Values.withBinary(args).getList().toArray());
    Object latest = json.getValue("latest");
    if (latest != null && !(latest instanceof String)) throw new IllegalArgumentException("latest: a key, as a string");
    Object retain = json.getValue("retain");
    if (retain != null && !(retain instanceof String)) throw new IllegalArgumentException("retain: a key, as a string");
    List<String> rooms = selected(json);
    List<String> except = rooms(json, "except");
    if (retain != null && (rooms.size() != 1 || !except.isEmpty() || latest != null))
      throw new IllegalArgumentException("retain: needs one room or one user, and neither except nor latest");
    return new Broadcast(retain == null ? Action.EMIT : Action.RETAIN, path, rooms, except, content, false, "", null)
        .latest((String) (retain == null ? latest : retain));
  }

  private static List<String> selected(JsonObject json) {
    List<String> rooms = rooms(json, "rooms");
    if (json.containsKey("users")) rooms.addAll(List.of(RoomNames.ofUsers(strings(json, "users").toArray(String[]::new))));
    return rooms;
  }

  private static List<String> rooms(JsonObject json, String key) {
    List<String> rooms = strings(json, key);
    if (rooms.stream().anyMatch(RoomNames::isInternal)) throw new IllegalArgumentException(key + ": names that do not start with U+0000");
    return rooms;
  }

  /** The same for a message that was sent, not published: no other instance hears it. */
  public Broadcast heardByOne() {
    return new Broadcast(action, namespace, rooms, except, event, unreliable, action == Action.RETAIN ? ONE_HEARS : origin, offset, marked,
        key, emittedAt);
  }

  boolean isHeardByOne() {
    return origin.equals(ONE_HEARS);
  }

  /**
   * A logged event, for delivery.
   *
   * @param origin id of the appender that delivers it
   */
  static Broadcast of(LoggedEvent event, String namespace, String origin, @Nullable String offset) {
    return new Broadcast(Action.EMIT, namespace, event.rooms(), event.except(), event.event(), false, origin, offset);
  }

  private static JsonArray array(JsonObject json, String key) {
    Object value = json.getValue(key);
    if (value == null) return new JsonArray();
    if (value instanceof JsonArray array) return array;
    throw new IllegalArgumentException(key + ": an array");
  }

  private static List<String> strings(JsonObject json, String key) {
    JsonArray array = array(json, key);
    List<String> strings = new ArrayList<>(array.size());
    for (Object value : array) {
      if (!(value instanceof String text)) throw new IllegalArgumentException(key + ": an array of strings");
      strings.add(text);
    }
    return strings;
  }

  /** The same for a member of the family of namespaces that it is addressed to. */
  Broadcast in(String member) {
    return new Broadcast(action, member, rooms, except, event, unreliable, origin, offset, marked, key, emittedAt);
  }

  /** The same with the position of this instance, for an event that is in no log: clients take the last argument of any event for it. */
  Broadcast marked(String position) {
    return new Broadcast(action, namespace, rooms, except, event, unreliable, origin, position, true, key, emittedAt);
  }

  /** The same with a key: see {@link BroadcastOperator#latest}. Null for none. */
  public Broadcast latest(@Nullable String key) {
    return new Broadcast(action, namespace, rooms, except, event, unreliable, origin, offset, marked, key, emittedAt);
  }

  /** The key of {@link BroadcastOperator#latest}; null for none. */
  public @Nullable String key() {
    return key;
  }

  /** Whether the event is in its namespace's log. */
  boolean isLogged() {
    return offset != null && !marked;
  }

  /** What is done to the sockets. */
  public Action action() {
    return action;
  }

  /** The name of the namespace. */
  public String namespace() {
    return namespace;
  }

  /** The rooms that select the sockets; empty for all of the namespace. */
  public List<String> rooms() {
    return rooms;
  }

  /** The rooms and ids whose sockets are left out. */
  public List<String> except() {
    return except;
  }

  /** The event's name, then its arguments. Read-only. */
  public JsonArray event() {
    return event;
  }

  /** Whether clients that cannot be written to at once are left out. */
  public boolean unreliable() {
    return unreliable;
  }

  /** The id of the instance that has delivered it already; empty for none. */
  public String origin() {
    return origin;
  }

  long emittedAt() {
    return emittedAt;
  }

  /** Where the event is in the log of its namespace; null for an event that is in none. */
  public @Nullable String offset() {
    return offset;
  }

  /** This event in a wire format, made at the first call. */
  @Nullable Message message(WireFormat format) {
    Message message = messages[format.slot()];
    if (message == null) {
      // A benign race: a message has final fields, so another thread sees it completely or not at all.
      message = encode(format, Packet.event(namespace, event), marked ? position(format, offset) : offset);
      // Logged events are never replaced.
      if (message != null && key != null && offset == null) message = message.latest(keyIn(namespace, key));
      messages[format.slot()] = message;
    }
    return message;
  }

  /** @param recovers whether the client has a session to recover: only then the offset follows the arguments */
  @Nullable Message message(WireFormat format, boolean recovers) {
    if (recovers || offset == null || format instanceof PlainJsonFormat) return message(format);
    Message[] forms = bare;
    if (forms == null) bare = forms = new Message[WireFormat.SLOTS];
    int slot = format.slot();
    if (forms[slot] == null) forms[slot] = encode(format, Packet.event(namespace, event), null);
    return forms[slot];
  }

  /** What an event that is in no log carries as its offset: Socket.IO clients expect a position, plain clients none. */
  static @Nullable String position(WireFormat format, @Nullable String offset) {
    return format instanceof PlainJsonFormat ? null : offset;
  }

  /** A key of a connection's send queue, which the namespaces of the connection share; their names have no comma. */
  static String keyIn(String namespace, String key) {
    return namespace + "," + key;
  }

  /** A packet as the message that carries it; null where the wire has no words for it. */
  static @Nullable Message encode(WireFormat format, Packet packet, @Nullable String offset) {
    return message(format.encode(packet, offset));
  }

  /** The message that carries an encoded packet; null where the wire has no words for it. */
  static @Nullable Message message(EncodedPacket encoded) {
    if (encoded.isEmpty()) return null;
    return encoded.attachments().isEmpty() ? Message.text(encoded.text()) : Message.of(encoded.text(), encoded.attachments());
  }
}
