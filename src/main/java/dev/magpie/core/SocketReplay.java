package dev.magpie.core;

import dev.magpie.log.EventLog;
import dev.magpie.log.LoggedEvent;
import dev.magpie.log.RecoveryState;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.Values;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Message;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * The session of one socket in a namespace with recovery: its rooms and data, saved on each change, and the replay of missed events after
 * a reconnect. Owned by its {@link Socket}, used on its context.
 *
 * <p>While it replays, the socket gets no logged event but from the log, page after page, until it stands where its instance stands; what
 * is in no log waits behind that.
 */
final class SocketReplay {
  /** Page size of the replay after the first page. */
  private static final int PAGE = 200;

  /** Characters sent before the replay waits for the reader: one poll takes many events. */
  private static final int BURST = 64 << 10;

  // Set once when the client is admitted.
  private final NamespaceRecovery recovery;
  private final String pid;
  private final RecoveryState begun;
  private final boolean recovered;
  /** The client asked for recovery and did not get it. */
  private final boolean disappointed;
  private Socket socket;

  // Changes with its rooms.
  private final Map<String, Long> rooms;
  private Future<Void> saving = Future.succeededFuture();
  private Future<Void> queued;
  private boolean fenced;
  /** The latest state is not saved. */
  private boolean unsaved;

  // Changes as it replays.
  private boolean replaying;
  private List<LoggedEvent> missed = List.of();
  private int next;
  private long position;
  private long until;
  private boolean busy;
  /** Set if another page is needed after the current one. */
  private boolean again;
  private Queue<Runnable> held;

  /** A new one. */
  SocketReplay(NamespaceRecovery recovery, String pid, RecoveryState begun, boolean disappointed) {
    this.recovery = recovery;
    this.pid = pid;
    this.begun = begun;
    this.rooms = new HashMap<>(begun.rooms());
    this.recovered = false;
    this.disappointed = disappointed;
  }

  /** A recovered session, which resumes at the client's position. */
  SocketReplay(NamespaceRecovery recovery, String pid, RecoveryState begun, long position, NamespaceRecovery.Missed missed) {
    this.recovery = recovery;
    this.pid = pid;
    this.begun = begun;
    this.rooms = new HashMap<>(begun.rooms());
    this.recovered = true;
    this.disappointed = false;
    this.replaying = true;
    this.position = position;
    this.missed = missed.events();
    this.until = missed.until();
  }

  String id() {
    return begun.id();
  }

  /** The client's secret. */
  String pid() {
    return pid;
  }

  long gen() {
    return begun.gen();
  }

  String uid() {
    return begun.uid();
  }

  boolean recovered() {
    return recovered;
  }

  // --- Its life

  /** Its socket is in the namespace; a socket that came back is in its rooms again. */
  void attach(Socket owner) {
    socket = owner;
    for (String room : rooms.keySet()) if (!room.isEmpty()) recovery.namespace().rooms().join(owner, room);
  }

  /** Called after the answer to CONNECT: a client whose recovery failed gets {@code sys:sync}. */
  void greet() {
    if (!disappointed) return;
    JsonArray sync = new JsonArray().add("sys:sync").add(new JsonObject().put("g", recovery.delivered()));
    socket.connection().send(Broadcast.encode(socket.connection().format, Packet.event(socket.namespace().name(), sync),
        recovery.offset()));
  }

  void joined(String room) {
    rooms.putIfAbsent(room, Math.max(recovery.delivered(), position) + 1);
  }

  void left(String room) {
    if (!room.equals(begun.sid())) rooms.remove(room);
  }

  /** Succeeds when its rooms and data, as they are now, are safe. */
  Future<Void> save() {
    if (queued != null) return queued;
    if (saving.isComplete()) {
      saving = write(true);
      return saving;
    }
    queued = saving.transform(before -> {
      queued = null;
      saving = write(!hasEnded());
      return saving;
    });
    return queued;
  }

  private boolean hasEnded() {
    return socket != null && !socket.isConnected();
  }

