package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.log.Appended;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.log.Provided;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.protocol.Ids;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.WireFormat;
import dev.magpie.state.Kind;
import dev.magpie.state.RetainedEntry;
import dev.magpie.state.RetainedSpace;
import dev.magpie.state.RetainedValue;
import dev.magpie.state.StateProvider;
import dev.magpie.state.StateStore;
import dev.magpie.state.StreamChunk;
import dev.magpie.state.StreamLimits;
import dev.magpie.state.StreamSpace;
import dev.magpie.state.StreamText;
import dev.magpie.transport.Message;
import dev.magpie.transport.websocket.WebSocketChannel;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authorization.Authorization;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A namespace of an instance: who may join it, what happens then, and the sockets and rooms of this instance's clients in it. Owned by one
 * {@link Io}: configured and read on its context; the methods of {@link Audience} and {@code append} may be called from any thread.
 *
 * <pre>{@code
 * Namespace chat = io.of("/chat");
 * chat.use(ctx -> tokens.verify(ctx.auth().getString("token")).onSuccess(user -> ctx.data().put("user", user)));
 * chat.onConnection(socket -> socket.on("message", args -> chat.emit("message", args.getValue(0))));
 * }</pre>
 */
public final class Namespace extends BroadcastTarget implements Audience {

  private final Loop loop;
  private final Failures<Socket> failures;
  private final String name;
  private final NamespaceHandlers handlers = new NamespaceHandlers();
  /** Of the family, run before its own; null for a namespace that the application made by name. */
  private final @Nullable NamespaceHandlers inherited;
  private final Consumer<Namespace> emptied;
  private final Rooms<Socket> rooms;
  private final BroadcastOperator all = new BroadcastOperator(this);
  private final ServerEvents serverEvents = new ServerEvents();
  /** These two are null where nothing is logged. */
  private @Nullable NamespaceRecovery recovery;
  private @Nullable NamespaceLog log;
  private @Nullable RoomEvents roomEvents;
  /** Null without presence. */
  private @Nullable NamespacePresence presence;
  /** Null until the namespace uses retained values. */
  private @Nullable RetainedRooms<Socket, RetainedEntry, RetainedEntry> retained;
  /** Null until the namespace uses streams. */
  private @Nullable RetainedRooms<Socket, StreamText, StreamChunk> streams;
  private boolean recoversOnRequest;
  /** Of {@link #access}: what was set here, and what the family has. */
  private @Nullable Access own;
  private @Nullable Access family;
  private long acks;
  /** Clients whose admission is pending. */
  private int checking;

  /** One that the application makes by name. */
  Namespace(Loop loop, Failures<Socket> failures, String name) {
    this(loop, failures, name, null, last -> {});
  }

  /**
   * A member of a family.
   *
   * @param inherited the family's handlers
   * @param emptied called when its last socket has left
   */
  Namespace(Loop loop, Failures<Socket> failures, String name, @Nullable NamespaceHandlers inherited, Consumer<Namespace> emptied) {
    this.loop = loop;
    this.failures = failures;
    this.name = name;
    this.inherited = inherited;
    this.emptied = emptied;
    this.rooms = new Rooms<>(loop.counters());
  }

  /** The name, which starts with a slash; {@code /} is the main namespace. */
  @Override
  public String name() {
    return name;
  }

  @Override
  public BroadcastOperator all() {
    return all;
  }

  /**
   * Adds middleware that checks each client before it joins, after the middleware that is there already. A failed future refuses the
   * client, which is told the message (and data) of a {@link ClientError} or of {@code Future.failedFuture("…")}; any other failure is
   * logged, and the client is told only that it was refused. Of an exception that it throws the client is told the message, as by {@code
   * next(new Error(message))} of socket.io, but not of one that shows a fault of the program, such as {@code NullPointerException}.
   */
  public Namespace use(Function<? super ConnectContext, ? extends Future<?>> check) {
    loop.requireOwner("use");
    handlers.use(check);
    return this;
  }

