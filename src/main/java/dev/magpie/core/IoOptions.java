package dev.magpie.core;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.magpie.log.LogOptions;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.log.RecoveryProvider;
import dev.magpie.state.StateOptions;
import dev.magpie.state.StateProvider;
import dev.magpie.protocol.DecoderLimits;
import dev.magpie.protocol.Parser;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.heartbeat.Heartbeat;
import dev.magpie.transport.websocket.WebSocketChannel;
import dev.magpie.transport.websocket.WebSocketLimits;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.common.WebEnvironment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an {@link Io}. Times are milliseconds, sizes bytes. Read when the {@code Io} is created: not changed after that, and not safe
 * for several threads before. A setter throws {@link IllegalArgumentException} for a value that is out of its range.
 */
public final class IoOptions {
  private String name = "";
  private Parser parser = Parser.JSON;
  private boolean allowEIO3 = true;
  private long pingInterval = Heartbeat.DEFAULT_INTERVAL_MS;
  private long pingTimeout = Heartbeat.DEFAULT_TIMEOUT_MS;
  private int maxPayload = 1_000_000;
  private long upgradeTimeout = 10_000;
  private long connectTimeout = 10_000;
  private long attachmentTimeout = 10_000;
  private long ackTimeout = 30_000;
  private long queryTimeout = 5_000;
  private List<String> origins = List.of();
  private List<String> trustedProxies = List.of();
  private int plainMaxPayload = 16 << 20;
  private int sendQueueBytes = 1 << 20;
  private int maxFragments = WebSocketLimits.MAX_FRAGMENTS;
  private long fanOutWindow = WebSocketChannel.DEFAULT_WINDOW_MS;
  private boolean jsonp;
  private boolean strictPong;
  private @Nullable String initialPacket;
  private @Nullable Function<Handshake, Future<?>> allowRequest;
  private final List<Function<HttpServerRequest, Future<?>>> engineMiddlewares = new ArrayList<>();
  private List<String> handshakeValues = List.of();
  private @Nullable BiConsumer<MultiMap, HttpServerRequest> initialHeaders;
  private @Nullable BiConsumer<MultiMap, HttpServerRequest> headers;
  private TracingPolicy tracingPolicy = TracingPolicy.PROPAGATE;
  private int maxNamespaces = 16;
  private int maxPendingAcks = 1_000;
  private int maxRooms = 10_000;
  private long handlerTimeout;
  private boolean checkSent = WebEnvironment.development();
  private @Nullable Function<Object, ? extends Collection<Violation>> validator;
  private @Nullable Function<? super Throwable, ? extends @Nullable Object> errorMapper;
  private int maxWaiting = 1_000;
  private AdmissionLimits admission = AdmissionLimits.NONE;
  private DecoderLimits decoderLimits = DecoderLimits.DEFAULT;
  private RateLimits rateLimits = RateLimits.SOCKET_IO;
  private RateLimits plainRateLimits = RateLimits.PLAIN;
  private boolean cleanupEmptyChildNamespaces = true;
  private RecoveryOptions recovery = RecoveryOptions.DEFAULT;
  private @Nullable String recoveryProvider;
  private StateOptions state = StateOptions.DEFAULT;
  private @Nullable String stateProvider;
  private @Nullable String clusterProvider;
  private @Nullable ObjectMapper mapper;
  private boolean numbersAsStrings;
  private LongSupplier clock = System::currentTimeMillis;

  /** The default options. */
  public IoOptions() {}

  LogOptions log() {
    return new LogOptions(name, recovery, recoveryProvider, clock);
  }

  /** Class name of the {@link RecoveryProvider}, if the class path has several. Default null: the only one. */
  public IoOptions setRecoveryProvider(@Nullable String className) {
    this.recoveryProvider = className;
    return this;
  }

  /** See {@link #setRecoveryProvider}. */
  public @Nullable String recoveryProvider() {
    return recoveryProvider;
  }

