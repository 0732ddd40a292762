package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.Listeners.Action;
import dev.magpie.core.Listeners.Listener;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.EventNames;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PlainJsonFormat;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.Values;
import dev.magpie.protocol.WireFormat;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.Message;
import dev.magpie.transport.Networks;
import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import dev.magpie.transport.heartbeat.TimerHandle;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client in one namespace, over any transport: Socket.IO by polling or WebSocket, or a plain WebSocket. Owned by its instance: handlers
 * are registered and called on the instance's context, and what it returns is read there. The methods that send, join, leave, save or
 * disconnect may be called from any thread; off the context they take effect when the context has run them.
 *
 * <pre>{@code
 * io.onConnection(socket -> {
 *   socket.join(socket.query("roomid", "lobby"));
 *   socket.on("message", String.class, text -> socket.to("lobby").emit("message", text));
 *   socket.onAck("order", Order.class, order -> orders.save(order));
 *   socket.onDisconnect(reason -> log.info("{} left: {}", socket.id(), reason));
 * });
 * }</pre>
 */
public final class Socket extends TypedHandlers<Socket> {
  static final Logger log = LoggerFactory.getLogger(Socket.class);

  /** A handler that runs longer is logged, since all clients of the loop waited for it. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  // Set once when the namespace has admitted the client.
  private final Namespace namespace;
  private final Connection connection;
  private final String id;
  private final @Nullable JsonObject auth;
  /** Of its auth, retained by the connection. */
  private final int authBytes;
  /** Null in a namespace that does not recover, and for a client that cannot. */
  private final @Nullable SocketRecovery session;

  /** Null for a client that is not identified; the id in it stays. */
  private @Nullable Identity identity;
  /** Null for a user that does not expire. */
  private @Nullable Expiry expiry;

  // Made when first used: there are many sockets, and most of them are idle.
  private @Nullable JsonObject data;
  private @Nullable Listeners listeners;
  private @Nullable Observers observers;
  private @Nullable PendingAcks acks;
  private @Nullable Inbox inbox;
  private @Nullable BlockingCalls blocking;
  private @Nullable WriteQueue writeQueue;

  /** Bytes of the event whose handlers run. */
  private int handling;
  private boolean connected = true;
  /** Whether its auth asks for room, key and version behind the arguments of retained values. */
  private final boolean wantsDetails;

  Socket(Namespace namespace, Connection connection, ConnectContext context) {
    this.namespace = namespace;
    this.connection = connection;
    this.id = context.socketId();
    this.auth = context.authOrNull();
    this.authBytes = context.bytes();
    this.session = context.session();
    this.identity = context.identity();
    this.data = context.dataOrNull();
    this.wantsDetails = auth != null && Boolean.TRUE.equals(auth.getValue("state")) && !(connection.format instanceof PlainJsonFormat);
    if (session != null) session.attach(new SessionOwner());
  }

  /** The id: random, unlike that of the connection no secret, and a room that holds this socket alone. */
  @Override
  public String id() {
    return id;
  }

  /** The namespace that it has joined. */
  public Namespace namespace() {
    return namespace;
  }

  /** The request that opened the connection. */
  public Handshake handshake() {
    return connection.link.handshake();
  }

  /** What the client sent as {@code auth} when it joined; empty if it sent nothing. Read-only. */
  public JsonObject auth() {
    return auth == null ? new JsonObject() : auth;
  }

  /**
   * The application's data of this socket, empty at first; may be changed. {@link RemoteSocket#data()} is a copy of it. What is put into it
   * becomes JSON at once, as an argument of {@link #emit}; what cannot be written is refused with an {@link IllegalArgumentException}.
   */
  public JsonObject data() {
    if (data == null) data = loop().values().newObject();
    return data;
  }

  /** The first query parameter of that name in the handshake, or null. */
  public @Nullable String query(String name) {
    return handshake().query(name);
  }