  /**
   * Authenticates each client before it joins, and before its middleware runs: with the token that it sends as {@code auth.jwt}, as {@code
   * auth.token} where that has the form of a JWT, in the header {@code Authorization: Bearer} of the request that opened the connection, or
   * in the cookie or query parameter of the options. The provider gets it as {@code TokenCredentials}; its user becomes {@link
   * Socket#user()}. Without a token, the user that a handler in front of the endpoint has authenticated counts.
   *
   * <p>A client that may not join gets CONNECT_ERROR {@code {"message": "unauthorized" or "forbidden", "data": {"code", "reason"}}}, or
   * message and data of the {@link ClientError} with which the provider fails. A client whose user expires sends a new token by the event
   * {@code auth:refresh} with {@code {token}}, acknowledged with {@code {ok: true, expires}} or {@code {ok: false, code, message}}.
   *
   * @throws IllegalStateException the second time
   */
  public Namespace authenticate(AuthenticationProvider provider, AuthenticationOptions options) {
    loop.requireOwner("authenticate");
    own = Access.of(own).authenticatedBy(new Authenticator(loop, provider, options), name);
    access = Access.within(family, own);
    return this;
  }

  /** The same with the default options. */
  public Namespace authenticate(AuthenticationProvider provider) {
    return authenticate(provider, new AuthenticationOptions());
  }

  /**
   * Sets what a user needs to be in a room, by its name; null for a room that everybody may join. {@link Socket#join} fails for others, a
   * recovered session does not have the room, and a socket leaves it when {@link Socket#renew} takes the right away. Called on the
   * instance's context, for each join.
   *
   * <pre>{@code
   * io.of("/news").authorizeRooms(room -> room.startsWith("staff:") ? RoleBasedAuthorization.create("editor") : null);
   * }</pre>
   */
  public Namespace authorizeRooms(Function<String, @Nullable Authorization> needed) {
    loop.requireOwner("authorizeRooms");
    own = Access.of(own).withRooms(Objects.requireNonNull(needed, "needed"));
    access = Access.within(family, own);
    return this;
  }

  /**
   * Sets what a user needs to send an event, by its name; null for an event that everybody may send. Another user's is not handled, and
   * answered with {@code {"error": "forbidden", "data": {code, reason}}}. Called on the instance's context, for each event.
   */
  public Namespace authorizeEvents(Function<String, @Nullable Authorization> needed) {
    loop.requireOwner("authorizeEvents");
    own = Access.of(own).withEvents(Objects.requireNonNull(needed, "needed"));
    access = Access.within(family, own);
    return this;
  }

  /** The family's rules have changed, or it has become a member. */
  void inherit(@Nullable Access rules) {
    family = rules;
    access = Access.within(family, own);
  }

  /**
   * Switches recovery on: events and sessions are kept, so that clients that reconnect miss nothing. The settings of the instance ({@link
   * RecoveryOptions#namespaces}) override the mode. {@link Io#ready()} fails when the log can never be opened.
   *
   * @throws IllegalStateException when the namespace has clients already, or another mode
   */
  public Namespace recoverable(Recovery mode) {
    loop.requireOwner("recoverable");
    Recovery chosen = loop.options().recovery().namespaces().getOrDefault(name, mode);
    if (recovery != null && recovery.mode() == chosen || recovery == null && chosen == Recovery.NONE) return this;
    if (recovery != null || rooms.size() > 0)
      throw new IllegalStateException("namespace " + name + ": recoverable(mode) is called once, before its first client connects");
    recovery = new NamespaceRecovery(loop, name, chosen, this::deliver);
    log = new NamespaceLog(recovery, this::checked);
    loop.starts(recovery.open());
    // Opened now: what is stored has to reach its rooms before anything is retained anew.
    RetainedSpace.Config config = stateConfig();
    StreamLimits limits = streamLimits();
    if (chosen == Recovery.DURABLE) {
      loop.hub().tell(RetainedSpace.KIND, name, space -> {
        space.use(loop.id());
        space.configure(config);
      });
      loop.hub().tell(StreamSpace.KIND, name, space -> {
        space.use(loop.id());
        space.configure(limits);
      });
    }
    keepPresence();
    return this;
  }

  /**
   * Limits recovery to clients that ask for it: by {@code recovery: true} in their auth, by the {@code pid} of a session, or by the
   * subprotocol {@code magpie.v1}. All others get no pid, and no offset behind the arguments of an event. Without this, as in socket.io,
   * every Socket.IO client of Engine.IO 4 gets both: right where all clients are official ones from version 4.6 on, since others take the
   * offset for one more argument.
   */
  public Namespace recoversOnRequest() {
    recoversOnRequest = true;
    return this;
  }