  /** Limits of retained state. Default {@link StateOptions#DEFAULT}. */
  public IoOptions setState(StateOptions state) {
    this.state = Objects.requireNonNull(state, "state");
    return this;
  }

  /** See {@link #setState}. */
  public StateOptions state() {
    return state;
  }

  /** Class name of the {@link StateProvider}, if the class path has several. Default null: the only one. */
  public IoOptions setStateProvider(@Nullable String className) {
    this.stateProvider = className;
    return this;
  }

  /** See {@link #setStateProvider}. */
  public @Nullable String stateProvider() {
    return stateProvider;
  }

  /** Class name of the {@link Cluster.Provider}, if the class path has several. Default null: the only one. */
  public IoOptions setClusterProvider(@Nullable String className) {
    this.clusterProvider = className;
    return this;
  }

  /** See {@link #setClusterProvider}. */
  public @Nullable String clusterProvider() {
    return clusterProvider;
  }

  /**
   * Limits of connections and of their memory, counted over the whole process; further clients are refused with 503 and Retry-After.
   * With {@link AdmissionLimits#clients} also limits of each address (429) and each user.
   * Default {@link AdmissionLimits#NONE}.
   */
  public IoOptions setAdmission(AdmissionLimits admission) {
    this.admission = Objects.requireNonNull(admission, "admission");
    return this;
  }

  /** See {@link #setAdmission}. */
  public AdmissionLimits admission() {
    return admission;
  }

  /**
   * Converts records, beans and other objects of the application, in both directions and on every path. Copied when the first {@code Io}
   * with it is created, and not changed after that; a subclass must override {@code copy()}. Binary data stays binary, and {@code
   * java.time} and {@code Optional} need no module. Default null: a copy of {@link io.vertx.core.json.jackson.DatabindCodec#mapper()}, made
   * when the first such object is converted, which writes dates as ISO 8601.
   */
  public IoOptions setMapper(@Nullable ObjectMapper mapper) {
    this.mapper = mapper;
    return this;
  }

  /** See {@link #setMapper}. */
  public @Nullable ObjectMapper mapper() {
    return mapper;
  }

  /**
   * Whether numbers that a browser would round are sent as strings: whole numbers beyond 2^53 - 1, and decimals that no double is. Numbers
   * are received as they are. Default false: all numbers are sent as numbers.
   */
  public IoOptions setNumbersAsStrings(boolean asStrings) {
    this.numbersAsStrings = asStrings;
    return this;
  }

  /** See {@link #setNumbersAsStrings}. */
  public boolean numbersAsStrings() {
    return numbersAsStrings;
  }

  /** Instances of the same name exchange broadcasts; a listener with other applications needs another one. Default empty. */
  public IoOptions setName(String name) {
    if (!name.matches("[A-Za-z0-9_.-]*")) throw new IllegalArgumentException("name: letters, digits, '_', '.' and '-' only, not " + name);
    this.name = name;
    return this;
  }

  /** See {@link #setName}. */
  public String name() {
    return name;
  }

  /**
   * The wire format of Socket.IO clients of version 3 and 4, as {@code parser} of socket.io. A client with another parser is refused by a
   * {@code connect_error} that says so. Clients of version 1 and 2 and plain WebSockets speak JSON to every server. Default {@link
   * Parser#JSON}.
   */
  public IoOptions setParser(Parser parser) {
    this.parser = Objects.requireNonNull(parser, "parser");
    return this;
  }

  /** See {@link #setParser}. */
  public Parser parser() {
    return parser;
  }

  /** Whether clients of Socket.IO 1 and 2 (Engine.IO 3) are accepted. Default true. */
  public IoOptions setAllowEIO3(boolean allowEIO3) {
    this.allowEIO3 = allowEIO3;
    return this;
  }

  /** See {@link #setAllowEIO3}. */
  public boolean allowEIO3() {
    return allowEIO3;
  }

  /** Time between two pings, milliseconds. Default 25,000. */
  public IoOptions setPingInterval(long millis) {
    this.pingInterval = positive("pingInterval", millis);
    return this;
  }

