package dev.magpie.core;

import dev.magpie.log.RecoveryState;
import dev.magpie.protocol.Packet;
import dev.magpie.transport.CloseReason;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The session of one socket in a namespace with recovery: its rooms and data, saved on each change so that a reconnecting client gets them
 * back, and the {@link SocketReplay} of what it missed. Owned by its {@link Socket}, used on the instance's context.
 */
final class SocketRecovery {

  /** The namespace's recovery, which stores the sessions and reads the log. */
  interface Store extends SocketReplay.Source {
    String namespace();

    /** Position of the last event that this instance has delivered, as clients see it. */
    @Nullable String offset();

    /** When a session that is saved now expires, in milliseconds since 1970. */
    long expiresAt();

    Future<Void> save(RecoveryState state);

    /** The session has ended for good. */
    void forget(RecoveryState state);

    /** The session is not in use any more. */
    void unregister(SocketRecovery session);
  }

  /** The socket, as its session sees it. */
  interface Owner extends SocketReplay.Recipient {
    /** The application's data, or null for none. */
    @Nullable JsonObject dataOrNull();
  }

  // Set once when the client is admitted.
  private final Store store;
  private final String pid;
  private final RecoveryState begun;
  /** The client named a session and did not get it. */
  private final boolean denied;
  /** Null for a new session. */
  private final @Nullable SocketReplay replay;
  /** Set when the socket has joined. */
  private @Nullable Owner owner;

  // Changes as the socket joins and leaves rooms.
  /** With the number of the first event that the socket may get in each; the empty name stands for the whole namespace. */
  private final Map<String, Long> rooms;
  private Future<Void> saving = Future.succeededFuture();
  /** The save that begins when the current one is done; null for none. */
  private @Nullable Future<Void> queued;
  private boolean fenced;
  /** It must not be recovered: nothing is saved any more. */
  private boolean over;
  /** The latest state is not saved. */
  private boolean unsaved;

  /**
   * A new session.
   *
   * @param denied whether the client named another, which it did not get
   */
  SocketRecovery(Store store, String pid, RecoveryState begun, boolean denied) {
    this.store = store;
    this.pid = pid;
    this.begun = begun;
    this.rooms = new HashMap<>(begun.rooms());
    this.denied = denied;
    this.replay = null;
  }

  /**
   * A claimed session, before the log is read.
   *
   * @param position number of the last event that the client has got
   * @param mostHeld events in no log that may wait for the end of the replay
   */
  SocketRecovery(Store store, String pid, RecoveryState claimed, long position, int mostHeld) {
    this.store = store;
    this.pid = pid;
    this.begun = claimed;
    this.rooms = new HashMap<>(claimed.rooms());
    this.denied = false;
    this.replay = new SocketReplay(store, mostHeld, rooms, position);
  }

  /** The first events that the client missed have been read: the session is recovered. */
  void replayFrom(SocketReplay.Missed missed) {
    replay.start(missed);
  }

  String id() {
    return begun.id();
  }

  /** The client's secret, by which it names the session. */
  String pid() {
    return pid;
  }

  /** Generation: incremented each time that a connection claims the session. */
  long gen() {
    return begun.gen();
  }

  boolean recovered() {
    return replay != null;
  }

  // --- Its life

  /** Its socket has joined the namespace. */
  void attach(Owner socket) {
    owner = socket;
    if (replay != null) replay.attach(socket);
  }

  /** The names of the rooms that its socket is in. */
  Collection<String> rooms() {
    return rooms.keySet().stream().filter(room -> !room.isEmpty()).toList();
  }

  /** Called after the answer to CONNECT: a client that did not get the session that it named is sent {@code sys:sync}. */
  void greet() {
    if (!denied) return;
    JsonArray sync = new JsonArray().add("sys:sync").add(new JsonObject().put("g", store.delivered()));
    Connection connection = owner.connection();
    connection.send(Broadcast.encode(connection.format, Packet.event(store.namespace(), sync), store.offset()));
  }

  void joined(String room) {
    long position = replay == null ? 0 : replay.position();
    rooms.putIfAbsent(room, Math.max(store.delivered(), position) + 1);
  }

  void left(String room) {
    if (!room.equals(begun.sid())) rooms.remove(room);
  }

  /** Saves its rooms and data; succeeds when they are stored as they are now. */
  Future<Void> save() {
    if (queued != null) return queued;
    if (saving.isComplete()) {
      saving = write(true);
      return saving;
    }
    queued = saving.transform(before -> {
      queued = null;
      saving = write(owner == null || owner.isConnected());
      return saving;
    });
    return queued;
  }

  private Future<Void> write(boolean connected) {
    if (fenced || over) return Future.succeededFuture();
    List<IllegalArgumentException> refused = new ArrayList<>(0);
    JsonObject own = owner == null ? null : owner.dataOrNull();
    JsonObject data = own == null ? begun.data() : owner.connection().loop.values().copy(own, refused::add);
    return store.save(new RecoveryState(
        begun.id(), begun.sid(), begun.uid(), Map.copyOf(rooms), data, begun.gen(), connected, begun.steals(), begun.stealsSince(),
        store.expiresAt()))
        .onComplete(saved -> unsaved = saved.failed())
        .compose(saved -> refused.isEmpty() ? Future.succeededFuture() : Future.failedFuture(refused.get(0)));
  }

  /** Repeats a save that failed. */
  void saveAgain() {
    if (unsaved) save();
  }

  /** Another connection has claimed the session: this one is closed and does not save it any more. */
  void fence() {
    fenced = true;
    store.unregister(this);
    if (owner != null) owner.connection().close(CloseReason.SESSION_TAKEN_OVER, null);
  }

  boolean isFenced() {
    return fenced;
  }

  /** The socket has left, or its client has before it was admitted. A session that one of them ended on purpose is not kept. */
  void end(String reason) {
    store.unregister(this);
    if (replay != null) replay.drop();
    if (fenced || over) return;
    if (reason.equals("client namespace disconnect") || reason.equals("server namespace disconnect")) forget();
    else saving.transform(before -> write(false));
  }

  /** Behind the save that is running, which would store it again. */
  private void forget() {
    over = true;
    saving.onComplete(before -> store.forget(begun));
  }

  /** This instance cannot read events of the log that its sockets have not got. */
  void lost() {
    if (owner != null) SocketReplay.lost(owner.connection());
  }

  // --- Replay

  boolean isReplaying() {
    return replay != null && !replay.isFinished();
  }

  /** See {@link SocketReplay#holds}. */
  boolean holds(Broadcast broadcast) {
    return replay != null && replay.holds(broadcast);
  }

  /** See {@link SocketReplay#hold}; only while it {@link #isReplaying}. */
  void hold(Runnable later) {
    replay.hold(later);
  }

  void replay() {
    if (replay != null) replay.run();
  }
}
