package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.log.Appended;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.log.LoggedEvent;
import dev.magpie.log.Offset;
import dev.magpie.log.OrderedDelivery;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.log.RecoveryState;
import dev.magpie.log.RecoveryStore;
import dev.magpie.log.SharedLog;
import dev.magpie.logging.Reason;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.Ids;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.WireFormat;
import dev.magpie.transport.Message;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recovery of one namespace on one instance: appends its events to the log, delivers them in the log's order, and gives a reconnecting
 * client its session ({@link SocketRecovery}) and the events that it missed (the replay loop is {@link SocketReplay}). Owned by one
 * {@link Namespace}, used on its context.
 */
final class NamespaceRecovery implements SocketRecovery.Store {
  private static final Logger log = LoggerFactory.getLogger(NamespaceRecovery.class);

  private static final Pattern PID = Pattern.compile("[A-Za-z0-9_-]{22,64}");

  /** Characters of the {@link #mark()}. */
  private static final int MARK_LENGTH = 4;

  /** Takeovers of a session within {@link #STEALS_MILLIS}; then a new session is begun, since a duplicated tab has the same secret. */
  private static final int MOST_STEALS = 3;

  private static final long STEALS_MILLIS = 10_000;

  /** Another connection may claim the session between reading and writing it. */
  private static final int CLAIM_ATTEMPTS = 5;

  /** Longest interval at which the expiry of the sessions in use is extended. */
  private static final long EXTEND_MILLIS = 15_000;

  /** Most logged events whose encoded forms are cached, for further clients that missed them. */
  private static final int MOST_RECENT = 256;

  /** A write of sessions that is running; the user is null for none, or where it concerns many. */
  private record Save(@Nullable String user, Future<Void> done) {}

  private final Loop loop;
  private final String namespace;
  private final Consumer<Broadcast> sockets;
  private final Recovery mode;
  private final RecoveryOptions options;
  private final SharedLog<Broadcast> shared;
  private final Promise<Void> opened;

  // Set when the log is open.
  private EventLog events;
  private RecoveryStore store;
  private OrderedDelivery<Broadcast> delivery;
  private long timer = -1;
  /** Sessions that expire by then may be of users that were disconnected: see {@link Revocations#unnamedUntil}. */
  private long unnamedRevokedUntil;