  /** See {@link #setPingInterval}. */
  public long pingInterval() {
    return pingInterval;
  }

  /** How long a pong may take, milliseconds; a client without one is closed with {@code ping timeout}. Default 20,000. */
  public IoOptions setPingTimeout(long millis) {
    this.pingTimeout = positive("pingTimeout", millis);
    return this;
  }

  /** See {@link #setPingTimeout}. */
  public long pingTimeout() {
    return pingTimeout;
  }

  /** The largest message, and the largest polling request, that a client may send, in bytes. Default 1,000,000. */
  public IoOptions setMaxPayload(int bytes) {
    this.maxPayload = (int) positive("maxPayload", bytes);
    return this;
  }

  /** See {@link #setMaxPayload}. */
  public int maxPayload() {
    return maxPayload;
  }

  /** How long an upgrade from polling to WebSocket may take, milliseconds. Default 10,000. */
  public IoOptions setUpgradeTimeout(long millis) {
    this.upgradeTimeout = positive("upgradeTimeout", millis);
    return this;
  }

  /** See {@link #setUpgradeTimeout}. */
  public long upgradeTimeout() {
    return upgradeTimeout;
  }

  /** How long a connection may stay without joining a namespace, milliseconds. Default 10,000. */
  public IoOptions setConnectTimeout(long millis) {
    this.connectTimeout = positive("connectTimeout", millis);
    return this;
  }

  /** See {@link #setConnectTimeout}. */
  public long connectTimeout() {
    return connectTimeout;
  }

  /** How long a packet may wait for its attachments, milliseconds. Default 10,000. */
  public IoOptions setAttachmentTimeout(long millis) {
    this.attachmentTimeout = positive("attachmentTimeout", millis);
    return this;
  }

  /** See {@link #setAttachmentTimeout}. */
  public long attachmentTimeout() {
    return attachmentTimeout;
  }

  /** How long an acknowledgement is awaited where the call does not say, milliseconds. Default 30,000. */
  public IoOptions setAckTimeout(long millis) {
    this.ackTimeout = positive("ackTimeout", millis);
    return this;
  }

  /** See {@link #setAckTimeout}. */
  public long ackTimeout() {
    return ackTimeout;
  }

  /** How long answers of other instances are awaited where the call does not say, milliseconds. Default 5,000. */
  public IoOptions setQueryTimeout(long millis) {
    this.queryTimeout = positive("queryTimeout", millis);
    return this;
  }

  /** See {@link #setQueryTimeout}. */
  public long queryTimeout() {
    return queryTimeout;
  }

  /**
   * Origins of pages that may connect, besides the server's own and loopback hosts. Default none. Pages of these origins may send
   * credentials; {@code *}, alone in the list, admits every page without credentials.
   */
  public IoOptions setOrigins(List<String> origins) {
    if (origins.contains("*") && origins.size() > 1) {
      throw new IllegalArgumentException("origins: \"*\" must be the only one: it admits pages without credentials, the others with them: "
          + origins);
    }
    for (String origin : origins)
      if (!Origins.isOrigin(origin))
        throw new IllegalArgumentException("origins: \"" + origin + "\" is not an origin such as https://shop.example");
    this.origins = List.copyOf(origins);
    return this;
  }

  /** See {@link #setOrigins}. */
  public List<String> origins() {
    return origins;
  }

  /** Addresses and networks of proxies whose {@code X-Forwarded-*} and {@code Forwarded} headers are trusted. Default none. */
  public IoOptions setTrustedProxies(List<String> networks) {
    try {
      TrustedProxies.of(networks);
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException("trustedProxies: " + malformed.getMessage());
    }
    this.trustedProxies = List.copyOf(networks);
    return this;
  }

  /** See {@link #setTrustedProxies}. */
  public List<String> trustedProxies() {
    return trustedProxies;
  }

