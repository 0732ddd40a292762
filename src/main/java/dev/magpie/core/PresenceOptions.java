package dev.magpie.core;

import dev.magpie.state.PresenceMember;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How a namespace shows who is present in its rooms: see {@link Namespace#presence(PresenceOptions)}. Instances of one name set the same
 * options. Copied when they are used.
 *
 * <pre>{@code
 * io.of("/game").presence(new PresenceOptions()
 *     .setRooms(room -> room.startsWith("match:"))
 *     .setDescribe(socket -> new JsonObject().put("id", socket.id()).put("name", socket.data().getString("name")))
 *     .onLeave((match, player) -> matches.pause(match, player.key())));
 * }</pre>
 */
public final class PresenceOptions {
  private Predicate<String> rooms = room -> true;
  private BiFunction<Socket, String, @Nullable String> key = (socket, room) -> userOf(socket);
  /** Null for the default. */
  private @Nullable BiFunction<Socket, String, JsonObject> describe;
  private long grace = 10_000;
  private long interval = 1_000;
  private int pageSize = 100;
  private int largeRoom = 500;
  /** Null where clients get none. */
  private @Nullable PresenceEvents events = PresenceEvents.named("presence");
  private BiConsumer<String, PresenceMember> joined = (room, member) -> {};
  private BiConsumer<String, PresenceMember> left = (room, member) -> {};
  private boolean handled;

  /** The defaults. */
  public PresenceOptions() {}

  PresenceOptions(PresenceOptions other) {
    this.rooms = other.rooms;
    this.key = other.key;
    this.describe = other.describe;
    this.grace = other.grace;
    this.interval = other.interval;
    this.pageSize = other.pageSize;
    this.largeRoom = other.largeRoom;
    this.events = other.events;
    this.joined = other.joined;
    this.left = other.left;
    this.handled = other.handled;
  }

  /** Sets which rooms have presence; a socket's id is never such a room. Called for each join, so it should be cheap. Default all. */
  public PresenceOptions setRooms(Predicate<String> which) {
    rooms = Objects.requireNonNull(which, "which");
    return this;
  }

  /**
   * Sets what identifies a member: sockets with the same key are one member, with several devices. Null leaves a socket out: it gets the
   * events, and is not shown. Called on the instance's context when a socket joins a room, and by {@link RoomPresence#refresh}. Default the
   * {@link Socket#userId}, of a socket without one its id.
   */
  public PresenceOptions setKey(Function<Socket, @Nullable String> of) {
    Objects.requireNonNull(of, "of");
    return setKey((socket, room) -> of.apply(socket));
  }

  /** The same for keys that differ between the rooms of a socket: the second argument is the room. */
  public PresenceOptions setKey(BiFunction<Socket, String, @Nullable String> of) {
    key = Objects.requireNonNull(of, "of");
    return this;
  }

  /**
   * Sets what clients see of a member. It should have an {@code id}, by which a page finds the member who has left. Called as {@link
   * #setKey}; of a member with several sockets the newest description counts. Default {@code {id}}, which is the key.
   */
  public PresenceOptions setDescribe(Function<Socket, JsonObject> of) {
    Objects.requireNonNull(of, "of");
    return setDescribe((socket, room) -> of.apply(socket));
  }

  /** The same for descriptions that differ between the rooms of a socket: the second argument is the room. */
  public PresenceOptions setDescribe(BiFunction<Socket, String, JsonObject> of) {
    describe = Objects.requireNonNull(of, "of");
    return this;
  }

  /**
   * Sets how long a member stays whose last connection has ended, so that who reconnects within it was never away. Who leaves a room by
   * {@link Socket#leave} and has no other socket there has left at once. Default 10,000.
   *
   * @param millis milliseconds; 0 for none
   */
  public PresenceOptions setGrace(long millis) {
    grace = atLeast(0, millis, "grace");
    return this;
  }

  /**
   * Sets the least time between two presence events of a room: what happens within it is sent as one list. The first change after a quiet
   * time is sent at once. Default 1,000.
   *
   * @param millis milliseconds; 0 for none
   */
  public PresenceOptions setInterval(long millis) {
    interval = atLeast(0, millis, "interval");
    return this;
  }

  /** Sets how many members a page has: those of the first event, and of each answer to the event by which a client asks for more. */
  public PresenceOptions setPageSize(int members) {
    pageSize = (int) atLeast(1, members, "page size");
    return this;
  }

  /**
   * Sets the number of members above which the clients of a room are told their number only, since lists of so many joins and leaves would
   * cost too much; a client can still ask for pages. Below half of it they are sent the list again. Default 500.
   */
  public PresenceOptions setLargeRoom(int members) {
    largeRoom = (int) atLeast(1, members, "large room");
    return this;
  }

  /**
   * Sets the names of the events: {@code prefix:state}, {@code prefix:join}, {@code prefix:leave}, {@code prefix:count} and, from clients,
   * {@code prefix:list}. Default {@code presence}.
   */
  public PresenceOptions setEvents(String prefix) {
    events = PresenceEvents.named(prefix);
    return this;
  }

  /** Sets the names of the events; null for clients that get none. */
  public PresenceOptions setEvents(@Nullable PresenceEvents names) {
    events = names;
    return this;
  }

  /**
   * Sets a handler that is called with the room and the member, once for each member who has come and not for each socket. Called on the
   * context of each instance that sets it, for the members of all instances.
   */
  public PresenceOptions onJoin(BiConsumer<String, PresenceMember> handler) {
    joined = Objects.requireNonNull(handler, "handler");
    handled = true;
    return this;
  }

  /** The same for members who have left: after the grace time. */
  public PresenceOptions onLeave(BiConsumer<String, PresenceMember> handler) {
    left = Objects.requireNonNull(handler, "handler");
    handled = true;
    return this;
  }

  private static String userOf(Socket socket) {
    String user = socket.userId();
    return user == null ? socket.id() : user;
  }

  private static long atLeast(long least, long value, String name) {
    if (value < least) throw new IllegalArgumentException(name + ": at least " + least + ", not " + value);
    return value;
  }

  // --- Used by the namespace

  boolean includes(String room) {
    return rooms.test(room);
  }

  @Nullable String key(Socket socket, String room) {
    return key.apply(socket, room);
  }

  JsonObject description(Socket socket, String room, String of) {
    return describe == null ? new JsonObject().put("id", of) : describe.apply(socket, room);
  }

  long grace() {
    return grace;
  }

  long interval() {
    return interval;
  }

  int pageSize() {
    return pageSize;
  }

  int largeRoom() {
    return largeRoom;
  }

  @Nullable PresenceEvents events() {
    return events;
  }

  /** Whether it has a handler. */
  boolean isHandled() {
    return handled;
  }

  void joined(String room, PresenceMember member) {
    joined.accept(room, member);
  }

  void left(String room, PresenceMember member) {
    left.accept(room, member);
  }
}
