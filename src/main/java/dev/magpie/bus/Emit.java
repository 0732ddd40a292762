package dev.magpie.bus;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.magpie.protocol.EventNames;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event for connected clients, which any verticle publishes at {@link Addresses#EMIT}; other languages publish the same JSON. Immutable.
 *
 * <pre>{@code
 * vertx.eventBus().publish(Addresses.EMIT, Emit.to("match:42").event("score", new JsonObject().put("home", 2)).toJson());
 * vertx.eventBus().publish(Addresses.EMIT, Emit.toAll().in("/chat").event("news", "hello").toJson());
 * }</pre>
 *
 * Published, not sent: a {@code send} reaches one gateway instance's clients only.
 *
 * @param namespace the name of the namespace, which starts with a slash
 * @param rooms rooms or socket ids that get it; empty, and no users, for all sockets of the namespace
 * @param except rooms or socket ids that do not get it
 * @param event the name of the event; null until {@link #event(String, Object...)}
 * @param args JSON values and buffers
 * @param latest null, or a key: a slow client gets only the newest event with this key
 * @param users ids of users whose sockets get it, beside those of the rooms
 * @param retain null, or a key of the state of its one room, which the event sets
 */
public record Emit(String namespace, List<String> rooms, List<String> except, @Nullable String event, JsonArray args,
    @Nullable String latest, List<String> users, @Nullable String retain) {
  /** Copies the lists. */
  public Emit {
    rooms = List.copyOf(rooms);
    except = List.copyOf(except);
    users = List.copyOf(users);
  }

  /** One for rooms only. */
  public Emit(String namespace, List<String> rooms, List<String> except, @Nullable String event, JsonArray args,
      @Nullable String latest) {
    this(namespace, rooms, except, event, args, latest, List.of(), null);
  }

  /**
   * An event for the sockets in at least one of these rooms of the main namespace.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public static Emit to(String... rooms) {
    return new Emit("/", List.of(RoomNames.checked(rooms)), List.of(), null, new JsonArray(), null);
  }

  /**
   * An event for the sockets of these users in the main namespace, on all their devices.
   *
   * @throws IllegalArgumentException without an id, and for an empty one
   */
  public static Emit toUser(String... ids) {
    return toAll().alsoToUser(ids);
  }

  /** An event for all sockets of the main namespace. */
  public static Emit toAll() {
    return to();
  }

  /** Sets the namespace. */
  public Emit in(String namespace) {
    return new Emit(namespace, rooms, except, event, args, latest, users, retain);
  }

  /**
   * Adds the sockets of these users.
   *
   * @throws IllegalArgumentException without an id, and for an empty one
   */
  public Emit alsoToUser(String... ids) {
    RoomNames.checkUsers(ids);
    List<String> more = new ArrayList<>(users);
    more.addAll(List.of(ids));
    return new Emit(namespace, rooms, except, event, args, latest, more, retain);
  }

  /**
   * Excludes the sockets in these rooms.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public Emit except(String... names) {
    List<String> more = new ArrayList<>(except);
    more.addAll(List.of(RoomNames.checked(names)));
    return new Emit(namespace, rooms, more, event, args, latest, users, retain);
  }

  /**
   * The event and its arguments: any values that a socket emits, converted now, by a copy of Vert.x' mapper.
   *
   * @throws IllegalArgumentException for a reserved name, and naming the argument that cannot be written
   */
  public Emit event(String name, @Nullable Object... arguments) {
    return event(null, name, arguments);
  }

  /**
   * The same by a mapper of the application: for verticles beside an {@code Io} with {@code IoOptions.setMapper}.
   *
   * @param mapper copied when it is first used; null for the default, as in {@link #event(String, Object...)}
   * @throws IllegalArgumentException for a reserved name, and naming the argument that cannot be written
   */
  public Emit event(@Nullable ObjectMapper mapper, String name, @Nullable Object... arguments) {
    JsonArray event = Values.of(mapper).event(EventNames.requireEmittable(name), arguments);
    return new Emit(namespace, rooms, except, name, new JsonArray(event.getList().subList(1, event.size())), latest, users, retain);
  }

  /** Replaces a pending event of this key in the send queue of a slow client. */
  public Emit latest(String key) {
    return new Emit(namespace, rooms, except, event, args, key, users, retain);
  }

  /**
   * Sets this key of the room's retained state: whoever joins the room later gets the event too. Needs one room or user, and neither {@link
   * #except} nor {@link #latest}; whoever receives it refuses others.
   */
  public Emit retain(String key) {
    return new Emit(namespace, rooms, except, event, args, latest, users, key);
  }

  /**
   * The JSON that is published. Binary data is {@code {"$binary": base64}}; an object of the application that has only such a member is
   * {@code {"$object": {…}}}.
   *
   * @throws IllegalStateException without an event
   */
  public JsonObject toJson() {
    if (event == null) throw new IllegalStateException("an Emit without an event says nothing");
    JsonObject json = new JsonObject()
        .put("namespace", namespace)
        .put("rooms", new JsonArray(new ArrayList<>(rooms)))
        .put("except", new JsonArray(new ArrayList<>(except)))
        .put("event", event)
        .put("args", Values.withoutBinary(args));
    if (!users.isEmpty()) json.put("users", new JsonArray(new ArrayList<>(users)));
    if (latest != null) json.put("latest", latest);
    return retain == null ? json : json.put("retain", retain);
  }
}