  /** The largest message that a plain WebSocket client may send, in bytes. Default 16 MiB. */
  public IoOptions setPlainMaxPayload(int bytes) {
    this.plainMaxPayload = (int) positive("plainMaxPayload", bytes);
    return this;
  }

  /** See {@link #setPlainMaxPayload}. */
  public int plainMaxPayload() {
    return plainMaxPayload;
  }

  /** Maximum number of fragments of one WebSocket message, whose bytes are bounded as well. Default 131,072. */
  public IoOptions setMaxFragments(int fragments) {
    this.maxFragments = (int) positive("maxFragments", fragments);
    return this;
  }

  /** See {@link #setMaxFragments}. */
  public int maxFragments() {
    return maxFragments;
  }

  /**
   * Size of the send queue of one client, in bytes, without the message that is being written; a client whose queue overflows is closed as
   * {@code slow consumer}. Default 1 MiB.
   */
  public IoOptions setSendQueueBytes(int bytes) {
    this.sendQueueBytes = (int) positive("sendQueueBytes", bytes);
    return this;
  }

  /** See {@link #setSendQueueBytes}. */
  public int sendQueueBytes() {
    return sendQueueBytes;
  }

  /**
   * Longest coalescing window of fan-outs: after a broadcast to 64 WebSockets or more, further ones are coalesced for as long as writing it
   * took, at most for this time. This halves the cost of broadcasts in fast sequence; a message to one client is not delayed. 0 turns it
   * off. If an event loop has several instances, the value of the last one applies. Default 5.
   */
  public IoOptions setFanOutWindow(long millis) {
    if (millis < 0) throw new IllegalArgumentException("fanOutWindow: at least 0, not " + millis);
    this.fanOutWindow = millis;
    return this;
  }

  /** See {@link #setFanOutWindow}. */
  public long fanOutWindow() {
    return fanOutWindow;
  }

  /** Whether old clients may poll by script tags (JSONP), for which browsers check no origin. Default false. */
  public IoOptions setJsonp(boolean jsonp) {
    this.jsonp = jsonp;
    return this;
  }

  /** See {@link #setJsonp}. */
  public boolean jsonp() {
    return jsonp;
  }

  /** Whether a pong counts as late even while a message of the client is arriving. Default false. */
  public IoOptions setStrictPong(boolean strict) {
    this.strictPong = strict;
    return this;
  }

  /** See {@link #setStrictPong}. */
  public boolean strictPong() {
    return strictPong;
  }

  /** A message that each client gets directly behind the answer to its handshake. Default null: none. */
  public IoOptions setInitialPacket(@Nullable String packet) {
    this.initialPacket = packet;
    return this;
  }

  /** See {@link #setInitialPacket}. */
  public @Nullable String initialPacket() {
    return initialPacket;
  }

  /** Decides on each connection before it is made, plain WebSockets too: a failure refuses it with 403 and its message. Default all. */
  public IoOptions setAllowRequest(@Nullable Function<Handshake, Future<?>> allow) {
    this.allowRequest = allow;
    return this;
  }

  /** See {@link #setAllowRequest}. */
  public @Nullable Function<Handshake, Future<?>> allowRequest() {
    return allowRequest;
  }

  /**
   * Adds a check of every HTTP request to the endpoints, polls included: a failure refuses it with 403 and its message. What the check of
   * the opening request succeeds with is kept in the {@link Handshake}: a {@link io.vertx.ext.auth.User} as its user, a map as named
   * values; anything else is ignored.
   */
  public IoOptions addEngineMiddleware(Function<HttpServerRequest, Future<?>> middleware) {
    engineMiddlewares.add(Objects.requireNonNull(middleware));
    return this;
  }

  /** See {@link #addEngineMiddleware}. */
  public List<Function<HttpServerRequest, Future<?>>> engineMiddlewares() {
    return List.copyOf(engineMiddlewares);
  }