  /**
   * The log of this namespace.
   *
   * @throws IllegalStateException for a namespace without recovery
   */
  public NamespaceLog log() {
    if (recovery == null) throw new IllegalStateException("namespace " + name + " has no log: recoverable(mode) makes one");
    return log;
  }

  /** Whether it has recovery, and so a log; see {@link #recoverable}. */
  public boolean hasLog() {
    return recovery != null;
  }

  /**
   * Appends an event to the log, which delivers it: see {@link NamespaceLog#append}.
   *
   * @throws IllegalStateException for a namespace without recovery
   */
  public Future<Appended> append(LogEntry entry) {
    return log().append(entry);
  }

  /**
   * The same, for an event to one room.
   *
   * @param cid as in {@link LogEntry#cid}
   * @param uid who sends it, or null
   * @param args as in {@link Socket#emit}
   */
  public Future<Appended> append(String room, String cid, @Nullable String uid, String event, @Nullable Object... args) {
    return append(LogEntry.to(room).cid(cid).by(uid).event(event, args));
  }

  /**
   * Declares what the arguments of an event may be. An event of a client that is not as its contract says is refused before its handlers
   * are called: see {@link InvalidPayload}. An event that this instance sends so throws {@link IllegalArgumentException}, where {@link
   * IoOptions#setCheckSent} is on.
   */
  public Namespace contract(String event, Contract contract) {
    declare(event, contract);
    return this;
  }

  /** Registers a handler that is called for each socket that has joined on this instance. */
  public Namespace onConnection(Consumer<Socket> handler) {
    loop.requireOwner("onConnection");
    handlers.onConnection(handler);
    return this;
  }

  /** Adds an observer of this instance's rooms. */
  public Namespace observeRooms(RoomObserver observer) {
    loop.requireOwner("observeRooms");
    if (roomEvents == null) {
      roomEvents = new RoomEvents(loop);
      rooms.listen(roomEvents);
    }
    roomEvents.add(observer);
    return this;
  }

  /**
   * Switches presence on: the sockets in a room are sent who is there, by the events that {@link PresenceEvents} describes, and the
   * application can ask for it. A member with several devices is there once; one that reconnects within the grace time was never away.
   * Exact over the instances of one Vert.x. In a durable namespace the members of the time before a restart stay for the grace time after
   * it. On the instance's context, on each instance.
   *
   * @throws IllegalStateException the second time
   */
  public Namespace presence(PresenceOptions options) {
    loop.requireOwner("presence");
    if (presence != null) throw new IllegalStateException("namespace " + name + ": presence(options) is called once");
    NamespacePresence made = new NamespacePresence(loop, name, new PresenceOptions(options), this::deliver);
    presence = made;
    made.open();
    keepPresence();
    rooms.listen(made);
    handlers.onConnection(made::connected);
    for (Socket socket : rooms.all()) {
      made.connected(socket);
      socket.rooms().forEach(room -> made.joined(socket, room, false));
    }
    return this;
  }

  /**
   * Who is present in a room.
   *
   * @throws IllegalArgumentException for a name that starts with U+0000
   * @throws IllegalStateException without {@link #presence(PresenceOptions)}
   */
  public RoomPresence presence(String room) {
    if (presence == null) throw new IllegalStateException("namespace " + name + " has no presence: presence(options) switches it on");
    return new RoomPresence(presence, RoomNames.checked(room));
  }

  /** Whether it has presence: see {@link #presence(PresenceOptions)}. May be called from any thread. */
  public boolean hasPresence() {
    return presence != null;
  }

  /**
   * The retained state of a room: the present value of each key, in the order of their versions. See {@link Retained}. May be called from
   * any thread.
   *
   * @return completes on the instance's context; fails with {@link LogUnavailableException} if it cannot be read
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public Future<Map<String, RetainedValue>> retained(String room) {
    return Retained.values(this, RoomNames.checked(room));
  }

  /** Registers a handler for an event that another instance sends by {@link Audience#serverSideEmit}. */
  public Namespace on(String event, Consumer<JsonArray> handler) {
    loop.requireOwner("on");
    serverEvents.add(event, handler, (args, ack) -> handler.accept(args));
    return this;
  }

