package dev.magpie.core;

import dev.magpie.Internal;
import dev.magpie.core.Counters.Count;
import dev.magpie.core.Functions.Consumer3;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.log.Provided;
import dev.magpie.protocol.Arguments;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.http.ModulePath;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.heartbeat.Sweeps;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authorization.Authorization;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An event server and its main namespace: one for each verticle instance that has connections. Owned by the context that creates it (an
 * event loop), where its handlers are registered and called; the methods of {@link Audience} may be called from any thread. Instances of
 * the same {@link IoOptions#setName name} exchange broadcasts over the event bus, in one process as in a cluster.
 *
 * <pre>{@code
 * Io io = Io.create(vertx, new IoOptions()).mount(router, "/socket.io");
 * io.onConnection(socket -> socket.on("message", String.class, text -> io.emit("message", text)));
 * }</pre>
 */
public final class Io implements Audience {
  private static final Logger log = LoggerFactory.getLogger(Io.class);

  private final Loop loop;
  private final Failures<Socket> failures;
  private final Connections connections;
  private final Namespaces namespaces;
  private final NamespaceAdmission admission;
  private final Namespace main;
  private final Endpoints endpoints;

  /** Null without observers. */
  private @Nullable IoObservation observation;

  /** The end of {@link #close} or {@link #drain}; null before. */
  private @Nullable Future<Void> closed;

  private Io(Vertx vertx, IoOptions options, TimerWheel timers) {
    ModulePath.requireExports();
    this.loop = new Loop(vertx, options, timers);
    this.failures = new Failures<>(loop);
    this.connections = new Connections(loop.counters());
    this.namespaces = new Namespaces(loop, failures);
    this.admission = new NamespaceAdmission(loop, namespaces);
    loop.join(cluster(), namespaces);
    this.main = namespaces.of("/");
    this.endpoints = new Endpoints(loop, this::connectSocketIo, link -> connectPlain(link, link.subprotocol() != null));
  }

  /** An instance with the default options: see {@link #create(Vertx, IoOptions)}. */
  public static Io create(Vertx vertx) {
    return create(vertx, new IoOptions());
  }

  /**
   * An instance on the current context, or on a new one where there is none. It serves clients once it is mounted, and exchanges broadcasts
   * with the others once {@link #ready()} has succeeded.
   *
   * @throws IllegalStateException when the class path has several cluster providers and the options name none, or one that is not there;
   *     on the module path also without the options of java that the message names
   */
  public static Io create(Vertx vertx, IoOptions options) {
    TimerWheel own = new TimerWheel(System::nanoTime);
    Io io = create(vertx, options, own);
    Sweeps sweeps = new Sweeps(io.loop.context(), own);
    io.loop.run(() -> io.loop.context().setPeriodic(TimerWheel.TICK_MS, fired -> sweeps.request()));
    return io;
  }

  /** Creates one with a timer wheel that the caller ticks, on the same context. */
  @Internal
  public static Io create(Vertx vertx, IoOptions options, TimerWheel timers) {
    Io io = new Io(vertx, options, timers);
    io.loop.run(io::start);
    return io;
  }

  private Cluster cluster() {
    Optional<Cluster.Provider> provider = Provided.choose(Cluster.Provider.class, "gateway.cluster_provider", options().clusterProvider());
    return provider.isPresent() ? provider.get().join(vertx(), new Member()) : new SingleInstance();
  }

  private void start() {
    loop.starts(loop.cluster().enter());
    loop.context().addCloseHook(completion -> close().onComplete(completion));
  }

  // --- Setting up

  /**
   * Serves Socket.IO clients, and the files of the official client, below this path until {@link #close}. Handlers mounted before are
   * called first: they guard it, may be asynchronous, and may be a {@code BodyHandler}. On a sub-router, asynchronous handlers of its
   * parent must pause the request.
   */
  public Io mount(Router router, String path) {
    endpoints.mountSocketIo(router, path);
    return this;
  }

  /** Serves plain WebSocket clients at this path, in the same namespaces and rooms; for handlers mounted before see {@link #mount}. */
  public Io mountPlain(Router router, String path) {
    endpoints.mountPlain(router, path);
    return this;
  }

  /**
   * Succeeds when this instance and the others exchange broadcasts and the logs are open, for all namespaces created so far. Fails when
   * the cluster or a log cannot be opened. After this call, handlers are registered on the {@link #context} only.
   */
  public Future<Void> ready() {
    loop.ready();
    return loop.started();
  }

  /**
   * The namespace of this name, which starts with a slash; created if it does not exist. On any thread for one that exists.
   *
   * @throws IllegalStateException for a new one, on a thread that may not register handlers: see {@link #ready}
   */
  public Namespace of(String namespace) {
    return namespaces.of(namespace);
  }

  /** The namespace of this name, if this instance has it; creates none. May be called from any thread. */
  public Optional<Namespace> find(String namespace) {
    return namespaces.find(namespace);
  }

  /**
   * The namespaces that this instance has now: those that the application made by name, and those of its families that have clients here.
   * A copy; may be called from any thread.
   */
  public List<Namespace> namespaces() {
    return namespaces.all();
  }

  /** The namespaces whose whole name this pattern matches, created as clients ask for them. */
  public ParentNamespace of(Pattern pattern) {
    return namespaces.family(pattern);
  }

  /** The namespaces that this predicate accepts by their name and the client's auth, created as clients ask for them. */
  public ParentNamespace of(BiPredicate<String, JsonObject> members) {
    return namespaces.family((name, auth) -> Future.succeededFuture(members.test(name, auth)));
  }

  /** The same, for an asynchronous predicate. */
  public ParentNamespace ofAsync(BiFunction<String, JsonObject, Future<Boolean>> members) {
    return namespaces.family(members);
  }

  /** Adds middleware of the main namespace: see {@link Namespace#use}. */
  public Io use(Function<? super ConnectContext, ? extends Future<?>> check) {
    main.use(check);
    return this;
  }

  /** Authenticates the clients of the main namespace: see {@link Namespace#authenticate}. */
  public Io authenticate(AuthenticationProvider provider, AuthenticationOptions options) {
    main.authenticate(provider, options);
    return this;
  }

  /** The same with the default options. */
  public Io authenticate(AuthenticationProvider provider) {
    main.authenticate(provider);
    return this;
  }

  /** Restricts the rooms of the main namespace: see {@link Namespace#authorizeRooms}. */
  public Io authorizeRooms(Function<String, @Nullable Authorization> needed) {
    main.authorizeRooms(needed);
    return this;
  }

  /** Restricts the events of the main namespace: see {@link Namespace#authorizeEvents}. */
  public Io authorizeEvents(Function<String, @Nullable Authorization> needed) {
    main.authorizeEvents(needed);
    return this;
  }

  /** Declares a contract of the main namespace: see {@link Namespace#contract}. */
  public Io contract(String event, Contract contract) {
    main.contract(event, contract);
    return this;
  }

  /** Registers a handler for the sockets of the main namespace: see {@link Namespace#onConnection}. */
  public Io onConnection(Consumer<Socket> handler) {
    main.onConnection(handler);
    return this;
  }

  /**
   * Registers a handler that is called for each namespace that is made from now on, by {@link #of(String)} or for a client that is the
   * first of a dynamic one; before that client is admitted. On the instance's context.
   */
  public Io onNewNamespace(Consumer<Namespace> handler) {
    loop.requireOwner("onNewNamespace");
    namespaces.onNew(handler);
    return this;
  }

  /** Adds an observer of all namespaces of this instance. On the instance's context, or before clients connect. */
  public Io observe(IoObserver observer) {
    loop.requireOwner("observe");
    if (observation == null) {
      observation = new IoObservation(loop);
      endpoints.onRefusal(observation::connectionRefused);
      loop.observe(observation);
    }
    observation.add(observer);
    return this;
  }

  /**
   * Registers a handler that is called for each request to the endpoints, of any transport, that is refused and opens no connection; for
   * clients that a namespace refuses see {@link IoObserver#refused}. Called on the instance's context. Clients cause these calls at will:
   * what the handler writes to a log must be bounded.
   */
  public Io onConnectionError(Consumer<ConnectionError> handler) {
    loop.requireOwner("onConnectionError");
    endpoints.onRefusal(handler);
    return this;
  }

  /** Registers a handler for events of other instances: see {@link Namespace#on(String, Consumer)}. */
  public Io on(String event, Consumer<JsonArray> handler) {
    main.on(event, handler);
    return this;
  }

  /** Registers a handler for events of other instances: see {@link Namespace#on(String, BiConsumer)}. */
  public Io on(String event, BiConsumer<JsonArray, Ack> handler) {
    main.on(event, handler);
    return this;
  }

  /**
   * Registers a handler of failures: a handler or a middleware threw or its future failed, an acknowledgement could not be written, a
   * payload was refused ({@link InvalidPayload}, {@link ClientError}), or a handler has not acknowledged within {@link
   * IoOptions#setHandlerTimeout}. The failure is logged and answered without it. Called on the instance's context.
   *
   * @param handler gets the socket, null for connect middleware and for events of other instances; the event, {@code connect} for connect
   *     middleware and {@code connection} for connection handlers; and the failure
   */
  public Io onError(Consumer3<? super @Nullable Socket, ? super String, ? super Throwable> handler) {
    failures.onError(handler);
    return this;
  }

  @Override
  public BroadcastOperator all() {
    return main.all();
  }

  /**
   * Closes all connections of this user ({@link ConnectContext#identify}), in all namespaces and on all instances; their clients do not
   * reconnect by themselves. Sessions of the user, also of devices that are away now, are not recovered: a device that connects again is
   * asked by the middleware, and if that lets it in, it begins anew. A client whose admission is pending is refused. May be called from any
   * thread.
   *
   * @return succeeds when this instance has done that and has told the others. Fails with {@link LogUnavailableException} when the store of
   *     the sessions could not be reached: the connections are closed, and the call has to be repeated
   */
  public Future<Void> disconnectUser(String id) {
    Broadcast broadcast = new Broadcast(Broadcast.Action.DISCONNECT_USER, main.name(), List.of(), List.of(),
        Arguments.of(Objects.requireNonNull(id, "id")), false, loop.id(), null);
    Promise<Void> done = loop.promise();
    loop.run(() -> {
      loop.cluster().broadcaster().publish(broadcast);
      disconnect(id).onComplete(done);
    });
    return done.future();
  }

  private Future<Void> disconnect(String user) {
    loop.revocations().add(user);
    admission.disconnectUser(user);
    return namespaces.disconnectUser(user);
  }

  // --- For transports

  /**
   * Accepts a link of a Socket.IO client.
   *
   * @param engineVersion of Engine.IO, 3 or 4
   * @return the listener of the link
   */
  LinkListener connectSocketIo(Link link, int engineVersion) {
    return opened(new Client(loop, connections, admission, link, engineVersion));
  }

  /**
   * Accepts a link of a plain WebSocket client; text pings and the echo mode are handled by the transport.
   *
   * @param magpieV1 whether the client has negotiated the subprotocol {@code magpie.v1}
   * @return the listener of the link
   */
  LinkListener connectPlain(Link link, boolean magpieV1) {
    return opened(new PlainClient(loop, connections, admission, link, magpieV1));
  }

  private LinkListener opened(Connection connection) {
    connection.open();
    // A link that was closed before its transport knew the listener has not called onClose.
    if (!connection.link.isOpen()) connection.onClose(connection.ending(), null);
    return connection;
  }

  /** The timer wheel of this instance and of its transports. */
  @Internal
  public TimerWheel timers() {
    return loop.timers();
  }

  // --- State and end

  /** The id, unique among all instances. */
  public String id() {
    return loop.id();
  }

  /** The options that it was created with. */
  public IoOptions options() {
    return loop.options();
  }

  /** The context that it belongs to: of an event loop. After {@link #ready}, handlers are registered there. */
  public Context context() {
    return loop.context();
  }

  /** The Vert.x instance that it was created with. */
  public Vertx vertx() {
    return loop.vertx();
  }

  /** The counters of this instance; may be read from any thread. */
  public Counters counters() {
    return loop.counters();
  }

  /**
   * Sizes of the logs, by the name of the namespace, as measured at most some seconds ago; without namespaces whose names clients choose.
   * Called on the instance's context; the suppliers may be used on any thread.
   */
  public Map<String, Supplier<EventLog.Usage>> logs() {
    return namespaces.logs();
  }

  /**
   * Number of Engine.IO sessions that began on this instance, with those that have ended and whose client was not told yet. From any
   * thread, where it may be a moment old.
   */
  public int sessions() {
    return endpoints.sessions();
  }

  /** Bytes in the send queues of all clients of this instance: see {@link Socket#queuedBytes}. May be called from any thread. */
  public Future<Long> queuedBytes() {
    Promise<Long> bytes = loop.promise();
    loop.run(() -> bytes.complete(connections.queuedBytes()));
    return bytes.future();
  }

  /**
   * Closes all connections, so that their clients reconnect elsewhere, and leaves the cluster. Idempotent; may be called from any thread,
   * and is called when the verticle that owns this instance is undeployed. Succeeds after the close of Vert.x, too.
   */
  public Future<Void> close() {
    return loop.end(() -> {
      if (closed == null) closed = end();
      return closed;
    });
  }

  /**
   * Closes in waves, for a server that stops in good order: no new client is let in, and the connections are closed evenly over this time,
   * each served until then; then as {@link #close}.
   *
   * @param millis milliseconds
   */
  public Future<Void> drain(long millis) {
    return loop.end(() -> {
      endpoints.refuse();
      if (closed == null) closed = new Drain(loop, connections, millis).run().compose(gone -> end());
      return closed;
    });
  }

  private Future<Void> end() {
    // Without a DISCONNECT packet, after which clients would not reconnect automatically.
    connections.all().forEach(connection -> connection.close(CloseReason.SERVER_SHUTTING_DOWN));
    return endpoints.close(CloseReason.SERVER_SHUTTING_DOWN).eventually(namespaces::close).eventually(loop.hub()::close)
        .eventually(loop.cluster()::leave)
        .onComplete(ended -> {
          if (observation != null) observation.closed();
        });
  }

  Loop loop() {
    return loop;
  }

  /** This instance, as the cluster sees it. */
  private final class Member implements Cluster.Instance {
    @Override
    public String id() {
      return loop.id();
    }

    @Override
    public String name() {
      return options().name();
    }

    @Override
    public void hear(Broadcast broadcast) {
      if (broadcast.origin().equals(loop.id())) return;
      counters().increment(Count.BROADCASTS_HEARD);
      if (broadcast.action() == Broadcast.Action.DISCONNECT_USER) {
        disconnect(broadcast.event().getString(0));
        return;
      }
      BroadcastTarget target = namespaces.target(broadcast.namespace());
      if (broadcast.action() == Broadcast.Action.RETAIN) {
        // All instances hear it, one of them passes it to the hub. A namespace that is not here may be elsewhere.
        Retained.set(target == null ? new RemoteNamespace(loop, broadcast.namespace()) : target, broadcast);
      } else if (target != null) target.receive(broadcast);
      else log.debug("broadcast ignored, no such namespace here namespace={}", broadcast.namespace());
    }

    @Override
    public Future<JsonArray> answer(ClusterQuestion question) {
      BroadcastTarget target = namespaces.target(question.selection().namespace());
      if (target == null) target = new RemoteNamespace(loop, question.selection().namespace());
      return switch (question.kind()) {
        case COUNT -> Future.succeededFuture(new JsonArray().add(target.count(question.selection())));
        case SOCKETS -> Future.succeededFuture(target.describe(question.selection()));
        case ACKNOWLEDGE -> acknowledge(target, question);
        case SERVER_EVENT -> target.serverEvent(question.selection().event(), true);
      };
    }

    private Future<JsonArray> acknowledge(BroadcastTarget target, ClusterQuestion question) {
      AckRound round = new AckRound(loop, question.timeoutMillis());
      target.request(question.selection(), round);
      round.seal();
      return round.done().map(done -> AckRound.write(round.end()));
    }
  }
}