  /**
   * Names of values that handlers in front put into the routing context of the opening request, and that {@link Handshake#value} has for as
   * long as the connection lasts. The routing context's user is always kept, everything else is not. Default none.
   */
  public IoOptions setHandshakeValues(List<String> names) {
    this.handshakeValues = List.copyOf(names);
    return this;
  }

  /** See {@link #setHandshakeValues}. */
  public List<String> handshakeValues() {
    return handshakeValues;
  }

  /**
   * Changes the headers of the answer that opens a connection: of a polling handshake or of the upgrade to a WebSocket, {@code /ws}
   * included; {@code initial_headers} of socket.io's engine. Called on the event loop that serves the request, which may be another than
   * the instance's: it must be safe for several threads, and quick. Default null.
   */
  public IoOptions setInitialHeaders(@Nullable BiConsumer<MultiMap, HttpServerRequest> change) {
    this.initialHeaders = change;
    return this;
  }

  /** See {@link #setInitialHeaders}. */
  public @Nullable BiConsumer<MultiMap, HttpServerRequest> initialHeaders() {
    return initialHeaders;
  }

  /** The same for each answer that serves a connection: also of every poll and POST, and of a later upgrade; {@code headers}. */
  public IoOptions setHeaders(@Nullable BiConsumer<MultiMap, HttpServerRequest> change) {
    this.headers = change;
    return this;
  }

  /** See {@link #setHeaders}. */
  public @Nullable BiConsumer<MultiMap, HttpServerRequest> headers() {
    return headers;
  }

  /**
   * Which events of clients are reported to the tracer of Vert.x, if it has one: those that a handler waits for and whose client names a
   * trace (default), all for {@code ALWAYS}, none for {@code IGNORE}.
   */
  public IoOptions setTracingPolicy(TracingPolicy policy) {
    this.tracingPolicy = Objects.requireNonNull(policy, "policy");
    return this;
  }

  /** See {@link #setTracingPolicy}. */
  public TracingPolicy tracingPolicy() {
    return tracingPolicy;
  }

  /** Most namespaces that one connection may join. Default 16. */
  public IoOptions setMaxNamespaces(int most) {
    this.maxNamespaces = (int) positive("maxNamespaces", most);
    return this;
  }

  /** See {@link #setMaxNamespaces}. */
  public int maxNamespaces() {
    return maxNamespaces;
  }

  /** Maximum number of rooms that one socket joins, besides its own id; {@link Socket#join} refuses one more. Default 10,000. */
  public IoOptions setMaxRooms(int most) {
    this.maxRooms = (int) positive("maxRooms", most);
    return this;
  }

  /** See {@link #setMaxRooms}. */
  public int maxRooms() {
    return maxRooms;
  }

  /** Maximum number of acknowledgements that one client owes at a time. Default 1,000. */
  public IoOptions setMaxPendingAcks(int most) {
    this.maxPendingAcks = (int) positive("maxPendingAcks", most);
    return this;
  }

  /** See {@link #setMaxPendingAcks}. */
  public int maxPendingAcks() {
    return maxPendingAcks;
  }

  /**
   * How long a handler may take to acknowledge an event whose client asks for that, milliseconds; after that the failure is logged, and the
   * client is sent {@code {"error": "handler timeout"}}. Without handlers for the event, too. 0 turns it off. Default 0.
   */
  public IoOptions setHandlerTimeout(long millis) {
    if (millis < 0) throw new IllegalArgumentException("handlerTimeout: at least 0, not " + millis);
    this.handlerTimeout = millis;
    return this;
  }

  /** See {@link #setHandlerTimeout}. */
  public long handlerTimeout() {
    return handlerTimeout;
  }

  /**
   * Checks each argument of a typed handler after its conversion; of collections each element. What it returns is refused: see {@link
   * InvalidPayload}. Called on the thread of the handler. Default null: none.
   */
  public IoOptions setValidator(@Nullable Function<Object, ? extends Collection<Violation>> validator) {
    this.validator = validator;
    return this;
  }