  // Changes as clients connect and disconnect.
  private final Map<String, SocketRecovery> sessions = new HashMap<>();
  private final Map<Long, Broadcast> recent = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Broadcast> eldest) {
      return size() > MOST_RECENT;
    }
  };
  private List<SocketReplay> ahead = new ArrayList<>();
  private final List<Save> saves = new ArrayList<>();
  /** Removals of users' sessions; succeeds when none is pending. */
  private Future<Void> revoking = Future.succeededFuture();
  private @Nullable String offset;
  private long offsetOf = -1;

  /** @param sockets delivers a broadcast to the namespace's sockets of this instance */
  NamespaceRecovery(Loop loop, String namespace, Recovery mode, Consumer<Broadcast> sockets) {
    this.loop = loop;
    this.namespace = namespace;
    this.sockets = sockets;
    this.mode = mode;
    this.options = loop.options().recovery();
    this.shared = SharedLog.of(loop.vertx(), loop.options().log(), namespace, mode, Broadcast::of);
    this.opened = loop.promise();
  }

  /** Succeeds when clients may connect; if the database cannot be reached, their admission waits for it. */
  Future<Void> open() {
    shared.opened().onComplete(open -> loop.run(() -> {
      if (open.failed()) {
        log.error("log not opened namespace={} reason={}", namespace, Reason.of(open.cause()));
        opened.fail(open.cause());
        return;
      }
      events = shared.events();
      store = shared.sessions();
      delivery = new OrderedDelivery<>(loop.context(), namespace, events, this::broadcast, sockets, this::advanced,
          this::lost);
      timer = loop.context().setPeriodic(Math.max(1, Math.min(EXTEND_MILLIS, options.windowMillis() / 3)), fired -> extend());
      shared.subscribe(delivery).onComplete(head -> loop.run(() -> {
        if (head.failed()) opened.fail(head.cause());
        else {
          delivery.start(head.result());
          loop.revocations().users().forEach(this::revoke);
          unnamedRevokedUntil = loop.revocations().unnamedUntil();
          opened.complete();
        }
      }));
    }));
    return shared.tried().compose(tried -> shared.opened().isComplete() ? opened.future() : Future.succeededFuture());
  }

  /** Releases the log after pending saves. */
  Future<Void> close() {
    if (timer >= 0) loop.vertx().cancelTimer(timer);
    if (delivery != null) delivery.end();
    return Future.join(saves.stream().map(Save::done).toList()).transform(saved -> shared.release(delivery));
  }

  Recovery mode() {
    return mode;
  }

  Loop loop() {
    return loop;
  }

  @Override
  public String namespace() {
    return namespace;
  }

  Future<Void> opened() {
    return opened.future();
  }

  EventLog events() {
    return events;
  }

  Future<Void> trimmed() {
    return shared.trimmed();
  }

  /** Size of the log, as last measured. */
  EventLog.Usage usage() {
    return shared.usage();
  }

  private long now() {
    return loop.options().clock().getAsLong();
  }

  @Override
  public long expiresAt() {
    return now() + options.windowMillis();
  }

  @Override
  public long delivered() {
    return delivery.delivered();
  }

  /** Position of the last event that this instance has delivered; null before there is one. */
  @Override
  public @Nullable String offset() {
    if (delivery == null || delivery.delivered() < 0) return null;
    if (offsetOf != delivery.delivered()) {
      offsetOf = delivery.delivered();
      offset = Offset.text(events.epoch(), offsetOf);
    }
    return offset;
  }

  // --- Appending

  /** Appends an event of the application, which gets the result. */
  Future<Appended> append(LogEntry entry) {
    Promise<Appended> done = loop.promise();
    // On this instance's loop, as every emit, so that the events of one caller keep their order.
    loop.run(() -> shared.append(entry, this::publish, done));
    return done.future();
  }

  /** Appends a broadcast; fails at once while the log is not open, with nothing left to be done. */
  Future<Appended> append(Broadcast broadcast, @Nullable String cid) {
    if (!opened.future().succeeded()) return Future.failedFuture(new LogUnavailableException("the log is not open", null));
    LogEntry entry = entry(broadcast);
    return append(cid == null ? entry : entry.madeCid(cid));
  }

  /** The event that was appended with this cid; a pending write is awaited. */
  Future<Optional<LoggedEvent>> original(String cid) {
    Promise<Optional<LoggedEvent>> found = loop.promise();
    shared.original(cid, found);
    return found.future();
  }

  /** Appends a broadcast, without a result. */
  void log(Broadcast broadcast) {
    shared.append(entry(broadcast), this::publish, null);
  }

  /** Appends an event to one socket, whose id is given. */
  void log(String socket, JsonArray event) {
    shared.append(LogEntry.passing(List.of(socket), List.of(), Arguments.frozen(event)), this::publish, null);
  }

  private static LogEntry entry(Broadcast broadcast) {
    return LogEntry.passing(broadcast.rooms(), broadcast.except(), broadcast.event());
  }

  /** To the other instances; called on any thread. */
  private void publish(Broadcast broadcast) {
    loop.cluster().broadcaster().publish(broadcast);
  }

  /** Handles a broadcast of another instance, or of a verticle that has no connections. */
  void receive(Broadcast broadcast) {
    switch (broadcast.action()) {
      case EMIT -> received(broadcast);
      case FENCE -> fence(broadcast.event().getString(0), broadcast.event().getLong(1));
      case JOIN, LEAVE, DISCONNECT, SERVER_EVENT, DISCONNECT_USER, RETAIN -> sockets.accept(broadcast);
    }
  }

  private void received(Broadcast broadcast) {
    // The appender of this process has delivered it already.
    if (broadcast.origin().equals(shared.id())) return;
    if (delivery == null) return;
    Offset at = Offset.parse(broadcast.offset());
    if (at != null && events.isShared()) {
      if (at.epoch().equals(events.epoch())) delivery.hear(at.seq(), broadcast);
    } else if (at != null) {
      // Each node has a log of its own: appended to this one too, once because of the cid.
      relay(entry(broadcast).madeCid("node " + broadcast.offset()));
    } else if (broadcast.origin().isEmpty() && !broadcast.unreliable() && !(events.isShared() && loop.vertx().isClustered())) {
      // An event of a verticle reaches every instance; one instance of each process appends it.
      relay(entry(broadcast));
    } else sockets.accept(broadcast);
  }

  private void relay(LogEntry entry) {
    shared.ifFirst(delivery, () -> shared.append(entry, null, null));
  }

  Broadcast broadcast(LoggedEvent event) {
    Broadcast known = recent.get(event.seq());
    // Unless the event has been replaced since.
    if (known != null && known.event().equals(event.event())) return known;
    Broadcast made = Broadcast.of(event, namespace, shared.id(), Offset.text(events.epoch(), event.seq()));
    recent.put(event.seq(), made);
    return made;
  }

  private void advanced() {
    if (ahead.isEmpty()) return;
    List<SocketReplay> waiting = ahead;
    ahead = new ArrayList<>();
    waiting.forEach(SocketReplay::run);
  }

  /** Events cannot be delivered: all clients are closed, reconnect, and then either recover or get {@code sys:sync}. */
  private void lost() {
    List.copyOf(sessions.values()).forEach(SocketRecovery::lost);
  }

  /** Its client has got more than this instance has delivered. */
  @Override
  public void runWhenDelivered(SocketReplay replay) {
    ahead.add(replay);
  }

  @Override
  public @Nullable Message message(LoggedEvent event, WireFormat format) {
    return broadcast(event).message(format);
  }

  @Override
  public Future<List<LoggedEvent>> page(Map<String, Long> rooms, long after, long until, int limit) {
    return here(events.read(rooms, after, until, limit).compose(read -> events.extent().compose(extent ->
        extent.first() > after + 1 ? Future.failedFuture("events were trimmed before they were read") : Future.succeededFuture(read))));
  }

  // --- Sessions of reconnecting clients

  /** Looks up the session that a client names, before the middleware sees it. Never fails. */
  Future<Void> recall(ConnectContext context) {
    return here(opened.future().compose(open -> revoking).compose(open -> {
      if (!(context.pid() instanceof String pid) || !PID.matcher(pid).matches())
        return Future.succeededFuture(Optional.<RecoveryState>empty());
      return store.find(hash(pid));
    })).transform(found -> {
      if (found.failed()) SharedLog.warn("session not looked up", namespace, found.cause());
      else found.result().filter(session -> session.expiresAt() > now()).ifPresent(context::recall);
      return Future.succeededFuture();
    });
  }

  /** Gives a client that passed the middleware its session: the one that it names, or a new one. Never fails. */
  Future<Void> admit(ConnectContext context) {
    if (delivery == null) return Future.succeededFuture();
    return here(recovered(context)).recover(failure -> {
      SharedLog.warn("session not recovered", namespace, failure);
      return Future.succeededFuture(false);
    }).compose(recovered -> {
      if (recovered) return Future.succeededFuture();
      if (context.pid() != null) loop.counters().increment(Count.RECOVERIES_REFUSED);
      return begin(context);
    });
  }

  private Future<Boolean> recovered(ConnectContext context) {
    RecoveryState found = context.recalled();
    if (found == null) return Future.succeededFuture(false);
    Offset seen = context.offset() == null ? before(found, (String) context.pid()) : Offset.parse(context.offset());
    if (seen == null || !seen.epoch().equals(events.epoch())) return Future.succeededFuture(false);
    if (!Objects.equals(found.uid(), context.userId())) return Future.succeededFuture(false);
    if (found.uid() != null && found.expiresAt() <= unnamedRevokedUntil) return Future.succeededFuture(false);
    return claim(found, CLAIM_ATTEMPTS).compose(claimed -> {
      if (claimed.isEmpty()) return Future.succeededFuture(false);
      announce(claimed.get());
      // Registered before the log is read, so that a connection that claims the session meanwhile fences this one.
      SocketRecovery session = register(
          new SocketRecovery(this, (String) context.pid(), claimed.get(), seen.seq(), loop.options().maxWaiting()));
      return missed(claimed.get(), seen).map(missed -> restore(context, claimed.get(), session, missed))
          .onFailure(failure -> unregister(session));
    });
  }

  /**
   * Position of a client that has got no event in its session: before the session's first number. Null if that is unknown, or if the
   * session began with another log, whose numbers mean nothing in this one.
   */
  private @Nullable Offset before(RecoveryState session, String pid) {
    Long first = session.rooms().get("");
    return first == null || !pid.endsWith(mark()) ? null : new Offset(events.epoch(), first - 1);
  }

  /** Suffix of each session's secret, by which it is known with which log the session began. */
  private String mark() {
    return hash(events.epoch()).substring(0, MARK_LENGTH);
  }

  /** The new connection wins: a client may reconnect before the server notices that the old connection is dead. */
  private Future<Optional<RecoveryState>> claim(RecoveryState found, int attempts) {
    long now = now();
    boolean recent = now - found.stealsSince() < STEALS_MILLIS;
    int steals = (recent ? found.steals() : 0) + (found.connected() ? 1 : 0);
    if (found.connected() && steals > MOST_STEALS) return Future.succeededFuture(Optional.empty());
    RecoveryState next = found.claimed(steals, recent ? found.stealsSince() : now, expiresAt());
    return here(store.claim(next)).compose(won -> {
      if (won) return Future.succeededFuture(Optional.of(next));
      if (attempts == 1) return Future.succeededFuture(Optional.empty());
      return here(store.find(found.id()))
          .compose(again -> again.isEmpty() ? Future.succeededFuture(Optional.empty()) : claim(again.get(), attempts - 1));
    });
  }

  /** Fences the former owner of the session, on whatever instance. */
  private void announce(RecoveryState claimed) {
    fence(claimed.id(), claimed.gen());
    JsonArray fence = new JsonArray().add(claimed.id()).add(claimed.gen());
    publish(new Broadcast(Broadcast.Action.FENCE, namespace, List.of(), List.of(), fence, false, loop.id(), null));
  }

  private void fence(String id, long gen) {
    SocketRecovery session = sessions.get(id);
    if (session != null && session.gen() < gen) session.fence();
  }

  /** The events that the client missed; empty if they are too many, or not all in the log any more. */
  private Future<Optional<SocketReplay.Missed>> missed(RecoveryState session, Offset seen) {
    return here(events.extent()).compose(extent -> {
      if (seen.seq() > extent.head() || seen.seq() + 1 < extent.first()) return Future.succeededFuture(Optional.empty());
      return here(events.read(session.rooms(), seen.seq(), extent.head(), options.maxMissed() + 1)).compose(read -> {
        if (read.size() > options.maxMissed()) return Future.succeededFuture(Optional.empty());
        // Again, since some may have been trimmed during the read.
        return here(events.extent())
            .map(now -> seen.seq() + 1 < now.first() ? Optional.empty() : Optional.of(new SocketReplay.Missed(read, extent.head())));
      });
    });
  }

  private boolean restore(ConnectContext context, RecoveryState claimed, SocketRecovery session, Optional<SocketReplay.Missed> missed) {
    if (missed.isEmpty()) {
      unregister(session);
      saving(claimed.uid(), store.remove(claimed.id(), claimed.gen()));
      return false;
    }
    context.restore(claimed.sid(), claimed.data());
    context.withheld().forEach(session::left);
    session.replayFrom(missed.get());
    context.begin(session);
    loop.counters().increment(Count.RECOVERIES);
    return true;
  }

  private Future<Void> begin(ConnectContext context) {
    if (context.recalled() != null) context.restore(Ids.ofSocket(), null);
    String pid = Ids.random() + mark();
    Map<String, Long> from = new HashMap<>();
    from.put("", delivered() + 1);
    from.put(context.socketId(), delivered() + 1);
    if (context.userId() != null) from.put(RoomNames.ofUser(context.userId()), delivered() + 1);
    JsonObject data = context.dataOrNull() == null ? new JsonObject() : context.dataOrNull().copy();
    RecoveryState begun = new RecoveryState(hash(pid), context.socketId(), context.userId(), from, data, 1, true, 0, 0,
        expiresAt());
    SocketRecovery session = register(new SocketRecovery(this, pid, begun, context.pid() != null));
    context.begin(session);
    // Also if the save fails: the client is served, and after a reconnect it gets sys:sync instead of what it missed.
    return session.save().otherwiseEmpty();
  }

  private SocketRecovery register(SocketRecovery session) {
    sessions.put(session.id(), session);
    return session;
  }

  @Override
  public void unregister(SocketRecovery session) {
    sessions.remove(session.id(), session);
  }

  /** Saves a session; fails with {@link LogUnavailableException} only. */
  @Override
  public Future<Void> save(RecoveryState session) {
    return saving(session.uid(), store.save(session).recover(failure -> {
      SharedLog.warn("session not saved", namespace, failure);
      return Future.failedFuture(failure instanceof LogUnavailableException ? failure
          : new LogUnavailableException("the session could not be saved", failure));
    }));
  }

  @Override
  public void forget(RecoveryState session) {
    saving(session.uid(), store.remove(session.id(), session.gen()))
        .onFailure(failure -> SharedLog.warn("session not removed", namespace, failure));
  }

  private Future<Void> saving(@Nullable String user, Future<Void> write) {
    Future<Void> here = here(write);
    if (!here.isComplete()) {
      Save save = new Save(user, here);
      saves.add(save);
      here.onComplete(done -> saves.remove(save));
    }
    return here;
  }

  /** Extends the expiry of all sessions in use, by one write. */
  private void extend() {
    if (sessions.isEmpty()) return;
    sessions.values().forEach(SocketRecovery::saveAgain);
    saving(null, store.extend(List.copyOf(sessions.keySet()), expiresAt()))
        .onFailure(failure -> SharedLog.warn("sessions not extended", namespace, failure));
  }

  /**
   * Removes the sessions of this user. A client that reconnects meanwhile waits, so that it does not get one of them.
   *
   * @return fails with {@link LogUnavailableException} if some may be left
   */
  Future<Void> revoke(String user) {
    Future<Void> removed = here(saved(user).compose(done -> opened.future()).compose(open -> store.removeAll(user)));
    revoking = Future.join(revoking, removed).otherwiseEmpty().mapEmpty();
    return removed.onFailure(failure -> SharedLog.warn("sessions of a user not removed", namespace, failure));
  }

  /** Succeeds when no save of this user's sessions is running, or follows one that is: it would store a session again. */
  private Future<Void> saved(String user) {
    List<Future<Void>> theirs = saves.stream().filter(save -> user.equals(save.user)).map(Save::done).toList();
    return theirs.isEmpty() ? Future.succeededFuture() : Future.join(theirs).transform(done -> saved(user));
  }

  /** The same future, completing on this instance's context; itself if it is complete and the caller is there. */
  <T> Future<T> here(Future<T> elsewhere) {
    if (elsewhere.isComplete() && loop.isHere()) return elsewhere;
    Promise<T> here = loop.promise();
    elsewhere.onComplete(here);
    return here.future();
  }

  private static String hash(String text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}
