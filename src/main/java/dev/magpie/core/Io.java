package dev.magpie.core;

import dev.magpie.Internal;
import dev.magpie.core.Counters.Count;
import dev.magpie.log.EventLog;
import dev.magpie.log.Provided;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.heartbeat.Sweeps;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An event server, and the main namespace of it: one for each verticle instance that has connections. Owned by the context that creates it
 * (an event loop), where its handlers are put on and called; {@link Audience}'s methods may be called from any thread. Instances of the
 * same {@link IoOptions#setName name} hear each other over the event bus, in one process and in a cluster alike.
 *
 * <pre>{@code
 * Io io = Io.create(vertx, new IoOptions()).mount(router, "/socket.io");
 * io.onConnection(socket -> socket.on("message", String.class, text -> io.emit("message", text)));
 * }</pre>
 */
public final class Io implements Audience {
  private static final Logger log = LoggerFactory.getLogger(Io.class);

  /** Tick interval of an instance's own timer wheel, in milliseconds. */
  private static final long TICK = 100;

  private final Loop loop;
  private final Connections connections;
  private final Namespaces namespaces;
  private final NamespaceAdmission admission;
  private final Namespace main;
  private final Endpoints endpoints;

  /** Its end, once it is decided. */
  private Future<Void> closed;

  private Io(Vertx vertx, IoOptions options, TimerWheel timers) {
    this.loop = new Loop(vertx, options, timers);
    this.connections = new Connections(loop.counters());
    this.namespaces = new Namespaces(loop);
    this.admission = new NamespaceAdmission(loop, namespaces);
    loop.join(cluster());
    this.main = namespaces.of("/");
    this.endpoints = new Endpoints(loop, this::connectSocketIo, link -> connectPlain(link, link.subprotocol() != null));
  }

  public static Io create(Vertx vertx) {
    return create(vertx, new IoOptions());
  }

  /** An instance on the current context (or, off all contexts, on a new one). It is in the cluster when {@link #ready()} says so. */
  public static Io create(Vertx vertx, IoOptions options) {
    TimerWheel own = new TimerWheel(System::nanoTime);
    Io io = create(vertx, options, own);
    Sweeps sweeps = new Sweeps(io.loop.context(), own);
    io.loop.run(() -> io.loop.context().setPeriodic(TICK, fired -> sweeps.request()));
    return io;
  }

  /** One whose timers are on a wheel that its owner ticks, on the same context. */
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
   * Serves Socket.IO clients, and the official client itself, below this path, until {@link #close}. Handlers that are mounted before stand
   * in front: they guard it, may take their time, and may be a {@code BodyHandler}. On a sub-router, handlers of its parent that take their
   * time pause the request meanwhile.
   */
  public Io mount(Router router, String path) {
    endpoints.mountSocketIo(router, path);
    return this;
  }

  /** Serves plain WebSocket clients at this path, in the same namespaces and rooms; see {@link #mount} for what stands in front. */
  public Io mountPlain(Router router, String path) {
    endpoints.mountPlain(router, path);
    return this;
  }

  /** Succeeds when this instance and the others exchange broadcasts, in all namespaces created so far. */
  public Future<Void> ready() {
    return loop.started();
  }

  /** The namespace of this name, made when it is not there. */
  public Namespace of(String namespace) {
    return namespaces.of(namespace);
  }

  /** The namespaces whose whole name this pattern matches, made as clients ask for them. */
  public ParentNamespace of(Pattern pattern) {
    return namespaces.family(pattern);
  }

  /** The namespaces that this predicate, given the name and the client's auth, takes; made as clients ask for them. */
  public ParentNamespace of(BiPredicate<String, JsonObject> members) {
    return namespaces.family((name, auth) -> Future.succeededFuture(members.test(name, auth)));
  }

  /** The same, for a predicate that takes its time. */
  public ParentNamespace ofAsync(BiFunction<String, JsonObject, Future<Boolean>> members) {
    return namespaces.family(members);
  }

  /** See {@link Namespace#use}; of the main namespace. */
  public Io use(Function<? super ConnectContext, ? extends Future<?>> check) {
    main.use(check);
    return this;
  }

  /** See {@link Namespace#onConnection}; of the main namespace. */
  public Io onConnection(Consumer<Socket> handler) {
    main.onConnection(handler);
    return this;
  }

  /** See {@link Namespace#on(String, Consumer)}; of the main namespace. */
  public Io on(String event, Consumer<JsonArray> handler) {
    main.on(event, handler);
    return this;
  }

  /** See {@link Namespace#on(String, BiConsumer)}; of the main namespace. */
  public Io on(String event, BiConsumer<JsonArray, Ack> handler) {
    main.on(event, handler);
    return this;
  }

  @Override
  public BroadcastOperator all() {
    return main.all();
  }

  // --- For transports

  /**
   * Takes in a link over which a Socket.IO client speaks.
   *
   * @param engineVersion of Engine.IO, 3 or 4
   * @return what hears the link from now on
   */
  LinkListener connectSocketIo(Link link, int engineVersion) {
    return opened(new Client(loop, connections, admission, link, engineVersion));
  }

  /**
   * Takes in a plain WebSocket; its text pings and its echo mode are the transport's.
   *
   * @param magpieV1 whether it has negotiated the subprotocol {@code magpie.v1}
   * @return what hears the link from now on
   */
  LinkListener connectPlain(Link link, boolean magpieV1) {
    return opened(new PlainClient(loop, connections, admission, link, magpieV1));
  }

  private LinkListener opened(Connection connection) {
    connection.open();
    // A link that is closed while its transport does not know its listener yet tells nobody of its end.
    if (!connection.link.isOpen()) connection.onClose(connection.ending(), null);
    return connection;
  }

  /** The wheel of this instance's timers; transports put theirs on it too. */
  @Internal
  public TimerWheel timers() {
    return loop.timers();
  }

  // --- Asking and ending

  /** Unique among all instances. */
  public String id() {
    return loop.id();
  }

  public IoOptions options() {
    return loop.options();
  }

  public Vertx vertx() {
    return loop.vertx();
  }

  public Counters counters() {
    return loop.counters();
  }

  /**
   * What the logs of the namespaces that recover take, by namespace, as of their last look some seconds ago; without those whose names
   * clients choose. Call it on the instance's context; what is returned may be asked on any thread.
   */
  public Map<String, Supplier<EventLog.Usage>> logs() {
    return namespaces.logs();
  }

  /** Engine.IO sessions that began here, those included whose client was not told yet that they ended; a moment old on other threads. */
  public int sessions() {
    return endpoints.sessions();
  }

  /**
   * Closes all connections, so that their clients try again elsewhere, and leaves the cluster. Idempotent; done as well when the verticle
   * that owns this instance is undeployed.
   */
  public Future<Void> close() {
    Promise<Void> done = loop.promise();
    loop.run(() -> {
      if (closed == null) closed = end();
      closed.onComplete(done);
    });
    return done.future();
  }

  /**
   * The same for a server that stops in good order: nobody new is let in, and those who are here are asked to go in waves, within so many
   * milliseconds, each served until then.
   */
  public Future<Void> drain(long millis) {
    Promise<Void> done = loop.promise();
    loop.run(() -> {
      endpoints.refuse();
      if (closed == null) closed = new Drain(loop, connections, millis).run().compose(gone -> end());
      closed.onComplete(done);
    });
    return done.future();
  }

  private Future<Void> end() {
    // No DISCONNECT packet: after one, clients would not come back by themselves.
    connections.all().forEach(connection -> connection.close(CloseReason.SERVER_SHUTTING_DOWN));
    return endpoints.close(CloseReason.SERVER_SHUTTING_DOWN).eventually(namespaces::close).eventually(loop.cluster()::leave);
  }

  Loop loop() {
    return loop;
  }

  /** This instance as the others see it. */
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
      BroadcastTarget target = namespaces.target(broadcast.namespace());
      if (target != null) target.receive(broadcast);
      else log.debug("broadcast for a namespace that is not here namespace={}", broadcast.namespace());
    }

    @Override
    public Future<JsonArray> answer(ClusterQuestion question) {
      BroadcastTarget target = namespaces.target(question.selection().namespace());
      if (target == null) target = new RemoteNamespace(loop, question.selection().namespace());
      return switch (question.kind()) {
        case SOCKETS -> Future.succeededFuture(target.describe(question.selection()));
        case ACKNOWLEDGE -> acknowledge(target, question);
        case SERVER_EVENT -> target.serverEvent(question.selection().event(), true);
      };
    }

    private Future<JsonArray> acknowledge(BroadcastTarget target, ClusterQuestion question) {
      AckRound round = new AckRound(loop, question.timeoutMillis());
      target.request(question.selection(), round);
      round.seal();
      return round.done().map(AckRound::write);
    }
  }
}