  /** The first query parameter of that name in the handshake, or {@code otherwise} if it is missing or empty. */
  public String query(String name, String otherwise) {
    String value = query(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  /** The client's IP address; behind a trusted proxy the one that the proxy forwards. */
  public String address() {
    return handshake().address();
  }

  /** The key of limits per address: the {@link #address}, of an IPv6 address its /64 network. */
  public String limitedAddress() {
    return Networks.limited(address());
  }

  /** The transport that carries this client's messages now: {@code polling} or {@code websocket}. */
  public String transportName() {
    return connection.link.transportName();
  }

  /** Whether it is still in the namespace. */
  public boolean isConnected() {
    return connected;
  }

  /** Whether this client has reconnected to its session: it has its former id, rooms and data, and gets the events that it missed. */
  public boolean recovered() {
    return session != null && session.recovered();
  }

  /** The user that {@link ConnectContext#identify(User)} has set; null if none. */
  public @Nullable User user() {
    return identity == null ? null : identity.user();
  }

  /** The id of its user, by which {@link Audience#toUser} and {@link Io#disconnectUser} find it; null if it is not identified. */
  public @Nullable String userId() {
    return Identity.idOf(identity);
  }

  /**
   * Replaces its user by the same one with a new token: it stays until that expires, and leaves the rooms that {@link
   * Namespace#authorizeRooms} does not allow any more. {@link Namespace#authenticate} does so for {@code auth:refresh}; an application that
   * identifies its users itself calls this. On the instance's context only; does nothing once the socket has left.
   *
   * @throws IllegalArgumentException for a user with another id
   */
  public void renew(User user) {
    loop().requireOwner("renew");
    String id = namespace.userIdOf(user);
    if (!Objects.equals(id, userId())) throw new IllegalArgumentException("renew: a new token is of the same user");
    renew(Identity.of(user, id));
  }

  private JsonArray renew(Identity renewed) {
    JsonArray left = new JsonArray();
    if (!connected) return left;
    identity = renewed;
    if (expiry != null) expiry.renew(renewed.until());
    else if (renewed.until() != Identity.NEVER) expiry = new UserExpiry(renewed.until());
    if (namespace.access == null) return left;
    for (String room : rooms()) if (!room.equals(id) && !namespace.access.mayJoin(user(), room)) left.add(room);
    if (!left.isEmpty()) leave(left.stream().map(String.class::cast).toArray(String[]::new));
    return left;
  }

  // --- Rooms

  /**
   * Joins rooms; a room that it is in already is ignored.
   *
   * @return succeeds when the rooms are stored in the client's session; at once in a namespace without recovery. Fails with a {@link
   *     ClientError} when {@link Namespace#authorizeRooms} does not allow one of them; it joins none then. Fails too when a limit does not
   *     allow a further room ({@link IoOptions#setMaxRooms}, or one of the client's address or user): it joins the others, the error's
   *     data is {@code {what, limit, until}}, and the client is told by {@code sys:limit}
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public Future<Void> join(String... rooms) {
    RoomNames.checked(rooms);
    return namespace.access != null && namespace.access.rooms() != null ? joinAllowed(rooms) : enter(rooms);
  }

  private Future<Void> joinAllowed(String... rooms) {
    Promise<Void> joined = loop().promise();
    loop().run(() -> {
      for (String room : rooms) {
        if (room.equals(id) || namespace.access.mayJoin(user(), room)) continue;
        joined.fail(Unauthorized.ROOM);
        return;
      }
      enter(rooms).onComplete(joined);
    });
    return joined.future();
  }

  private Future<Void> enter(String... rooms) {
    if (!loop().isHere()) {
      Promise<Void> entered = loop().promise();
      loop().run(() -> enter(rooms).onComplete(entered));
      return entered.future();
    }
    Exceeded refused = null;
    for (String room : rooms) {
      Exceeded exceeded = mayEnter(room);
      if (exceeded == null) namespace.join(this, room);
      else refused = exceeded;
    }
    Future<Void> stored = save();
    if (refused == null) return stored;
    warn(refused);
    return ClientError.future(refused.text(), refused.toJson());
  }

  /** Counts a further room. @return the limit that does not allow it; null if it may join */
  private @Nullable Exceeded mayEnter(String room) {
    if (!connected || Rooms.isIn(this, room)) return null;
    int internal = identity == null ? 0 : 1;
    if (joined != null && joined.size() - internal >= loop().options().maxRooms()) {
      loop().limits().refused(Scope.SOCKET, Resource.ROOMS);
      return new Exceeded(Scope.SOCKET, Resource.ROOMS, loop().options().maxRooms(), 0);
    }
    return connection.use == null ? null : connection.use.hold(Resource.ROOMS, userId());
  }

  /**
   * Leaves rooms; a room that it is not in is ignored.
   *
   * @return as of {@link #join}
   * @throws IllegalArgumentException as {@link #join}
   */
  public Future<Void> leave(String... rooms) {
    RoomNames.checked(rooms);
    return moved(() -> {
      for (String room : rooms) {
        if (connection.use != null && !room.equals(id) && Rooms.isIn(this, room)) connection.use.release(Resource.ROOMS, userId(), 1);
        namespace.leave(this, room);
      }
    });
  }

  /** Its rooms but its own id. */
  private long countedRooms() {
    return Rooms.of(this).size() - 1L;
  }

  /** Counts the rooms of its session, in which it is again. */
  void countRestoredRooms() {
    if (connection.use != null && joined != null) connection.use.add(Resource.ROOMS, userId(), countedRooms());
  }

  private Future<Void> moved(Runnable move) {
    if (session == null) {
      loop().run(move);
      return Future.succeededFuture();
    }
    return save(move);
  }

  /**
   * Stores {@link #data()} as it is now in the client's session, where the namespace recovers; joining and leaving do so too.
   *
   * @return succeeds when it is stored; at once in a namespace without recovery. Fails with an {@link IllegalArgumentException} that names
   *     a value within the data that cannot be written; the rest is stored
   */
  public Future<Void> save() {
    return session == null ? Future.succeededFuture() : save(() -> {});
  }

  private Future<Void> save(Runnable change) {
    Promise<Void> saved = loop().promise();
    loop().run(() -> {
      change.run();
      if (connected) session.save().onComplete(saved);
      else saved.complete();
    });
    return saved.future();
  }

  /** The rooms that it is in, its own id first; a copy. */
  public Set<String> rooms() {
    return Rooms.of(this);
  }

  /** Whether it is in this room. */
  public boolean isIn(String room) {
    return Rooms.isIn(this, room);
  }

  // --- Sending to this client

  /**
   * Sends an event to this client. Does nothing when it has left.
   *
   * @param args null, strings, numbers, booleans, enums, {@code java.time}, {@link JsonObject} and {@link JsonArray}, arrays, maps,
   *     collections, {@code Optional}, Jackson's nodes, records and beans, with {@link io.vertx.core.buffer.Buffer}, {@code byte[]} or
   *     {@code ByteBuffer} at any depth: see {@link IoOptions#setMapper}
   * @throws IllegalArgumentException for a reserved event name, or for an argument that cannot be written, which the message names; nothing
   *     is sent then
   */
  public void emit(String event, @Nullable Object... args) {
    emit(false, null, event, args);
  }

  /**
   * The same for arguments that are in an array, each as one argument: {@code socket.onAny((event, args) ->
   * socket.broadcast().emitArgs(event, args))} relays what came as it came. {@link #emit} sends an array as one argument.
   *
   * @throws IllegalArgumentException as {@link #emit}
   */
  public void emitArgs(String event, JsonArray args) {
    emit(event, args.getList().toArray());
  }

  void emit(boolean unreliable, @Nullable String key, String event, @Nullable Object... args) {
    Loop loop = loop();
    if (loop.isHere()) send(unreliable, key, namespace.checked(Arguments.event(loop.values(), event, args)));
    else {
      JsonArray content = namespace.checked(Arguments.shared(loop.values(), event, args));
      loop.run(() -> send(unreliable, key, content));
    }
  }

  /**
   * Sends an event and awaits the client's acknowledgement for {@link IoOptions#ackTimeout()}; {@link #timeout} sets it for one call.
   *
   * @param args as in {@link #emit}
   * @return the arguments of the acknowledgement; fails with {@link AckTimeoutException} when it does not come in time, when the client
   *     leaves, or when it owes {@link IoOptions#maxPendingAcks()} already. Completes on the instance's context
   * @throws IllegalArgumentException as {@link #emit}
   */
  public Future<JsonArray> emitWithAck(String event, @Nullable Object... args) {
    return emitWithAck(false, 0, event, args);
  }

  Future<JsonArray> emitWithAck(boolean unreliable, long timeoutMillis, String event, @Nullable Object... args) {
    Loop loop = loop();
    JsonArray content = loop.isHere() ? Arguments.event(loop.values(), event, args) : Arguments.shared(loop.values(), event, args);
    namespace.checked(content);
    Promise<JsonArray> answer = loop.promise();
    long millis = timeoutMillis > 0 ? timeoutMillis : loop.options().ackTimeout();
    loop.run(() -> request(unreliable, content, millis, answer));
    return answer.future();
  }

  /** See {@link SocketOperator#timeout}. */
  public SocketOperator timeout(long millis) {
    return new SocketOperator(this).timeout(millis);
  }

  /** See {@link SocketOperator#unreliable}. */
  public SocketOperator unreliable() {
    return new SocketOperator(this).unreliable();
  }

  /** See {@link SocketOperator#latest}. */
  public SocketOperator latest(String key) {
    return new SocketOperator(this).latest(key);
  }

  /** See {@link SocketOperator#compress}. */
  public SocketOperator compress(boolean compress) {
    return new SocketOperator(this);
  }

  // --- Backpressure

  /**
   * Whether a sender should pause until the {@link #drainHandler}, as in Vert.x' {@code WriteStream}: about 64 KiB wait for this client.
   * Nothing stops a sender that goes on; beyond {@link IoOptions#setSendQueueBytes} the client is closed as {@code slow consumer}. The
   * queue is the connection's: its other namespaces, and broadcasts, fill it too. In a namespace with recovery it is full during a replay,
   * and {@link #emit} counts once the log has delivered the event. True once the socket has left. On the instance's context only.
   */
  public boolean writeQueueFull() {
    boolean full = !connected || WriteQueue.isFull(connection, session);
    if (full && writeQueue != null) writeQueue.await();
    return full;
  }

  /**
   * Sets the handler that is called each time the queue was {@link #writeQueueFull full} and takes more again; null removes it. Not called
   * once the socket has left: see {@link #onDisconnect}. On the instance's context only.
   */
  public Socket drainHandler(@Nullable Handler<Void> handler) {
    loop().requireOwner("drainHandler");
    if (writeQueue == null) writeQueue = new WriteQueue(connection, session, (event, failure) -> failed(event, failure, Ack.NONE));
    if (connected) writeQueue.setHandler(handler);
    return this;
  }

  /**
   * Bytes that were sent to this client's connection, framing included, and that the network has not taken: of a WebSocket what the
   * operating system has not taken, of long-polling what waits for the next poll. 0 once the connection has ended. On the instance's
   * context only.
   */
  public long queuedBytes() {
    return connection.link.queuedBytes();
  }

  // --- Sending to others

  /** All sockets of the namespace except this one. */
  public BroadcastOperator broadcast() {
    return namespace.all().except(id);
  }

  /** The sockets in these rooms, except this one. */
  public BroadcastOperator to(String... rooms) {
    return broadcast().to(rooms);
  }

  /** The sockets of these users, except this one: the user's other devices by {@code socket.toUser(socket.userId())}. */
  public BroadcastOperator toUser(String... ids) {
    return broadcast().toUser(ids);
  }

  /** The same as {@link #to}. */
  public BroadcastOperator in(String... rooms) {
    return broadcast().to(rooms);
  }

  /** All sockets except this one and those in these rooms. */
  public BroadcastOperator except(String... rooms) {
    return broadcast().except(rooms);
  }

  /** All sockets of this instance except this one. */
  public BroadcastOperator local() {
    return broadcast().local();
  }

  // --- Receiving from this client

  /**
   * Registers a handler for an event; it gets the arguments, binary ones as {@link JsonArray#getBuffer}. A handler that throws is logged
   * and counted; the connection stays.
   *
   * @throws IllegalArgumentException for a reserved event name
   */
  public Socket on(String event, Consumer<JsonArray> handler) {
    return listen(event, handler, (args, ack) -> handler.accept(args), false, false);
  }

  /** Registers a handler for an event; {@link Ack} acknowledges it where the client asks for that. */
  public Socket on(String event, BiConsumer<JsonArray, Ack> handler) {
    return listen(event, handler, handler::accept, false, true);
  }

  /** Registers a handler for the next such event only. */
  public Socket once(String event, Consumer<JsonArray> handler) {
    return listen(event, handler, (args, ack) -> handler.accept(args), true, false);
  }

  /** Registers a handler for the next such event only, with its {@link Ack}. */
  public Socket once(String event, BiConsumer<JsonArray, Ack> handler) {
    return listen(event, handler, handler::accept, true, true);
  }

  @Override
  Socket handle(String event, Object handler, Parameters types, Call call, boolean acknowledges) {
    return listen(event, handler, (args, ack) -> call.run(read(event, args, types), ack), false, acknowledges);
  }

  @Override
  Socket ask(String event, Object handler, Parameters types, Function<@Nullable Object[], ? extends Future<?>> call) {
    return listen(event, handler, (args, ack) -> {
      Future<?> result = call.apply(read(event, args, types));
      answer(event, Objects.requireNonNull(result, "the handler returned null instead of a future"), ack);
    }, false, true);
  }

  @Override
  Socket block(String event, Object handler, Parameters types, BlockingFunction<@Nullable Object[], ?> call, boolean virtual) {
    if (virtual) loop().requireVirtualThreads();
    return listen(event, handler, (args, ack) -> {
      if (blocking == null) blocking = new BlockingCalls(loop(), connection);
      Future<Object> result = blocking.add(() -> call.apply(read(event, args, types)), handling, virtual);
      if (result != null) answer(event, result, ack);
      else connection.close(CloseReason.RATE_LIMIT, "too many events wait for '" + event + "'");
    }, false, true);
  }

  private @Nullable Object[] read(String event, JsonArray args, Parameters types) {
    return types.read(loop().values(), event, args, loop().options().validator());
  }

  /** Whether it has a handler of this event; those of {@link #onAny} do not count. */
  public boolean handles(String event) {
    return listeners != null && listeners.has(event);
  }

  /** Removes all handlers of an event. */
  public Socket off(String event) {
    loop().requireOwner("off");
    if (listeners != null) listeners.remove(event, null);
    return this;
  }

  /** Removes one handler of an event: the same object that was registered. */
  public Socket off(String event, Object handler) {
    loop().requireOwner("off");
    if (listeners != null) listeners.remove(event, handler);
    return this;
  }

  /** Registers an observer that is called before the handlers of every event from this client, with its name and arguments. */
  public Socket onAny(BiConsumer<String, JsonArray> handler) {
    observers().addIncoming(handler, false);
    return this;
  }

  /** The same, before the observers that are registered already. */
  public Socket prependAny(BiConsumer<String, JsonArray> handler) {
    observers().addIncoming(handler, true);
    return this;
  }

  /** Removes one observer that {@link #onAny} or {@link #prependAny} registered. */
  public Socket offAny(BiConsumer<String, JsonArray> handler) {
    observers().removeIncoming(handler);
    return this;
  }

  /** Removes all observers that {@link #onAny} and {@link #prependAny} registered. */
  public Socket offAny() {
    observers().clearIncoming();
    return this;
  }

  /** Registers an observer that is called for every event to this client, acknowledgements excepted. */
  public Socket onAnyOutgoing(BiConsumer<String, JsonArray> handler) {
    observers().addOutgoing(handler, false);
    return this;
  }

  /** The same, before the observers that are registered already. */
  public Socket prependAnyOutgoing(BiConsumer<String, JsonArray> handler) {
    observers().addOutgoing(handler, true);
    return this;
  }

  /** Removes one observer that {@link #onAnyOutgoing} or {@link #prependAnyOutgoing} registered. */
  public Socket offAnyOutgoing(BiConsumer<String, JsonArray> handler) {
    observers().removeOutgoing(handler);
    return this;
  }

  /** Removes all observers that {@link #onAnyOutgoing} and {@link #prependAnyOutgoing} registered. */
  public Socket offAnyOutgoing() {
    observers().clearOutgoing();
    return this;
  }

  /**
   * Adds middleware that checks each event ({@code [name, arg, …]}) before its handlers. When its future fails, the event is dropped, and
   * an acknowledgement is {@code {"error": message}}: see {@link ClientError}. Later events wait, so their order is kept; when {@link
   * IoOptions#maxWaiting()} wait, the connection is closed as {@code rate limit}.
   */
  public Socket use(Function<? super JsonArray, ? extends Future<?>> check) {
    loop().requireOwner("use");
    if (inbox == null) inbox = new Checked();
    inbox.use(check);
    return this;
  }

  /** Registers a handler that is called when it is about to leave and is still in its rooms; with the reason of {@link #onDisconnect}. */
  public Socket onDisconnecting(Consumer<String> handler) {
    observers().addDisconnecting(handler);
    return this;
  }

  /**
   * Registers a handler that is called once when it has left, with the reason: {@code client namespace disconnect}, {@code server namespace
   * disconnect}, or the {@link CloseReason#text} of the connection's end.
   */
  public Socket onDisconnect(Consumer<String> handler) {
    observers().addDisconnected(handler);
    return this;
  }

  /**
   * Registers a handler that is called when the client's connection has changed from long-polling to another transport, with its name as of
   * {@link #transportName}. Not called for a client that had changed before it joined.
   */
  public Socket onUpgrade(Consumer<String> handler) {
    observers().addUpgraded(handler);
    return this;
  }

  /** Makes it leave the namespace; the connection stays for its other namespaces. The client does not reconnect by itself. */
  public void disconnect() {
    disconnect(false);
  }

  /**
   * Makes it leave the namespace.
   *
   * @param close whether the connection is closed, with all its namespaces
   */
  public void disconnect(boolean close) {
    loop().run(() -> {
      if (connected) connection.disconnect(namespace.name(), close);
    });
  }

  // --- Used by the instance

  Loop loop() {
    return connection.loop;
  }

  @Nullable SocketRecovery session() {
    return session;
  }

  /** The client has been told that it has joined: runs the connection handlers, then the replay. */
  void begin() {
    if (identity != null && identity.until() != Identity.NEVER) expiry = new UserExpiry(identity.until());
    if (session == null) {
      namespace.connected(this);
      namespace.rooms().begun(this);
    } else {
      session.greet();
      namespace.connected(this);
      namespace.rooms().begun(this);
      session.replay();
    }
  }

  /** The connection has another transport. */
  void upgraded() {
    if (observers != null) observers.upgraded(transportName());
  }

  /** Handles an event or an acknowledgement of the client. */
  void receive(Packet packet) {
    switch (packet.type()) {
      case EVENT, BINARY_EVENT -> {
        if (expiry != null && expiry.isOver()) expire();
        if (!connected || namespace.access != null && isAnswered(namespace.access, packet)) return;
        if (loop().events() != null) loop().events().received(this, packet.arguments());
        if (inbox == null) handle(packet, connection.routed());
        else if (!inbox.add(packet, connection.routed(), loop().options().maxWaiting()))
          connection.close(CloseReason.RATE_LIMIT, "too many events wait for middleware");
      }
      case ACK, BINARY_ACK -> {
        if (acks == null || !acks.answer(packet.id(), packet.arguments())) loop().counters().increment(Count.ACKS_IGNORED);
      }
      case CONNECT, CONNECT_ERROR, DISCONNECT -> throw new IllegalArgumentException("not for a socket: " + packet.type());
    }
  }

  /** Whether the event is no matter of the handlers: a new token, or one that the user may not send. */
  private boolean isAnswered(Access access, Packet packet) {
    String event = Arguments.name(packet.arguments());
    if (access.authenticator() != null && event.equals(Authenticator.REFRESH)) {
      refresh(access.authenticator(), Arguments.tail(packet.arguments()), ackOf(packet));
      return true;
    }
    if (access.maySend(user(), event)) return false;
    failed(event, Unauthorized.EVENT, ackOf(packet));
    return true;
  }

  private void refresh(Authenticator authenticator, JsonArray args, Ack ack) {
    if (expiry == null) expiry = new UserExpiry(Identity.NEVER);
    if (identity == null) refused(Unauthorized.unknown("user_unknown", "the client has no user: connect anew with the token"), ack);
    else if (!expiry.takesToken()) refused(Unauthorized.unknown("too_soon", "at most one new token a second"), ack);
    else {
      Object token = args.size() > 0 && args.getValue(0) instanceof JsonObject sent ? sent.getValue("token") : null;
      authenticator.refresh(token, identity.id()).onComplete(checked -> loop().run(() -> {
        if (!connected) return;
        if (checked.failed()) refused(checked.cause(), ack);
        else refreshed(checked.result(), ack);
      }));
    }
  }

  private void refreshed(Identity renewed, Ack ack) {
    JsonArray left = renew(renewed);
    JsonObject answer = new JsonObject().put("ok", true).put("expires", renewed.until() == Identity.NEVER ? null : renewed.until());
    ack.send(left.isEmpty() ? answer : answer.put("left", left));
  }

  private void refused(Throwable failure, Ack ack) {
    Unauthorized refusal = failure instanceof Unauthorized told ? told : Authenticator.REFUSED;
    if (failure != refusal) log.error("token not refreshed socket={} namespace={}", id, namespace.name(), failure);
    ack.send(new JsonObject().put("ok", false).put("code", refusal.code()).put("message", refusal.reason()));
    if (connection.isRefusedTooOften()) connection.close(CloseReason.RATE_LIMIT, "too many refused tokens");
  }

  /** Its user expires soon. */
  private void expiring(long inMillis, long at) {
    if (!connected) return;
    JsonArray event = new JsonArray().add("auth:expiring").add(new JsonObject().put("in", inMillis).put("at", at));
    if (session != null && session.isReplaying()) session.hold(() -> sendUnlogged(event));
    else if (namespace.recovery() != null) sendUnlogged(event);
    else sendNow(Broadcast.encode(connection.format, Packet.event(namespace.name(), event), null), event);
  }

  /** Its user has expired: the connection is closed, and the client may come back with another token. */
  private void expire() {
    if (connected) connection.close(CloseReason.TOKEN_EXPIRED, CloseReason.TOKEN_EXPIRED.text());
  }

  /** Runs the handlers of an event that has passed the middleware. */
  private void handle(Packet packet, long bytes) {
    handling = (int) bytes;
    String event = Arguments.name(packet.arguments());
    JsonArray args = Arguments.tail(packet.arguments());
    Ack ack = ackOf(packet);
    if (namespace.contracts != null && breaks(event, args, ack)) return;
    long begun = System.nanoTime();
    if (observers != null) observers.received(event, args);
    if (listeners != null) {
      if (loop().tracing() == null || !listeners.has(event)) run(event, args, ack);
      else trace(loop().tracing(), event, args, ack);
    }
    if (loop().options().handlerTimeout() > 0 && ack instanceof Limited limited) limited.start();
    long held = System.nanoTime() - begun;
    loop().counters().handlers().record(held);
    if (loop().events() != null) loop().events().handled(this, event, held);
    if (held > SLOW_NANOS) {
      log.warn("handler held the event loop for {} ms socket={} namespace={} event={}; onBlocking runs it on a worker", held / 1_000_000,
          id, namespace.name(), event);
    }
  }

  /** Whether the event's contract does not allow these arguments. */
  private boolean breaks(String event, JsonArray args, Ack ack) {
    try {
      InvalidPayload violation = namespace.violation(event, args);
      if (violation == null) return false;
      failed(event, violation, ack);
    } catch (RuntimeException failure) {
      failed(event, failure, ack);
    }
    return true;
  }

  private Ack ackOf(Packet packet) {
    if (!packet.hasId()) return Ack.NONE;
    String event = Arguments.name(packet.arguments());
    return loop().options().handlerTimeout() > 0 ? new Limited(packet.id(), event) : new Reply(packet.id(), event);
  }

  /** Runs the handlers in a span, which an acknowledgement ends. */
  private void trace(EventTracing tracing, String event, JsonArray args, Ack ack) {
    EventTracing.Span span =
        tracing.begin(new EventTracing.Event(namespace.name(), event, id), args, auth, handshake(), ack.requested());
    if (ack instanceof Reply reply) reply.span = span;
    span.run(() -> run(event, args, ack));
  }

  private void run(String event, JsonArray args, Ack ack) {
    Listener[] now = listeners.now();
    for (Listener listener : now) {
      if (!listener.event().equals(event) || !listeners.claim(listener)) continue;
      try {
        listener.action().run(args, ack);
      } catch (Ack.Unwritable reported) {
        // The acknowledgement that could not be written has become an error; it may be that of an earlier event.
        namespace.failures().answer(event, reported, ack);
      } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
        // A handler that cannot acknowledge leaves that to another one.
        failed(event, failure, listener.acknowledges() || !Listeners.acknowledge(now, event) ? ack : Ack.NONE);
      }
    }
  }

  /** An event of this client could not be handled, by one of its handlers or at all: see {@link Failures}. */
  void failed(String event, Throwable failure, Ack ack) {
    if (loop().tracing() != null) loop().tracing().failed(ack instanceof Reply reply ? reply.span : null, failure);
    namespace.failures().failed(this, "socket=" + id + " namespace=" + namespace.name(), event, failure, ack);
  }

  private void answer(String event, Future<?> result, Ack ack) {
    result.onComplete(outcome -> loop().run(() -> {
      if (outcome.failed()) failed(event, outcome.cause(), ack);
      else acknowledge(outcome.result(), ack);
    }));
  }

  private static void acknowledge(@Nullable Object result, Ack ack) {
    try {
      if (result == null) ack.send();
      else ack.send(result);
    } catch (Ack.Unwritable reported) {
      // It has become an error.
    }
  }

  private Socket listen(String event, Object handler, Action action, boolean once, boolean acknowledges) {
    loop().requireOwner("on");
    if (EventNames.isReserved(event)) {
      throw new IllegalArgumentException("'" + event + "' is a reserved event name; see onConnection, onDisconnecting and onDisconnect");
    }
    if (listeners == null) listeners = new Listeners();
    listeners.add(new Listener(event, handler, action, once, acknowledges));
    return this;
  }

  private Observers observers() {
    loop().requireOwner("the registration of an observer");
    if (observers == null) observers = new Observers((event, failure) -> failed(event, failure, Ack.NONE));
    return observers;
  }

  /** Sends a broadcast to this client. */
  void deliver(Broadcast broadcast) {
    if (expiry != null && expiry.isOver()) {
      expire();
      return;
    }
    if (broadcast.unreliable() && !connection.link.writable()) {
      dropped(broadcast.event());
      return;
    }
    if (session != null && session.holds(broadcast)) {
      if (broadcast.unreliable()) dropped(broadcast.event());
      return;
    }
    send(broadcast.message(connection.format, session != null), broadcast.event());
  }

  /** Sends an event that sets the state of a room. */
  void deliver(StateEvent event) {
    if (expiry != null && expiry.isOver()) expire();
    if (connected) sendNow(event.message(connection.format, session != null, wantsDetails), event.event());
  }

  /** Whether so much waits for the client that it should get no more now. */
  boolean isFull() {
    return connection.link.full();
  }

  void whenWritable(Runnable then) {
    connection.whenWritable(then);
  }

  private void send(boolean unreliable, @Nullable String key, JsonArray event) {
    if (expiry != null && expiry.isOver()) expire();
    if (!connected) return;
    if (unreliable && !connection.link.writable()) {
      dropped(event);
      return;
    }
    if (namespace.recovery() == null) {
      Message message = Broadcast.encode(connection.format, Packet.event(namespace.name(), event), null);
      if (loop().events() != null) loop().events().sent(this, event);
      sendNow(key == null || message == null ? message : message.latest(Broadcast.keyIn(namespace.name(), key)), event);
    } else if (session != null && !unreliable) namespace.recovery().log(id, event);
    else if (session == null || !session.isReplaying()) {
      if (loop().events() != null) loop().events().sent(this, event);
      sendUnlogged(event);
    } else dropped(event);
  }

  /** An unreliable event is not sent. */
  private void dropped(JsonArray event) {
    loop().counters().increment(Count.UNRELIABLE_DROPPED);
    if (loop().events() != null) loop().events().dropped(this, event, false);
  }

  /** In a namespace with recovery: an event that is in no log carries the position of this instance, for clients with a session. */
  private void sendUnlogged(JsonArray event) {
    if (!connected) return;
    String position = session == null ? null : Broadcast.position(connection.format, namespace.recovery().offset());
    sendNow(Broadcast.encode(connection.format, Packet.event(namespace.name(), event), position), event);
  }

  /** Sends an event that is encoded, after the replay if that is running. */
  void send(Message message, JsonArray event) {
    if (session != null && session.isReplaying()) {
      session.hold(() -> {
        if (connected) sendNow(message, event);
      });
    } else sendNow(message, event);
  }

  private void sendNow(@Nullable Message message, JsonArray event) {
    if (observers != null) observers.sent(event);
    connection.send(message);
    if (loop().events() != null && connection.hasOverflowed()) loop().events().dropped(this, event, true);
  }

  void send(Packet packet) {
    if (connected) connection.send(packet);
  }

  /** Tells the client of a limit: {@code sys:limit {what, limit, until}}. In no log, and not during a replay. */
  void warn(Exceeded limit) {
    if (!connected || session != null && session.isReplaying()) return;
    JsonArray event = new JsonArray().add("sys:limit").add(limit.toJson());
    if (namespace.recovery() != null) sendUnlogged(event);
    else sendNow(Broadcast.encode(connection.format, Packet.event(namespace.name(), event), null), event);
  }

  private void request(boolean unreliable, JsonArray event, long millis, Promise<JsonArray> answer) {
    if (!connected || unreliable && !connection.link.writable()) {
      if (connected) dropped(event);
      answer.fail(new AckTimeoutException(connected ? "the client cannot be written to now" : "the socket is disconnected"));
      return;
    }
    long ackId = namespace.nextAckId();
    Message message = Broadcast.encode(connection.format, Packet.event(namespace.name(), ackId, event), null);
    if (expect(ackId, new Answer(answer), TimeUnit.MILLISECONDS.toNanos(millis))) {
      if (loop().events() != null) loop().events().sent(this, event);
      send(message, event);
    } else answer.fail(new AckTimeoutException("the client owes " + acks.size()
        + " acknowledgements, or the memory for them is used up"));
  }

  /**
   * Sends a broadcast and has the client's acknowledgement counted by a round.
   *
   * @param encoded the packet by wire format, as far as it has been encoded
   */
  void request(Packet packet, Message[] encoded, AckRound round) {
    WireFormat format = connection.format;
    Message message = encoded[format.slot()];
    if (message == null) encoded[format.slot()] = message = Broadcast.encode(format, packet, null);
    if (expect(packet.id(), round.acknowledgement(connection, id), round.timeoutNanos())) {
      round.awaited();
      send(message, packet.arguments());
    } else round.notSent(id);
  }

  private boolean expect(long ackId, PendingAcks.Pending ack, long timeoutNanos) {
    if (acks == null)
      acks = new PendingAcks(loop(), connection.memory(), connection.use, userId());
    return connected && acks.expect(ackId, ack, timeoutNanos);
  }

  /** Disconnects it from the namespace; only the first call has an effect. */
  void close(String reason) {
    if (!connected) return;
    if (observers != null) observers.disconnecting(reason);
    // The handler may have disconnected it.
    if (!connected) return;
    connected = false;
    if (expiry != null) expiry.cancel();
    if (loop().events() != null) loop().events().disconnected(this, reason);
    if (session != null) session.end(reason);
    if (connection.use != null) connection.use.release(Resource.ROOMS, userId(), countedRooms());
    namespace.remove(this);
    connection.release(authBytes);
    connection.released(namespace.name());
    if (acks != null) acks.failAll("the socket is disconnected: " + reason);
    if (connection.use != null) connection.use.left(userId());
    if (inbox != null) inbox.clear();
    if (writeQueue != null) writeQueue.close();
    if (observers != null) observers.disconnected(reason);
    namespace.releaseIfEmpty();
  }

  /** For {@code fetchSockets}, here or on another instance. */
  JsonObject describe() {
    return RemoteSocket.describe(id, namespace.name(), userId(), rooms(), loop().values(), data, handshake(), auth());
  }

  @Override
  public String toString() {
    return "Socket[" + namespace.name() + " " + id + "]";
  }

  /** This socket, as its session sees it. */
  private final class SessionOwner implements SocketRecovery.Owner {
    @Override
    public boolean isConnected() {
      return connected;
    }

    @Override
    public Connection connection() {
      return connection;
    }

    @Override
    public @Nullable JsonObject dataOrNull() {
      return data;
    }

    @Override
    public void sendNow(@Nullable Message message, JsonArray event) {
      if (loop().events() != null) loop().events().sent(Socket.this, event);
      Socket.this.sendNow(message, event);
    }

    @Override
    public void sendUnlogged(JsonArray event) {
      Socket.this.sendUnlogged(event);
    }
  }

  private final class UserExpiry extends Expiry {
    UserExpiry(long until) {
      super(loop(), until, namespace.expiryNotice());
    }

    @Override
    void expiring(long inMillis, long at) {
      Socket.this.expiring(inMillis, at);
    }

    @Override
    void expired() {
      expire();
    }
  }

  private static final class Answer extends PendingAcks.Pending {
    private final Promise<JsonArray> promise;

    Answer(Promise<JsonArray> promise) {
      this.promise = promise;
    }

    @Override
    void answered(JsonArray args) {
      promise.complete(args);
    }

    @Override
    void failed(AckTimeoutException why) {
      promise.fail(why);
    }
  }

  /** Acknowledges an event of this client. */
  private class Reply extends Ack.Once {
    private final long id;
    final String event;
    /** Null where the event is not traced. */
    private EventTracing.@Nullable Span span;

    Reply(long id, String event) {
      this.id = id;
      this.event = event;
    }

    @Override
    String of() {
      return " of \"" + event + "\"";
    }

    @Override
    Values values() {
      return loop().values();
    }

    @Override
    void answer(JsonArray args) {
      loop().run(() -> write(args));
    }

    void write(JsonArray args) {
      Socket.this.send(Packet.ack(namespace.name(), id, args));
      if (span != null) span.end();
    }

    @Override
    void failed(Ack.Unwritable failure) {
      loop().run(() -> Socket.this.failed(event, failure, this));
    }

    @Override
    void ignored() {
      log.debug("second acknowledgement ignored socket={} namespace={} event={}", Socket.this.id, namespace.name(), event);
    }
  }

  /** The same for a handler that must acknowledge in time. */
  private final class Limited extends Reply {
    private final TimerHandle limit = new TimerHandle() {
      @Override
      protected void due() {
        if (connected && !isSettled()) Socket.this.failed(event, new HandlerTimeout("not acknowledged in time"), Limited.this);
      }
    };

    Limited(long id, String event) {
      super(id, event);
    }

    void start() {
      if (!isSettled()) loop().timers().schedule(limit, TimeUnit.MILLISECONDS.toNanos(loop().options().handlerTimeout()));
    }

    @Override
    void write(JsonArray args) {
      loop().timers().cancel(limit);
      super.write(args);
    }
  }

  /** The events of a socket with middleware. */
  private final class Checked extends Inbox {
    Checked() {
      super(Socket.this.loop(), connection.memory());
    }

    @Override
    boolean isOpen() {
      return isConnected();
    }

    @Override
    void handle(Packet event, long bytes) {
      Socket.this.handle(event, bytes);
    }

    @Override
    void refused(Packet event, Throwable failure) {
      failed(Arguments.name(event.arguments()), failure, ackOf(event));
    }
  }
}