  /** See {@link #setValidator}. */
  public @Nullable Function<Object, ? extends Collection<Violation>> validator() {
    return validator;
  }

  /**
   * Whether events that this instance sends are checked by their {@link Namespace#contract}, at the cost of one more conversion. Default:
   * in Vert.x' development mode only ({@code VERTXWEB_ENVIRONMENT=development}). What clients send is always checked.
   */
  public IoOptions setCheckSent(boolean check) {
    this.checkSent = check;
    return this;
  }

  /** See {@link #setCheckSent}. */
  public boolean checkSent() {
    return checkSent;
  }

  /**
   * What an acknowledgement says about a failure: a value as in {@link Socket#emit}, or null for the default, {@code {"error": message}}.
   * The failure is logged and counted all the same. Called on the instance's context. Default null: none.
   */
  public IoOptions setErrorMapper(@Nullable Function<? super Throwable, ? extends @Nullable Object> mapper) {
    this.errorMapper = mapper;
    return this;
  }

  /** See {@link #setErrorMapper}. */
  public @Nullable Function<? super Throwable, ? extends @Nullable Object> errorMapper() {
    return errorMapper;
  }

  /**
   * Maximum number of events of one socket that wait for its middleware, or for its blocking handlers; one more closes the connection as
   * {@code rate limit}. Default 1,000.
   */
  public IoOptions setMaxWaiting(int most) {
    this.maxWaiting = (int) positive("maxWaiting", most);
    return this;
  }

  /** See {@link #setMaxWaiting}. */
  public int maxWaiting() {
    return maxWaiting;
  }

  /** Bounds of packets that clients send, for Socket.IO and plain WebSocket alike. Default {@link DecoderLimits#DEFAULT}. */
  public IoOptions setDecoderLimits(DecoderLimits limits) {
    this.decoderLimits = Objects.requireNonNull(limits);
    return this;
  }

  /** See {@link #setDecoderLimits}. */
  public DecoderLimits decoderLimits() {
    return decoderLimits;
  }

  /** Rate limits of a Socket.IO connection. Default {@link RateLimits#SOCKET_IO}. */
  public IoOptions setRateLimits(RateLimits limits) {
    this.rateLimits = Objects.requireNonNull(limits);
    return this;
  }

  /** See {@link #setRateLimits}. */
  public RateLimits rateLimits() {
    return rateLimits;
  }

  /** Rate limits of a plain connection. Default {@link RateLimits#PLAIN}, without a limit of bytes, since its messages may be large. */
  public IoOptions setPlainRateLimits(RateLimits limits) {
    this.plainRateLimits = Objects.requireNonNull(limits);
    return this;
  }

  /** See {@link #setPlainRateLimits}. */
  public RateLimits plainRateLimits() {
    return plainRateLimits;
  }

  /** Whether a dynamic namespace is removed when its last socket leaves. Default true, since clients choose the names. */
  public IoOptions setCleanupEmptyChildNamespaces(boolean cleanup) {
    this.cleanupEmptyChildNamespaces = cleanup;
    return this;
  }

  /** See {@link #setCleanupEmptyChildNamespaces}. */
  public boolean cleanupEmptyChildNamespaces() {
    return cleanupEmptyChildNamespaces;
  }

  /** Which namespaces have recovery, besides those that applications name, and its limits. Default {@link RecoveryOptions#DEFAULT}. */
  public IoOptions setRecovery(RecoveryOptions recovery) {
    this.recovery = Objects.requireNonNull(recovery);
    return this;
  }

  /** See {@link #setRecovery}. */
  public RecoveryOptions recovery() {
    return recovery;
  }

  /** Wall clock of sessions and logs, which outlive the process: milliseconds since 1970. */
  IoOptions setClock(LongSupplier clock) {
    this.clock = clock;
    return this;
  }

  LongSupplier clock() {
    return clock;
  }

  private static long positive(String name, long value) {
    if (value <= 0) throw new IllegalArgumentException(name + ": at least 1, not " + value);
    return value;
  }
}
