package dev.magpie.core;

import dev.magpie.log.RecoveryState;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.Values;
import dev.magpie.transport.Handshake;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A client's request to join a namespace, for middleware ({@link Namespace#use}). Used on the instance's context. */
public final class ConnectContext {
  private final String namespace;
  private String socketId;
  private final Handshake handshake;
  private final @Nullable JsonObject auth;
  private final int bytes;
  private final Values values;
  private @Nullable JsonObject data;
  private @Nullable Identity identity;
  /** Users that were disconnected while the admission was pending; null for none. */
  private @Nullable Set<String> disconnected;

  // Of a client that supports recovery, in a namespace that has it.
  private boolean canRecover;
  private boolean asksToRecover;
  private @Nullable Object pid;
  private @Nullable Object offset;
  private @Nullable RecoveryState recalled;
  private @Nullable SocketRecovery session;
  private @Nullable List<String> withheld;
  /** Rooms that a plain client names in its query. */
  private List<String> wanted = List.of();

  /** @param bytes of the packet, which its connection retains */
  ConnectContext(String namespace, String socketId, Handshake handshake, @Nullable JsonObject auth, long bytes, Values values) {
    this.namespace = namespace;
    this.socketId = socketId;
    this.handshake = handshake;
    this.auth = auth;
    this.bytes = (int) bytes;
    this.values = values;
  }

  /** The name of the namespace that the client wants to join. */
  public String namespace() {
    return namespace;
  }

  /** The id that the socket will have; of a session that the client names, the former one. */
  public String socketId() {
    return socketId;
  }

  /** The request that opened the connection. */
  public Handshake handshake() {
    return handshake;
  }

  /** What the client sent as {@code auth}; empty when it sent none. Read-only. */
  public JsonObject auth() {
    return auth == null ? new JsonObject() : auth;
  }

  /** The application's data of the socket, empty at first: becomes {@link Socket#data()}, which says what may be put into it. */
  public JsonObject data() {
    if (data == null) data = values.newObject();
    return data;
  }

  /**
   * Sets the authenticated user: {@link Socket#user()}, whose claim {@code sub}, else {@link User#subject()}, becomes {@link
   * Socket#userId()}; of several calls the last counts. A session is recovered only by its own user, and {@link Audience#toUser} reaches
   * all sockets of a user. A user with the attribute {@code exp}, in seconds since 1970, expires: its client is sent {@code
   * auth:expiring} before, and is then disconnected as {@code token expired}, unless {@link Socket#renew} comes first.
   *
   * @throws IllegalArgumentException for a user without a subject
   */
  public void identify(User user) {
    identity = Identity.of(user);
  }

  /**
   * The same for a user whose id is not its subject: the ids of users from several sources are told apart by a prefix, such as {@code
   * jwt:}, {@code staff:} or {@code guest:}.
   *
   * @throws IllegalArgumentException for an empty id
   */
  public void identify(User user, String userId) {
    identity = Identity.of(user, userId);
  }

  void identify(Identity known) {
    identity = known;
  }

  /**
   * The same for a user of whom only the id is known.
   *
   * @throws IllegalArgumentException for null, or an empty id
   */
  public void identify(String userId) {
    identity = Identity.of(userId);
  }

  /** The user that {@link #identify(User)} has set so far; null for none. */
  public @Nullable User user() {
    return identity == null ? null : identity.user();
  }

  /** The id of the user that {@link #identify(User)} has set so far; null for none. */
  public @Nullable String userId() {
    return Identity.idOf(identity);
  }

  @Nullable Identity identity() {
    return identity;
  }

  /** Its user has expired while the admission was pending. */
  boolean isExpired(long now) {
    return identity != null && identity.until() <= now;
  }

  /** This user's connections are closed: the client does not join as this user. */
  void disconnectUser(String id) {
    if (disconnected == null) disconnected = new HashSet<>();
    disconnected.add(id);
  }

  boolean isDisconnected() {
    return disconnected != null && identity != null && disconnected.contains(identity.id());
  }

  /** The rooms of the session that the client names; the recovery may still fail. */
  public Set<String> rooms() {
    if (recalled == null) return Set.of();
    Set<String> rooms = new TreeSet<>(recalled.rooms().keySet());
    rooms.removeAll(List.of("", recalled.sid()));
    rooms.removeIf(RoomNames::isInternal);
    return rooms;
  }

  /** The id of the user whose session the client names; null if it names none, or one of a client that was not identified. */
  public @Nullable String sessionUserId() {
    return recalled == null ? null : recalled.uid();
  }

  /** A copy of the data of the session that the client names; empty if there is none. */
  public JsonObject noted() {
    return recalled == null ? new JsonObject() : recalled.data().copy();
  }

  /** Excludes a room, and its events, from the recovery. */
  public void withhold(String room) {
    if (withheld == null) withheld = new ArrayList<>();
    withheld.add(RoomNames.checked(room));
  }

  void wants(List<String> rooms) {
    wanted = rooms;
  }

  List<String> wanted() {
    return wanted;
  }

  List<String> withheld() {
    return withheld == null ? List.of() : withheld;
  }

  /**
   * The client may support recovery.
   *
   * @param asks whether it says so
   * @param pid secret of the session that it names, as sent: of any type, or null for none
   * @param offset position of the last event that it has got, as sent
   */
  void mayRecover(boolean asks, @Nullable Object pid, @Nullable Object offset) {
    this.canRecover = true;
    this.asksToRecover = asks || pid != null;
    this.pid = pid;
    this.offset = offset;
  }

  boolean canRecover() {
    return canRecover;
  }

  boolean asksToRecover() {
    return asksToRecover;
  }

  @Nullable Object pid() {
    return pid;
  }

  @Nullable Object offset() {
    return offset;
  }

  /** The store has the session that the client names. */
  void recall(RecoveryState found) {
    recalled = found;
    socketId = found.sid();
  }

  @Nullable RecoveryState recalled() {
    return recalled;
  }

  /** Sets the socket's id and the session's data; values that middleware has set take precedence. */
  void restore(String id, @Nullable JsonObject saved) {
    socketId = id;
    if (saved == null) return;
    JsonObject set = data;
    data = values.newObject().mergeIn(saved.copy());
    if (set != null) data.mergeIn(set);
  }

  void begin(SocketRecovery given) {
    session = given;
  }

  /** Null where there is none. */
  @Nullable SocketRecovery session() {
    return session;
  }

  int bytes() {
    return bytes;
  }

  @Nullable JsonObject authOrNull() {
    return auth;
  }

  @Nullable JsonObject dataOrNull() {
    return data;
  }
}
