package dev.magpie.gateway;

import static dev.magpie.transport.heartbeat.Heartbeat.DEFAULT_INTERVAL_MS;
import static dev.magpie.transport.heartbeat.Heartbeat.DEFAULT_TIMEOUT_MS;

import dev.magpie.core.IoOptions;
import dev.magpie.core.RateLimits;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.state.StateOptions;
import dev.magpie.protocol.DecoderLimits;
import dev.magpie.protocol.Parser;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.ClientLimits;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.http.RequestHeads;
import dev.magpie.transport.websocket.WebSocketChannel;
import dev.magpie.transport.websocket.WebSocketLimits;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How a gateway listens and serves. Each part is read from the settings of its name; a missing key has its default, so that {@code
 * GatewayOptions.from(new JsonObject())} is a whole set.
 *
 * @param applications mounted where a listener names none; empty: all that are found
 * @param fanOutWindowMs longest coalescing window after a large fan-out
 * @param recovery which namespaces recover, and within what bounds
 * @param drainMs how long a stopping gateway waits for its clients before it closes them
 * @param state limits of retained state
 */
public record GatewayOptions(
    Http http, List<String> applications, long fanOutWindowMs, Engine engine, Heartbeat heartbeat, Limits limits, RecoveryOptions recovery,
    long drainMs, Providers providers, StateOptions state) {
  public static final GatewayOptions DEFAULT =
      new GatewayOptions(Http.DEFAULT, List.of(), WebSocketChannel.DEFAULT_WINDOW_MS, Engine.DEFAULT, Heartbeat.DEFAULT, Limits.DEFAULT,
          RecoveryOptions.DEFAULT, 30_000, Providers.DEFAULT, StateOptions.DEFAULT);

  public static GatewayOptions from(JsonObject settings) {
    return new GatewayOptions(
        Http.from(part(settings, "http")),
        texts(settings, "applications", DEFAULT.applications),
        part(settings, "gateway").getLong("crowd_rest_ms", DEFAULT.fanOutWindowMs),
        Engine.from(part(settings, "engine")),
        Heartbeat.from(part(settings, "heartbeat")),
        Limits.from(part(settings, "limits")),
        recovery(part(settings, "recovery")),
        part(settings, "shutdown").getLong("drain_ms", DEFAULT.drainMs),
        new Providers(part(settings, "recovery").getString("provider"), part(settings, "gateway").getString("cluster_provider"),
            part(settings, "state").getString("provider")),
        state(part(settings, "state")));
  }

  /** Names of classes where the class path has several implementations of a port; null: the only one. */
  public record Providers(String recovery, String cluster, String state) {
    public static final Providers DEFAULT = new Providers(null, null, null);
  }

  /**
   * One address to listen on.
   *
   * @param name in logs
   * @param port 0 or below: any free port, the same for all instances of a gateway
   * @param applications empty: those of the settings
   * @param index the page that is served at {@code /}, as a path below the webroot
   * @param parser of Socket.IO clients; Magpie's own pages use {@link Parser#JSON}
   * @param proxyProtocol whether each connection begins with a header of the PROXY protocol, which a trusted proxy sends
   * @param tls null: plain HTTP
   * @param redirect null: serves; else the public port of the HTTPS listener to which every request is redirected, 0 for that of the first
   *     listener with TLS
   */
  public record Listener(String name, String host, int port, List<String> applications, String index, Parser parser,
      boolean proxyProtocol, @Nullable Tls tls, @Nullable Integer redirect) {
    public static final Listener DEFAULT = new Listener("main", "127.0.0.1", 8000, List.of(), "index.html", Parser.JSON, false, null, null);

    /** @param number from 1 on; listeners without a name are told apart by it */
    static Listener from(JsonObject listener, int number) {
      String name = listener.getString("name");
      return new Listener(
          name != null ? name : number == 1 ? DEFAULT.name : DEFAULT.name + "-" + number,
          listener.getString("host", DEFAULT.host),
          listener.getInteger("port", DEFAULT.port),
          texts(listener, "applications", DEFAULT.applications),
          listener.getString("index", DEFAULT.index),
          listener.containsKey("parser") ? Parser.valueOf(listener.getString("parser").toUpperCase(Locale.ROOT)) : DEFAULT.parser,
          listener.getBoolean("proxy_protocol", DEFAULT.proxyProtocol),
          listener.getJsonObject("tls") == null ? null : Tls.from(listener.getJsonObject("tls")),
          redirect(listener.getString("redirect")));
    }

    private static @Nullable Integer redirect(@Nullable String to) {
      if (to == null) return null;
      return to.equals(Tls.HTTPS) ? 0 : Integer.parseInt(to.substring(Tls.HTTPS.length() + 1));
    }
  }

  /**
   * TLS of one listener.
   *
   * @param certificates the first is for clients that name no host, or one that no certificate has
   * @param selfSigned a certificate of its own, for a trial; then there are no others
   * @param clientAuth none, request or required
   * @param clientCa PEM file with the authorities of clients' certificates
   * @param reloadMs time between two looks at the files
   */
  public record Tls(
      List<CertificateFiles> certificates, boolean selfSigned, String clientAuth, @Nullable String clientCa, long reloadMs) {
    static final String HTTPS = "https";
    public static final Tls DEFAULT = new Tls(List.of(), false, "none", null, 5_000);

    static Tls from(JsonObject tls) {
      JsonArray certificates = tls.getJsonArray("certificates", new JsonArray());
      return new Tls(
          IntStream.range(0, certificates.size()).mapToObj(certificates::getJsonObject)
              .map(one -> new CertificateFiles(one.getString("certificate"), one.getString("key"))).toList(),
          tls.getBoolean("self_signed", DEFAULT.selfSigned),
          tls.getString("client_auth", DEFAULT.clientAuth),
          tls.getString("client_ca"),
          tls.getLong("reload_ms", DEFAULT.reloadMs));
    }
  }

  /** PEM files: a certificate with those of its issuers behind it, and its private key. Relative to the working directory. */
  public record CertificateFiles(String certificate, String key) {}

  /**
   * @param maxPayload bytes of one Engine.IO message, or of one polling body
   * @param plainMaxPayload bytes of one message at {@code /ws}
   * @param webroot the folder whose files come before Magpie's own pages
   * @param csp the Content-Security-Policy of files in that folder; "off" for none
   * @param origins that may connect from other hosts, besides loopback; {@code "null"} is that of pages opened from files
   * @param trustedProxies addresses and networks whose X-Forwarded-* and Forwarded headers are trusted
   * @param hosts accepted Host names; empty: only loopback names on a loopback address, any on others
   * @param maxRequestLine bytes of method, path and query
   * @param maxHeaderSize bytes of all headers of a request
   * @param basePath the path below which all pages and sockets are; empty for none, else with a slash at its start and none at its end
   * @param hstsSeconds max-age of Strict-Transport-Security, sent to clients that come by TLS; 0: not sent
   * @param management listener for operators and the HTTP API; empty for none
   */
  public record Http(
      List<Listener> listeners,
      int maxPayload,
      int plainMaxPayload,
      String webroot,
      String csp,
      List<String> origins,
      List<String> trustedProxies,
      List<String> hosts,
      int maxRequestLine,
      int maxHeaderSize,
      boolean jsonp,
      String basePath,
      long hstsSeconds,
      Optional<ManagementOptions> management) {
    /** Of Magpie's own pages, always. */
    public static final String STRICT_CSP =
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    public static final Http DEFAULT = new Http(List.of(Listener.DEFAULT), 1_000_000, 16 << 20, "webroot", STRICT_CSP, List.of(), List.of(),
        List.of(), 16 << 10, 32 << 10, false, "", 0,
        Optional.of(ManagementOptions.DEFAULT));

    static Http from(JsonObject http) {
      JsonArray listeners = http.getJsonArray("listeners");
      return new Http(
          listeners == null ? DEFAULT.listeners : listeners(listeners),
          http.getInteger("max_payload", DEFAULT.maxPayload),
          http.getInteger("plain_max_payload", DEFAULT.plainMaxPayload),
          http.getString("webroot", DEFAULT.webroot),
          http.getString("csp", DEFAULT.csp),
          texts(http, "origins", DEFAULT.origins),
          texts(http, "trusted_proxies", DEFAULT.trustedProxies),
          texts(http, "hosts", DEFAULT.hosts),
          http.getInteger("max_request_line", DEFAULT.maxRequestLine),
          http.getInteger("max_header_size", DEFAULT.maxHeaderSize),
          http.getBoolean("jsonp", DEFAULT.jsonp),
          http.getString("base_path", DEFAULT.basePath),
          http.getLong("hsts_seconds", DEFAULT.hstsSeconds),
          // Null switches it off; a missing key is the default.
          http.containsKey("management") ? Optional.ofNullable(http.getJsonObject("management")).map(ManagementOptions::from)
              : DEFAULT.management);
    }

    RequestHeads heads(Listener listener) {
      return new RequestHeads(maxRequestLine, maxHeaderSize, listener.host(), hosts, Origins.loopbackAnd(origins).behind(proxies()));
    }

    /** Of the management listener: programs of this machine and of the operator's network reach it, no proxy in front of pages. */
    RequestHeads managementHeads(Listener management) {
      List<String> served = hosts.stream().filter(host -> !host.equals("*")).toList();
      return new RequestHeads(maxRequestLine, maxHeaderSize, management.host(), served, Origins.sameOrigin());
    }

    TrustedProxies proxies() {
      return TrustedProxies.of(trustedProxies);
    }

    private static List<Listener> listeners(JsonArray listeners) {
      return IntStream.range(0, listeners.size()).mapToObj(i -> Listener.from(listeners.getJsonObject(i), i + 1)).toList();
    }
  }

  /**
   * @param allowEio3 clients of Socket.IO 1 and 2
   * @param upgradeTimeoutMs a WebSocket that does not finish its upgrade is closed, its polling session lives on
   * @param connectTimeoutMs a client that joins no namespace is closed
   */
  public record Engine(boolean allowEio3, long upgradeTimeoutMs, long connectTimeoutMs) {
    public static final Engine DEFAULT = new Engine(true, 10_000, 10_000);

    static Engine from(JsonObject engine) {
      return new Engine(
          engine.getBoolean("allow_eio3", DEFAULT.allowEio3),
          engine.getLong("upgrade_timeout_ms", DEFAULT.upgradeTimeoutMs),
          engine.getLong("connect_timeout_ms", DEFAULT.connectTimeoutMs));
    }
  }

  /** @param strictPong only a pong is a sign of life, no other traffic */
  public record Heartbeat(long intervalMs, long timeoutMs, boolean strictPong) {
    public static final Heartbeat DEFAULT = new Heartbeat(DEFAULT_INTERVAL_MS, DEFAULT_TIMEOUT_MS, false);

    static Heartbeat from(JsonObject heartbeat) {
      return new Heartbeat(
          heartbeat.getLong("interval_ms", DEFAULT.intervalMs),
          heartbeat.getLong("timeout_ms", DEFAULT.timeoutMs),
          heartbeat.getBoolean("strict_pong", DEFAULT.strictPong));
    }
  }

  /**
   * What one client may cost.
   *
   * @param sendQueueBytes bound of the send queue; a slower reader is closed
   * @param eventsPerSecond of one socket; burst: twice that
   * @param maxConnections of the process; the next one is refused with 503
   * @param handshakesPerSecond of the process; more are refused with 503, so that connected clients are still served
   * @param pendingBytes of the process: messages and request bodies that are begun and not finished; one address holds an eighth at most
   * @param maxFragments of one WebSocket message
   * @param clients of each address, each user, and all clients
   * @param maxRooms of one socket
   * @param maxPendingAcks of one socket
   */
  public record Limits(
      int sendQueueBytes, int maxAttachments, int maxDepth, int maxNameLength, int maxNamespaceLength, int maxNumberLength, int maxValues,
      int maxNamespaces, int eventsPerSecond, int bytesPerSecond, long maxConnections, long handshakesPerSecond, long pendingBytes,
      int maxFragments, ClientLimits clients, int maxRooms, int maxPendingAcks) {
    public static final Limits DEFAULT = new Limits(1 << 20, 10, 64, 256, 256, 1000, 100_000, 16, 1000, 1_000_000, Long.MAX_VALUE, 2000,
        MemoryBudget.usualTotal(), WebSocketLimits.MAX_FRAGMENTS, ClientQuotas.DEFAULT, 10_000, 1_000);

    /** Limits of the process and of its clients. */
    AdmissionLimits admission() {
      return new AdmissionLimits(maxConnections, handshakesPerSecond, pendingBytes, clients);
    }

    static Limits from(JsonObject limits) {
      return new Limits(
          limits.getInteger("send_queue_bytes", DEFAULT.sendQueueBytes),
          limits.getInteger("max_attachments", DEFAULT.maxAttachments),
          limits.getInteger("max_depth", DEFAULT.maxDepth),
          limits.getInteger("max_name_length", DEFAULT.maxNameLength),
          limits.getInteger("max_namespace_length", DEFAULT.maxNamespaceLength),
          limits.getInteger("max_number_length", DEFAULT.maxNumberLength),
          limits.getInteger("max_values", DEFAULT.maxValues),
          limits.getInteger("max_namespaces", DEFAULT.maxNamespaces),
          limits.getInteger("events_per_second", DEFAULT.eventsPerSecond),
          limits.getInteger("bytes_per_second", DEFAULT.bytesPerSecond),
          unbounded(limits, "max_connections"),
          limits.getLong("handshakes_per_second", DEFAULT.handshakesPerSecond),
          limits.getLong("pending_bytes") == null ? DEFAULT.pendingBytes : limits.getLong("pending_bytes"),
          limits.getInteger("max_fragments", DEFAULT.maxFragments),
          ClientQuotas.from(limits),
          part(limits, "socket").getInteger("rooms", DEFAULT.maxRooms),
          part(limits, "socket").getInteger("pending_acks", DEFAULT.maxPendingAcks));
    }
  }

  /** Null or a missing key: no bound. */
  private static long unbounded(JsonObject part, String key) {
    Long bound = part.getLong(key);
    return bound == null ? Long.MAX_VALUE : bound;
  }

  private static RecoveryOptions recovery(JsonObject recovery) {
    Map<String, Recovery> modes = new HashMap<>();
    part(recovery, "namespaces")
        .forEach(mode -> modes.put(mode.getKey(), Recovery.valueOf(((String) mode.getValue()).toUpperCase(Locale.ROOT))));
    RecoveryOptions otherwise = RecoveryOptions.DEFAULT;
    return new RecoveryOptions(
        modes,
        recovery.getLong("window_ms", otherwise.windowMillis()),
        recovery.getInteger("max_missed", otherwise.maxMissed()),
        recovery.getInteger("memory_events", otherwise.memoryEvents()),
        recovery.getLong("memory_bytes", otherwise.memoryBytes()),
        recovery.getLong("max_events", otherwise.maxEvents()),
        recovery.getLong("max_bytes", otherwise.maxBytes()),
        recovery.getLong("max_age_ms", otherwise.maxAgeMillis()),
        recovery.getBoolean("accept_clock_jump", otherwise.acceptClockJump()),
        otherwise.settings());
  }

  private static StateOptions state(JsonObject state) {
    StateOptions otherwise = StateOptions.DEFAULT;
    return new StateOptions(
        state.getInteger("max_keys", otherwise.maxKeys()),
        state.getInteger("max_value_bytes", otherwise.maxValueBytes()),
        state.getInteger("max_room_bytes", otherwise.maxRoomBytes()),
        state.getLong("stream_idle_ms", otherwise.streamIdleMillis()),
        state.getLong("stream_keep_ms", otherwise.streamKeepMillis()));
  }

  /** Names of the applications of this listener; empty: all on the class path. */
  List<String> applications(Listener listener) {
    return listener.applications.isEmpty() ? applications : listener.applications;
  }

  /** The options of this listener's {@link Io}. The first listener uses the unprefixed event-bus addresses. */
  IoOptions io(Listener listener) {
    int events = limits.eventsPerSecond;
    int bytes = limits.bytesPerSecond;
    return new IoOptions()
        .setRecoveryProvider(providers.recovery())
        .setClusterProvider(providers.cluster())
        .setStateProvider(providers.state())
        .setState(state)
        .setName(listener.equals(http.listeners.get(0)) ? "" : listener.name)
        .setParser(listener.parser)
        .setAllowEIO3(engine.allowEio3)
        .setPingInterval(heartbeat.intervalMs)
        .setPingTimeout(heartbeat.timeoutMs)
        .setStrictPong(heartbeat.strictPong)
        .setMaxPayload(http.maxPayload)
        .setPlainMaxPayload(http.plainMaxPayload)
        .setUpgradeTimeout(engine.upgradeTimeoutMs)
        .setConnectTimeout(engine.connectTimeoutMs)
        .setJsonp(http.jsonp)
        .setOrigins(http.origins)
        .setTrustedProxies(http.trustedProxies)
        .setFanOutWindow(fanOutWindowMs)
        .setSendQueueBytes(limits.sendQueueBytes)
        .setMaxFragments(limits.maxFragments)
        .setMaxNamespaces(limits.maxNamespaces)
        .setMaxRooms(limits.maxRooms)
        .setMaxPendingAcks(limits.maxPendingAcks)
        .setAdmission(limits.admission())
        .setDecoderLimits(new DecoderLimits(
            limits.maxAttachments, limits.maxDepth, limits.maxNameLength, limits.maxNamespaceLength, limits.maxNumberLength,
            limits.maxValues))
        .setRateLimits(new RateLimits(events, events * 2, bytes, Math.max(bytes, http.maxPayload) * 2L))
        .setPlainRateLimits(new RateLimits(events, events * 2, 0, 0));
  }

  private static JsonObject part(JsonObject settings, String name) {
    return settings.getJsonObject(name, new JsonObject());
  }

  private static List<String> texts(JsonObject part, String key, List<String> otherwise) {
    JsonArray values = part.getJsonArray(key);
    return values == null ? otherwise : values.stream().map(String.class::cast).toList();
  }
}