  /** The same; {@link Ack} answers {@link Audience#serverSideEmitWithAck}. */
  public Namespace on(String event, BiConsumer<JsonArray, Ack> handler) {
    loop.requireOwner("on");
    serverEvents.add(event, handler, handler::accept);
    return this;
  }

  /**
   * Whether this is the id of a socket, of any instance. An application that lets clients choose their rooms must refuse such names: who
   * joins receives what is sent to that socket alone.
   */
  public static boolean isSocketId(String room) {
    return Ids.isOfSocket(room);
  }

  /** Whether it is one of a {@link ParentNamespace}, whose name a client has chosen. */
  public boolean isDynamic() {
    return inherited != null;
  }

  /** This instance's socket with that id; empty when it is not here. */
  public Optional<Socket> socket(String id) {
    return Optional.ofNullable(rooms.find(id));
  }

  /** This instance's sockets; a copy. */
  public List<Socket> sockets() {
    return rooms.all();
  }

  /** Number of this instance's sockets. */
  public int size() {
    return rooms.size();
  }

  /** The names of the rooms that this instance's sockets have joined. */
  public Set<String> roomNames() {
    return rooms.names();
  }

  // --- Used by the instance

  /** Keeps this kind of room state from now on; does nothing the second time. */
  void switchOn(Kind<?> kind) {
    if (kind == RetainedSpace.KIND && retained == null) {
      retained = new RetainedRooms<>(loop, name, rooms, new StateSockets(), kind, (former, change) -> change,
          entry -> StateEvent.of(name, entry), entry -> StateEvent.of(name, entry));
      retained.start();
    }
    if (kind == StreamSpace.KIND && streams == null) {
      streams = new RetainedRooms<>(loop, name, rooms, new StateSockets(), kind, StreamText::after,
          text -> StateEvent.ofStream(name, text.event()), chunk -> StateEvent.ofStream(name, chunk.event()));
      streams.start();
    }
  }

  @Override
  RetainedSpace.Config stateConfig() {
    return !isDurable() ? super.stateConfig()
        : new RetainedSpace.Config(loop.options().state(), removedMillis(), () -> openState(""));
  }

  @Override
  StreamLimits streamLimits() {
    return isDurable() ? StreamLimits.of(loop.options().state(), () -> openState("#streams")) : super.streamLimits();
  }

  private boolean isDurable() {
    return recovery != null && recovery.mode() == Recovery.DURABLE;
  }

  private void keepPresence() {
    if (presence != null && isDurable()) presence.keep(() -> openState("#presence"));
  }

