package dev.magpie.core;

import dev.magpie.log.RecoveryState;
import dev.magpie.transport.Handshake;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A client's request to join a namespace, for middleware: it has not joined yet. Used on the instance's context. */
public final class ConnectContext {
  private final String namespace;
  private String socketId;
  private final Handshake handshake;
  private final JsonObject auth;
  private JsonObject data;
  private String user;

  // Of a client that may come back, in a namespace that recovers.
  private boolean canRecover;
  private boolean asksToRecover;
  private Object pid;
  private Object offset;
  private RecoveryState recalled;
  private SocketRecovery session;
  private List<String> withheld;

  ConnectContext(String namespace, String socketId, Handshake handshake, JsonObject auth) {
    this.namespace = namespace;
    this.socketId = socketId;
    this.handshake = handshake;
    this.auth = auth;
  }

  public String namespace() {
    return namespace;
  }

  /** The id that the socket will have. */
  public String socketId() {
    return socketId;
  }

  public Handshake handshake() {
    return handshake;
  }

  /** What the client sent as {@code auth}; empty when it sent none. */
  public JsonObject auth() {
    return auth == null ? new JsonObject() : auth;
  }

  /** Becomes the socket's own {@link Socket#data()}. */
  public JsonObject data() {
    if (data == null) data = new JsonObject();
    return data;
  }

  /** Sets the authenticated user: {@link Socket#user()}. A session is recovered only by its own user. */
  public void identify(String user) {
    this.user = user;
  }

  String user() {
    return user;
  }

  /** The rooms of the session that the client names; its recovery may still fail. */
  public Set<String> rooms() {
    if (recalled == null) return Set.of();
    Set<String> rooms = new TreeSet<>(recalled.rooms().keySet());
    rooms.removeAll(List.of("", recalled.sid()));
    return rooms;
  }

  /** A copy of that session's data; empty if there is none. */
  public JsonObject noted() {
    return recalled == null ? new JsonObject() : recalled.data().copy();
  }

  /** Excludes a room from the recovery, and its events from the replay. */
  public void withhold(String room) {
    if (withheld == null) withheld = new ArrayList<>();
    withheld.add(room);
  }

  List<String> withheld() {
    return withheld == null ? List.of() : withheld;
  }

  /**
   * The client may understand recovery; this is what it sent, of whatever type: its secret, and what it saw last.
   *
   * @param asks whether it says that it understands
   */
  void mayRecover(boolean asks, Object pid, Object offset) {
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

  Object pid() {
    return pid;
  }

  Object offset() {
    return offset;
  }

  /** The session that the client names is there. */
  void recall(RecoveryState found) {
    recalled = found;
    socketId = found.sid();
  }

  RecoveryState recalled() {
    return recalled;
  }

  /** The id that the socket will have after all, and what it noted before: what a check noted just now comes first. */
  void restore(String id, JsonObject noted) {
    socketId = id;
    if (noted == null) return;
    data = data == null ? noted.copy() : noted.copy().mergeIn(data);
  }

  void begin(SocketRecovery given) {
    session = given;
  }

  /** Null where there is none. */
  SocketRecovery session() {
    return session;
  }

  JsonObject authOrNull() {
    return auth;
  }

  JsonObject dataOrNull() {
    return data;
  }
}