  private Future<Void> write(boolean connected) {
    if (fenced) return Future.succeededFuture();
    JsonObject data = socket != null && socket.hasData() ? Values.copy(socket.data()) : begun.data();
    long expiresAt = recovery.now() + recovery.options().windowMillis();
    return recovery.save(new RecoveryState(
        begun.id(), begun.sid(), begun.uid(), Map.copyOf(rooms), data, begun.gen(), connected, begun.steals(), begun.stealsSince(),
        expiresAt))
        .onComplete(saved -> unsaved = saved.failed());
  }

  /** After a store's trouble. */
  void saveAgain() {
    if (unsaved) save();
  }

  /** Another connection has the session now: this one goes, and leaves it alone. */
  void fence() {
    fenced = true;
    recovery.unregister(this);
    if (socket != null) socket.connection().close(CloseReason.SESSION_TAKEN_OVER, null);
  }

  boolean isFenced() {
    return fenced;
  }

  /** The socket has left, or never came to be. Who was told to go, or said goodbye, does not come back. */
  void end(String reason) {
    recovery.unregister(this);
    held = null;
    missed = List.of();
    if (fenced) return;
    if (reason.equals("client namespace disconnect") || reason.equals("server namespace disconnect")) recovery.forget(begun);
    else saving.transform(before -> write(false));
  }

  // --- Replay

  boolean isReplaying() {
    return replaying;
  }

  /** Whether the socket is not to send this now. */
  boolean holds(Broadcast broadcast) {
    if (!replaying) return false;
    // What is logged will be read from there; what may be lost is.
    if (!broadcast.isLogged() && !broadcast.unreliable()) hold(() -> socket.sendUnlogged(broadcast.event()));
    return true;
  }

  /** Does something once the replay is over. */
  void hold(Runnable later) {
    if (held == null) held = new ArrayDeque<>();
    if (held.size() < recovery.loop().options().maxWaiting()) held.add(later);
    else socket.connection().close(CloseReason.SLOW_CONSUMER, "too much waits for the replay");
  }

  /** Sends what the link takes, and goes on when it takes more. */
  void replay() {
    again = true;
    if (busy) return;
    busy = true;
    try {
      while (again && replaying) {
        again = false;
        step();
      }
    } finally {
      busy = false;
    }
  }

  /** As far as it goes; what it has to wait for replays on. */
  private void step() {
    if (!socket.isConnected() || !sendMissed()) return;
    long delivered = recovery.delivered();
    if (position > delivered) recovery.waitFor(this);
    else if (position == delivered) finish();
    else readOn(delivered);
  }

  /** @return false when the link has to be waited for */
  private boolean sendMissed() {
    int burst = BURST;
    while (next < missed.size()) {
      LoggedEvent event = missed.get(next++);
      position = event.seq();
      if (!event.isFor(rooms) || event.leavesOut(rooms)) continue;
      Message message = recovery.broadcast(event).message(socket.connection().format);
      socket.sendNow(message, event.event());
      if (!socket.isConnected()) return false;
      burst -= 64 + (message == null || message.text() == null ? 0 : message.text().length());
      if (burst <= 0 && !socket.connection().link.writable()) {
        socket.connection().whenWritable(this::replay);
        return false;
      }
      if (burst <= 0) burst = BURST;
    }
    position = Math.max(position, until);
    return true;
  }

  private void readOn(long delivered) {
    missed = List.of();
    next = 0;
    EventLog events = recovery.events();
    Future<List<LoggedEvent>> page = events.read(Map.copyOf(rooms), position, delivered, PAGE)
        .compose(read -> events.extent().compose(extent ->
        extent.first() > position + 1 ? Future.failedFuture("events were trimmed before they were read") : Future.succeededFuture(read)));
    // It may be there already, or come while it is asked for, and be taken before this returns.
    recovery.here(page).onComplete(read -> {
      if (read.succeeded()) take(read.result(), delivered);
      else lost();
    });
  }

  /** It comes back, and goes on where it stands or is told that it has missed something. */
  void lost() {
    if (socket != null) socket.connection().close(CloseReason.SERVER_ERROR, "events cannot be read");
  }

  private void take(List<LoggedEvent> page, long delivered) {
    missed = page;
    until = page.size() < PAGE ? delivered : page.get(page.size() - 1).seq();
    replay();
  }

  private void finish() {
    replaying = false;
    missed = List.of();
    Queue<Runnable> waiting = held;
    held = null;
    if (waiting != null) waiting.forEach(Runnable::run);
  }
}