  /** @param part of the namespace's state, which has a store of its own */
  private Future<StateStore> openState(String part) {
    IoOptions options = loop.options();
    try {
      return Provided.choose(StateProvider.class, "state.provider", options.stateProvider())
          .orElseThrow(() -> new IllegalStateException("namespace " + name + " is durable, and no store of state is on the class path"))
          .open(loop.vertx(), options.name() + part + name, options.recovery().settings());
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  @Override
  Loop loop() {
    return loop;
  }

  Failures<Socket> failures() {
    return failures;
  }

  Rooms<Socket> rooms() {
    return rooms;
  }

  @Nullable NamespaceRecovery recovery() {
    return recovery;
  }

  Future<Void> close() {
    if (presence != null) presence.close();
    if (isDurable()) {
      loop.hub().tell(RetainedSpace.KIND, name, space -> space.leave(loop.id()));
      loop.hub().tell(StreamSpace.KIND, name, space -> space.leave(loop.id()));
    }
    return recovery == null ? Future.succeededFuture() : recovery.close();
  }

  long nextAckId() {
    return acks++;
  }

  boolean hasMiddleware() {
    return handlers.hasMiddleware() || inherited != null && inherited.hasMiddleware() || access != null && access.authenticator() != null;
  }

  /** Passes on null when the client may join, else why not. */
  void check(ConnectContext context, Consumer<@Nullable Throwable> done) {
    checking++;
    Consumer<@Nullable Throwable> last =
        failure -> {
          checking--;
          done.accept(failure);
        };
    if (access == null || access.authenticator() == null) checkIdentified(context, last);
    else access.authenticator().check(context, failure -> {
      if (failure != null) last.accept(failure);
      else checkIdentified(context, last);
    });
  }

  private void checkIdentified(ConnectContext context, Consumer<@Nullable Throwable> last) {
    if (!recovers(context)) runMiddleware(context, failure -> last.accept(failure == null ? rooms(context) : failure));
    else
      recovery.recall(context).onComplete(recalled -> runMiddleware(context, failure -> {
        Throwable refusal = failure == null ? rooms(context) : failure;
        if (refusal != null) last.accept(refusal);
        else recovery.admit(context).onComplete(admitted -> last.accept(null));
      }));
  }

  /** Withholds the rooms of the session that the client may not join; returns the refusal of a client that names such a room, or null. */
  private @Nullable Throwable rooms(ConnectContext context) {
    if (access == null || access.rooms() == null) return null;
    for (String room : context.wanted()) if (!access.mayJoin(context.user(), room)) return Unauthorized.ROOM;
    for (String room : context.rooms()) if (!access.mayJoin(context.user(), room)) context.withhold(room);
    return null;
  }

  private boolean recovers(ConnectContext context) {
    return recovery != null && context.canRecover() && (context.asksToRecover() || !recoversOnRequest);
  }

  private void runMiddleware(ConnectContext context, Consumer<@Nullable Throwable> last) {
    if (inherited == null) handlers.check(context, loop, last);
    else
      inherited.check(context, loop, failure -> {
        if (failure != null) last.accept(failure);
        else handlers.check(context, loop, last);
      });
  }

  @Nullable String userIdOf(User user) {
    return access == null || access.authenticator() == null ? Identity.subject(user) : access.authenticator().userId(user);
  }

  /** How long before its user expires a client is told, in milliseconds. */
  long expiryNotice() {
    return access == null || access.authenticator() == null ? AuthenticationOptions.NOTICE_MILLIS : access.authenticator().notice();
  }

  /** The client has joined; a recovered one is in its rooms again. */
  void add(Socket socket) {
    rooms.add(socket);
    loop.counters().increment(Count.SOCKETS);
    if (socket.session() != null) {
      socket.session().rooms().forEach(room -> rooms.join(socket, room));
      socket.countRestoredRooms();
    }
    if (socket.userId() != null) join(socket, RoomNames.ofUser(socket.userId()));
  }

  /** Runs the connection handlers: the client has been told that it has joined. */
  void connected(Socket socket) {
    if (inherited != null) inherited.connected(socket);
    handlers.connected(socket);
  }

  void join(Socket socket, String room) {
    rooms.join(socket, room);
    if (socket.session() != null) socket.session().joined(room);
  }

  void leave(Socket socket, String room) {
    rooms.leave(socket, room);
    if (socket.session() != null) socket.session().left(room);
  }

  void remove(Socket socket) {
    rooms.remove(socket);
    loop.counters().add(Count.SOCKETS, -1);
  }

  /** Closes the connections of a user's sockets here; succeeds when none of the user's sessions can be recovered. */
  Future<Void> disconnectUser(String id) {
    List<Socket> theirs = new ArrayList<>();
    rooms.select(List.of(RoomNames.ofUser(id)), List.of(), theirs::add);
    theirs.forEach(socket -> socket.disconnect(true));
    return recovery == null ? Future.succeededFuture() : recovery.revoke(id);
  }

  /** A dynamic namespace is removed with its last client. */
  void releaseIfEmpty() {
    if (inherited != null && rooms.size() == 0 && checking == 0 && loop.options().cleanupEmptyChildNamespaces()) emptied.accept(this);
  }

  @Override
  BroadcastTarget member(String namespace) {
    return this;
  }

  @Override
  void receive(Broadcast broadcast) {
    if (recovery == null) deliver(broadcast);
    else recovery.receive(broadcast);
  }

  @Override
  boolean log(Broadcast broadcast) {
    if (recovery == null || broadcast.action() != Broadcast.Action.EMIT || broadcast.unreliable()) return false;
    recovery.log(broadcast);
    return true;
  }

  @Override
  Future<@Nullable Appended> append(Broadcast broadcast, @Nullable String cid) {
    if (recovery == null || broadcast.unreliable()) return super.append(broadcast, cid);
    loop.counters().increment(Count.BROADCASTS);
    return recovery.append(broadcast, cid);
  }

  @Override
  void deliver(Broadcast broadcast) {
    switch (broadcast.action()) {
      case EMIT -> emit(recovery == null || broadcast.offset() != null ? broadcast : broadcast.marked(recovery.offset()));
      case JOIN -> selected(broadcast).forEach(socket -> socket.join(names(broadcast)));
      case LEAVE -> selected(broadcast).forEach(socket -> socket.leave(names(broadcast)));
      // Not for one namespace's sockets: see NamespaceRecovery and Io.
      case FENCE, RETAIN, DISCONNECT_USER -> {}
      case DISCONNECT -> selected(broadcast).forEach(socket -> socket.disconnect(broadcast.event().getBoolean(0)));
      case SERVER_EVENT -> serverEvent(broadcast.event(), false);
    }
  }

  private void emit(Broadcast broadcast) {
    if (loop.events() != null) reported(broadcast);
    rooms.select(broadcast.rooms(), broadcast.except(), socket -> socket.deliver(broadcast));
    WebSocketChannel.whenWritten(broadcast.emittedAt(), loop.counters().deliveries()::record);
  }

  private void reported(Broadcast broadcast) {
    int receivers = count(broadcast);
    if (receivers > 0) loop.events().broadcast(name, broadcast.event(), receivers);
  }

  private List<Socket> selected(Broadcast broadcast) {
    List<Socket> selected = new ArrayList<>();
    select(broadcast, selected::add);
    return selected;
  }

  private static String[] names(Broadcast broadcast) {
    return broadcast.event().stream().map(String.class::cast).toArray(String[]::new);
  }

  void select(Broadcast selection, Consumer<Socket> chosen) {
    rooms.select(selection.rooms(), selection.except(), chosen);
  }

  @Override
  int count(Broadcast selection) {
    if (selection.rooms().isEmpty() && selection.except().isEmpty()) return rooms.size();
    int[] count = {0};
    select(selection, socket -> count[0]++);
    return count[0];
  }

  @Override
  JsonArray describe(Broadcast selection) {
    JsonArray descriptions = new JsonArray();
    if (selection.event().isEmpty()) select(selection, socket -> descriptions.add(socket.describe()));
    else page(selection).forEach(socket -> descriptions.add(socket.describe()));
    return descriptions;
  }

  /** The first of the selected sockets behind an id, as the selection's event says. */
  private Collection<Socket> page(Broadcast selection) {
    String after = selection.event().getString(0);
    int limit = selection.event().getInteger(1);
    TreeMap<String, Socket> first = new TreeMap<>();
    select(selection, socket -> {
      if (socket.id().compareTo(after) <= 0 || first.size() == limit && socket.id().compareTo(first.lastKey()) > 0) return;
      first.put(socket.id(), socket);
      if (first.size() > limit) first.pollLastEntry();
    });
    return first.values();
  }

  /** One acknowledgement id for all sockets, so that the event is encoded once. */
  @Override
  void request(Broadcast broadcast, AckRound round) {
    if (loop.events() != null) reported(broadcast);
    Packet packet = Packet.event(name, nextAckId(), broadcast.event());
    Message[] encoded = new Message[WireFormat.SLOTS];
    select(broadcast, socket -> socket.request(packet, encoded, round));
  }

  @Override
  Future<JsonArray> serverEvent(JsonArray event, boolean answer) {
    return serverEvents.run(event, answer, loop, failures);
  }

  /** The sockets, as the state of their rooms sees them. */
  private final class StateSockets implements RetainedRooms.Sockets<Socket> {
    @Override
    public boolean isFull(Socket socket) {
      return socket.isFull();
    }

    @Override
    public void whenWritable(Socket socket, Runnable then) {
      socket.whenWritable(then);
    }

    @Override
    public boolean recovered(Socket socket) {
      return socket.recovered();
    }

    @Override
    public boolean isReplaying(Socket socket) {
      return socket.session() != null && socket.session().isReplaying();
    }

    @Override
    public void afterReplay(Socket socket, Runnable then) {
      if (isReplaying(socket)) socket.session().hold(then);
      else then.run();
    }

    @Override
    public void send(Socket socket, StateEvent event) {
      socket.deliver(event);
    }

    @Override
    public @Nullable String position() {
      return recovery == null ? null : recovery.offset();
    }

    @Override
    public void sent(StateEvent event, int receivers) {
      if (loop.events() != null) loop.events().broadcast(name, event.event(), receivers);
    }
  }

  @Override
  public String toString() {
    return "Namespace[" + name + "]";
  }
}
