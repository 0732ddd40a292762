package dev.magpie.settings;

import static dev.magpie.settings.SettingType.flag;
import static dev.magpie.settings.SettingType.list;
import static dev.magpie.settings.SettingType.map;
import static dev.magpie.settings.SettingType.object;
import static dev.magpie.settings.SettingType.optional;
import static dev.magpie.settings.SettingType.text;
import static dev.magpie.settings.SettingType.whole;

import dev.magpie.auth.AuthOptions;
import dev.magpie.auth.AuthOptions.Jwt;
import dev.magpie.auth.AuthOptions.Rule;
import dev.magpie.gateway.ClientQuotas;
import dev.magpie.gateway.GatewayOptions;
import dev.magpie.gateway.GatewayOptions.Engine;
import dev.magpie.gateway.GatewayOptions.Heartbeat;
import dev.magpie.gateway.GatewayOptions.Http;
import dev.magpie.gateway.GatewayOptions.Limits;
import dev.magpie.gateway.GatewayOptions.Listener;
import dev.magpie.gateway.GatewayOptions.Tls;
import dev.magpie.gateway.ManagementOptions;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.staff.StaffOptions;
import dev.magpie.staff.StaffRole;
import dev.magpie.state.StateOptions;
import dev.magpie.transport.Networks;
import dev.magpie.transport.admission.Origins;
import java.util.List;
import java.util.Map;

/** All settings with their keys, types, defaults and meanings. A test compares settings.md with it. */
public final class SettingsTable {
  private static final long DAY_MS = 86_400_000;

  static final String MANAGEMENT_KEY = "http.management";

  private static final SettingType HOST = text("[\\w.:%-]+", "a host name or an address");
  private static final SettingType SERVED = text("[\\w.-]+|\\*", "a host name such as \"chat.example.com\", or \"*\" for any");
  private static final SettingType NAME = text("[\\w.-]+", "a name of letters, digits, '-', '_' and '.'");
  private static final SettingType ORIGIN = text(Origins::isOrigin,
      "an origin such as \"https://shop.example\" or \"app://desk\", \"null\" or \"*\"");
  private static final SettingType NETWORK = text(Networks::isNetwork, Networks.ALLOWED);
  private static final SettingType FILE = text("(?!/)(?!.*\\.\\.)[^\\\\\\p{Cntrl}]+", "a path below the webroot");
  private static final SettingType BASE_PATH = text("(/(?!\\.\\.?(/|$))[\\w.~-]+)*",
      "empty, or a path such as \"/rt\" without a slash at its end");
  private static final SettingType LEVEL = text("(?i)off|error|warn|info|debug|trace", "one of off, error, warn, info, debug, trace");

  /** A password may not have a bare '/' or '?': the driver would take the part before it for the host, and show it in messages. */
  private static final SettingType CONNECTION_STRING = text("mongodb(\\+srv)?://([^\\s/?#@]+@)?[^\\s/?#@]+(/[^\\s?#@]*)?(\\?[^\\s#@]*)?",
      "an address that starts with mongodb://, all but letters and digits percent-encoded in its user name and password");

  private static final SettingType SECRET_FILE = text("[^\\p{Cntrl}]+", "a file");
  private static final SettingType CLASS = text("[\\p{L}_$][\\p{L}\\p{N}_$.]*", "the name of a class");
  private static final SettingType RECOVERY = text("none|memory|durable", "one of none, memory, durable");

  private static final SettingType PATH = text("[^\\p{Cntrl}]+", "a path of a PEM file");

  private static final List<Setting> CERTIFICATE = List.of(
      new Setting("certificate", PATH, null, "PEM file: the certificate, behind it those of its issuers"),
      new Setting("key", PATH, null, "PEM file: its private key, not encrypted"));

  private static final List<Setting> TLS = List.of(
      new Setting("certificates", list(object(CERTIFICATE), 0), List.of(),
          "the host a client names chooses among them, the first one is for all others"),
      new Setting("self_signed", flag(), Tls.DEFAULT.selfSigned(), "a certificate of its own below data.path, for a trial"),
      new Setting("client_auth", text("none|request|required", "one of none, request, required"), Tls.DEFAULT.clientAuth(),
          "whether clients are asked for a certificate, and may have none"),
      new Setting("client_ca", optional(PATH), null, "PEM file: the authorities of clients' certificates"),
      new Setting("reload_ms", whole(50, DAY_MS), Tls.DEFAULT.reloadMs(), "time between two looks whether the files have changed"));

  private static final List<Setting> LISTENER = List.of(
      new Setting("name", optional(NAME), null, "name in logs and metrics, unique; null: main, main-2, …"),
      new Setting("host", HOST, Listener.DEFAULT.host(), "127.0.0.1 includes the IPv6 loopback address"),
      new Setting("port", whole(-1, 65535), (long) Listener.DEFAULT.port(), "0: any free port"),
      new Setting("applications", list(NAME, 0), List.of(), "empty: those of the setting applications"),
      new Setting("index", FILE, Listener.DEFAULT.index(), "page at /"),
      new Setting("parser", text("json|msgpack", "\"json\" or \"msgpack\""), "json",
          "parser of Socket.IO clients of version 3 and 4; Magpie's own pages use json"),
      new Setting("proxy_protocol", flag(), Listener.DEFAULT.proxyProtocol(),
          "each connection begins with a PROXY protocol header, version 1 or 2, of one of http.trusted_proxies; others are closed"),
      new Setting("tls", optional(object(TLS)), null, "HTTPS, with HTTP/2 for those who speak it; null: plain HTTP"),
      new Setting("redirect", optional(text("https(:[1-9]\\d{0,4})?", "\"https\" or \"https:\" and a port")), null,
          "every request is redirected to the first listener with tls, or to this public port of it; null: serves"));

  private static final List<Setting> MANAGEMENT = List.of(
      new Setting("host", HOST, ManagementOptions.DEFAULT.host(), "127.0.0.1 includes the IPv6 loopback address"),
      new Setting("port", optional(whole(0, 65535)), null,
          "0: any free port; null: 8001 or, where that is in use or the first listener's port is 0, any free port"),
      new Setting("tls", optional(object(TLS)), null, "as http.listeners[].tls; null: plain HTTP"));

  private static final SettingType TEXT = text("[^\\p{Cntrl}]+", "a text");
  private static final SettingType ALGORITHM = text("[HRPE]S(256|384|512)|EdDSA",
      "one of HS256, RS256, PS256, ES256, their forms of 384 and 512, EdDSA");
  private static final SettingType ADDRESS = text(
      "https://[^\\s\\p{Cntrl}@]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])[:/][^\\s\\p{Cntrl}@]*",
      "an address that starts with https://, or with http:// on this host");

  private static final List<Setting> RULE = List.of(
      new Setting("require", flag(), Rule.DEFAULT.require(), "whether a client without a token is refused"),
      new Setting("roles", list(TEXT, 0), Rule.DEFAULT.roles(), "of which the user has at least one"),
      new Setting("scopes", list(TEXT, 0), Rule.DEFAULT.scopes(), "all of which the user has"));

  private static final List<Setting> KEY = List.of(
      new Setting("algorithm", ALGORITHM, null, "by which it signs"),
      new Setting("kid", optional(TEXT), null, "by which tokens name it"),
      new Setting("secret", optional(TEXT), null, "of an HS algorithm"),
      new Setting("file", optional(TEXT), null, "file with the secret, or with a public key or certificate in PEM"));

  public static final List<Setting> SETTINGS = List.of(
      new Setting("http.listeners", list(object(LISTENER), 1), List.of(defaults(LISTENER)),
          "addresses to listen on, each with its applications"),
      new Setting(MANAGEMENT_KEY, optional(object(MANAGEMENT)), defaults(MANAGEMENT),
          "listener for operators: /metrics, /ready with details, the HTTP API; null: none"),
      new Setting("http.max_payload", whole(1024, 1 << 30), (long) Http.DEFAULT.maxPayload(),
          "largest Socket.IO message and largest polling request, in bytes"),
      new Setting("http.plain_max_payload", whole(1024, 1 << 30), (long) Http.DEFAULT.plainMaxPayload(),
          "largest message at /ws, in bytes"),
      new Setting("http.webroot", text("[^\\p{Cntrl}]+", "a folder"), Http.DEFAULT.webroot(),
          "folder of your own pages; its files take precedence over Magpie's pages"),
      new Setting("http.csp", text("[^\\p{Cntrl}]+", "a Content-Security-Policy, or \"off\""), Http.DEFAULT.csp(),
          "Content-Security-Policy of the files in http.webroot"),
      new Setting("http.origins", list(ORIGIN, 0), Http.DEFAULT.origins(),
          "origins that may connect, in addition to the same origin and loopback hosts"),
      new Setting("http.trusted_proxies", list(NETWORK, 0), Http.DEFAULT.trustedProxies(),
          "proxies whose X-Forwarded-* and Forwarded headers are trusted"),
      new Setting("http.hosts", list(SERVED, 0), Http.DEFAULT.hosts(),
          "accepted Host names, in addition to loopback names and addresses; empty: no other on a loopback listener, all on others"),
      new Setting("http.max_request_line", whole(1024, 1 << 20), (long) Http.DEFAULT.maxRequestLine(),
          "longest request line (method, path and query), in bytes"),
      new Setting("http.max_header_size", whole(1024, 1 << 20), (long) Http.DEFAULT.maxHeaderSize(),
          "largest sum of a request's headers, in bytes"),
      new Setting("http.base_path", BASE_PATH, Http.DEFAULT.basePath(), "path below which all pages and sockets are; other paths get 404"),
      new Setting("http.hsts_seconds", whole(0, 100_000_000), Http.DEFAULT.hstsSeconds(),
          "max-age of Strict-Transport-Security, sent to clients that come by TLS; 0: not sent"),
      new Setting("http.jsonp", flag(), Http.DEFAULT.jsonp(), "JSONP polling for old clients; no origin check protects it"),
      new Setting("applications", list(NAME, 0), GatewayOptions.DEFAULT.applications(),
          "applications to mount; empty: all on the class path"),
      new Setting("gateway.instances", optional(whole(1, 1024)), null,
          "event loops that serve connections; null: half the number of processors"),
      new Setting("gateway.crowd_rest_ms", whole(0, 1000), GatewayOptions.DEFAULT.fanOutWindowMs(),
          "longest coalescing window after a broadcast to 64 or more WebSockets; 0: no coalescing"),
      new Setting("gateway.cluster_provider", optional(CLASS), null, "class that connects instances; null: the only one on the class path"),
      new Setting("engine.allow_eio3", flag(), Engine.DEFAULT.allowEio3(), "accept clients of Socket.IO 1 and 2 (Engine.IO 3)"),
      new Setting("engine.upgrade_timeout_ms", whole(10, DAY_MS), Engine.DEFAULT.upgradeTimeoutMs(),
          "time for the upgrade from polling to WebSocket"),
      new Setting("engine.connect_timeout_ms", whole(10, DAY_MS), Engine.DEFAULT.connectTimeoutMs(),
          "time for a client to join its first namespace"),
      new Setting("heartbeat.interval_ms", whole(50, DAY_MS), Heartbeat.DEFAULT.intervalMs(), "time between two pings"),
      new Setting("heartbeat.timeout_ms", whole(50, DAY_MS), Heartbeat.DEFAULT.timeoutMs(), "time for the pong"),
      new Setting("heartbeat.strict_pong", flag(), Heartbeat.DEFAULT.strictPong(),
          "only a pong counts as a sign of life, no other traffic"),
      new Setting("limits.send_queue_bytes", whole(1024, 1 << 30), (long) Limits.DEFAULT.sendQueueBytes(),
          "send queue of one client; a client that exceeds it is closed with 4008"),
      new Setting("limits.max_fragments", whole(16, 1 << 30), (long) Limits.DEFAULT.maxFragments(), "fragments of one WebSocket message"),
      new Setting("limits.max_attachments", whole(0, 10_000), (long) Limits.DEFAULT.maxAttachments(), "binary attachments of one event"),
      new Setting("limits.max_depth", whole(1, 1000), (long) Limits.DEFAULT.maxDepth(), "nesting depth of arrays and objects"),
      new Setting("limits.max_name_length", whole(1, 65_536), (long) Limits.DEFAULT.maxNameLength(), "characters of an event name"),
      new Setting("limits.max_namespace_length", whole(1, 65_536), (long) Limits.DEFAULT.maxNamespaceLength(),
          "characters of a namespace name"),
      new Setting("limits.max_number_length", whole(20, 65_536), (long) Limits.DEFAULT.maxNumberLength(), "characters of a number"),
      new Setting("limits.max_values", whole(1, 1 << 30), (long) Limits.DEFAULT.maxValues(), "values in one message, on all levels"),
      new Setting("limits.max_namespaces", whole(1, 10_000), (long) Limits.DEFAULT.maxNamespaces(), "namespaces that one connection joins"),
      new Setting("limits.events_per_second", whole(1, 1 << 30), (long) Limits.DEFAULT.eventsPerSecond(),
          "events from one socket; burst: twice that"),
      new Setting("limits.bytes_per_second", whole(1024, 1 << 30), (long) Limits.DEFAULT.bytesPerSecond(),
          "bytes from one socket; burst: twice that"),
      new Setting("limits.max_connections", optional(whole(1, 1 << 30)), null,
          "connections of the whole process; null: derived from the file descriptor limit"),
      new Setting("limits.handshakes_per_second", whole(1, 1 << 30), Limits.DEFAULT.handshakesPerSecond(),
          "handshakes of the whole process; others get 503 with Retry-After"),
      new Setting("limits.pending_bytes", optional(whole(1 << 20, 1L << 40)), null,
          "budget of the whole process for unfinished messages and request bodies; null: a quarter of the heap"),
      new Setting("limits.exempt", list(NETWORK, 0), ClientQuotas.DEFAULT.exempt(),
          "networks that no limit per address or user counts; loopback only without forwarding headers"),
      new Setting("limits.socket.rooms", whole(1, 1 << 30), (long) Limits.DEFAULT.maxRooms(), "rooms that one socket joins"),
      new Setting("limits.socket.pending_acks", whole(1, 1 << 30), (long) Limits.DEFAULT.maxPendingAcks(),
          "acknowledgements that the server waits for from one socket"),
      limit("address.connections", ClientQuotas.DEFAULT.address().connections(),
          "sessions and WebSockets of one address, or IPv6 network of 64 bits; TCP connections: twice that"),
      limit("address.handshakes_per_second", ClientQuotas.DEFAULT.address().handshakesPerSecond(),
          "handshakes from one address; burst: 20 times that; others get 429 with Retry-After"),
      limit("address.events_per_second", ClientQuotas.DEFAULT.address().eventsPerSecond(), "events from one address; burst: 5 times that"),
      limit("address.bytes_per_second", ClientQuotas.DEFAULT.address().bytesPerSecond(), "bytes from one address; burst: 5 times that"),
      limit("address.rooms", ClientQuotas.DEFAULT.address().rooms(), "memberships of rooms of one address"),
      limit("address.namespaces", ClientQuotas.DEFAULT.address().namespaces(), "sockets of one address, one for each namespace joined"),
      limit("address.pending_acks", ClientQuotas.DEFAULT.address().pendingAcks(), "acknowledgements awaited from one address"),
      limit("user.connections", ClientQuotas.DEFAULT.user().connections(), "connections of one user, on all devices"),
      limit("user.handshakes_per_second", ClientQuotas.DEFAULT.user().handshakesPerSecond(),
          "namespaces that one user joins a second; burst: 20 times that"),
      limit("user.events_per_second", ClientQuotas.DEFAULT.user().eventsPerSecond(), "events from one user; burst: 5 times that"),
      limit("user.bytes_per_second", ClientQuotas.DEFAULT.user().bytesPerSecond(), "bytes from one user; burst: 5 times that"),
      limit("user.rooms", ClientQuotas.DEFAULT.user().rooms(), "memberships of rooms of one user"),
      limit("user.namespaces", ClientQuotas.DEFAULT.user().namespaces(), "sockets of one user"),
      limit("user.pending_acks", ClientQuotas.DEFAULT.user().pendingAcks(), "acknowledgements awaited from one user"),
      limit("all.events_per_second", 0, "events from all clients that are not exempt; burst: 5 times that"),
      limit("all.bytes_per_second", 0, "bytes from all clients that are not exempt; burst: 5 times that"),
      limit("all.rooms", 0, "memberships of rooms of all clients that are not exempt"),
      limit("all.namespaces", 0, "sockets of all clients that are not exempt"),
      limit("all.pending_acks", 0, "acknowledgements awaited from all clients that are not exempt"),
      new Setting("recovery.namespaces", map(RECOVERY, "modes by namespace"), Map.of(),
          "recovery mode by namespace; overrides what the application chose"),
      new Setting("recovery.provider", optional(CLASS), null, "class that stores durable logs; null: the only one on the class path"),
      new Setting("recovery.window_ms", whole(1000, DAY_MS), RecoveryOptions.DEFAULT.windowMillis(),
          "how long a disconnected client can recover its session"),
      new Setting("recovery.max_missed", whole(1, 100_000), (long) RecoveryOptions.DEFAULT.maxMissed(),
          "most events replayed to one client; a client that missed more starts a new session"),
      new Setting("recovery.memory_events", whole(1, 10_000_000), (long) RecoveryOptions.DEFAULT.memoryEvents(),
          "events that a namespace with mode memory retains"),
      new Setting("recovery.memory_bytes", whole(1024, 1L << 40), RecoveryOptions.DEFAULT.memoryBytes(),
          "bytes that a namespace with mode memory retains"),
      new Setting("recovery.max_events", whole(1, 1L << 40), RecoveryOptions.DEFAULT.maxEvents(),
          "events that a durable namespace retains"),
      new Setting("recovery.max_bytes", whole(1024, 1L << 50), RecoveryOptions.DEFAULT.maxBytes(),
          "bytes of events that a durable namespace retains; the oldest are removed first"),
      new Setting("recovery.max_age_ms", whole(1000, 36_500 * DAY_MS), RecoveryOptions.DEFAULT.maxAgeMillis(),
          "greatest age of a retained event"),
      new Setting("recovery.accept_clock_jump", flag(), RecoveryOptions.DEFAULT.acceptClockJump(),
          "for one start: trust a clock that is more than a day ahead of what a log has seen"),
      new Setting("state.provider", optional(CLASS), null, "class that stores durable room state; null: the only one on the class path"),
      new Setting("state.max_keys", whole(1, 1_000_000), (long) StateOptions.DEFAULT.maxKeys(), "keys of one room's retained state"),
      new Setting("state.max_value_bytes", whole(1, 1 << 26), (long) StateOptions.DEFAULT.maxValueBytes(),
          "bytes of one retained value, as JSON, with its key"),
      new Setting("state.max_room_bytes", whole(1, 1 << 30), (long) StateOptions.DEFAULT.maxRoomBytes(),
          "bytes of all retained values of one room"),
      new Setting("state.stream_idle_ms", whole(1, 86_400_000), StateOptions.DEFAULT.streamIdleMillis(),
          "a stream to which nothing is appended for so long is aborted"),
      new Setting("state.stream_keep_ms", whole(1, 86_400_000), StateOptions.DEFAULT.streamKeepMillis(),
          "how long a stream that has ended is told to who joins"),
      new Setting("auth.namespaces", map(object(RULE), "rules by namespace"), Map.of(),
          "namespaces that need a token, with the roles and scopes of its user"),
      new Setting("auth.cookie", optional(text("[\\w-]+", "the name of a cookie")), AuthOptions.DEFAULT.cookie(),
          "cookie that holds a token; read for this server's own pages only"),
      new Setting("auth.query", flag(), AuthOptions.DEFAULT.query(), "whether a token may be in the query, as token; URLs are in logs"),
      new Setting("auth.notice_ms", whole(0, DAY_MS), AuthOptions.DEFAULT.noticeMs(),
          "how long before the expiry of its token a client is sent auth:expiring"),
      Setting.secret("auth.jwt.keys", list(object(KEY), 0), Jwt.DEFAULT.keys(),
          "keys of tokens, each with algorithm, kid, and secret or file"),
      new Setting("auth.jwt.jwks_file", optional(TEXT), Jwt.DEFAULT.jwksFile(), "file with a JSON Web Key Set"),
      new Setting("auth.jwt.jwks_url", optional(ADDRESS), Jwt.DEFAULT.jwksUrl(), "address of a JSON Web Key Set"),
      new Setting("auth.jwt.jwks_refresh_ms", whole(10_000, DAY_MS), Jwt.DEFAULT.jwksRefreshMs(), "age from which a key set is read anew"),
      new Setting("auth.jwt.algorithms", list(ALGORITHM, 1), Jwt.DEFAULT.algorithms().stream().sorted().toList(),
          "algorithms that are allowed"),
      new Setting("auth.jwt.issuer", optional(TEXT), Jwt.DEFAULT.issuer(), "the claim iss of tokens; null: any"),
      new Setting("auth.jwt.audience", list(TEXT, 0), Jwt.DEFAULT.audience(), "of which the claim aud has at least one; empty: any"),
      new Setting("auth.jwt.leeway_ms", whole(0, 600_000), Jwt.DEFAULT.leewayMs(), "tolerated difference of the issuer's clock"),
      new Setting("auth.jwt.roles_claim", TEXT, Jwt.DEFAULT.rolesClaim(), "claim that lists roles; dots lead into objects"),
      new Setting("auth.jwt.scopes_claim", TEXT, Jwt.DEFAULT.scopesClaim(), "claim that lists scopes"),
      Setting.secret("mongo.connection_string", optional(CONNECTION_STRING), null, "MongoDB to use; null: the embedded database"),
      new Setting("mongo.database", text("[\\w-]{1,63}", "a database's name"), "koa", "database with the bot's articles"),
      new Setting("mongo.emitter.collection", optional(text("(?!system\\.)[^$\\p{Cntrl}]{1,200}", "the name of a collection")), null,
          "collection that @socket.io/mongo-emitter of other programs writes to; null: none is followed"),
      new Setting("mongo.emitter.database", optional(text("[\\w-]{1,63}", "a database's name")), null,
          "database of that collection; null: mongo.database"),
      new Setting("data.path", text("[^\\p{Cntrl}]+", "a folder"), "data",
          "folder of the embedded database, relative to the working directory"),
      new Setting("bot.answerers", list(text("\\S+", "an address on the event bus"), 0),
      List.of("magpie.bot.canned", "magpie.bot.articles"),
          "event-bus addresses that are asked for an answer, in this order"),
      new Setting("bot.meaning", flag(), true, "search by embeddings in addition to words"),
      new Setting("bot.instances", whole(0, 1024), 1L, "instances of the bot verticle; 0: none in this process"),
      Setting.secret("chat.moderators", list(text("\\S{16,256}", "a secret of at least 16 characters"), 0), List.of(),
          "moderator secrets; a client that sends one as auth.moderator may mute, kick, delete and purge"),
      new Setting("chat.messages_per_second", whole(1, 1 << 30), 50L, "chat requests from one connection; burst: twice that"),
      new Setting("chat.user_bytes_per_minute", whole(32_768, 1L << 50), 2_097_152L,
          "bytes of messages and edits from one user, each 256 more than its text"),
      new Setting("chat.address_bytes_per_minute", whole(32_768, 1L << 50), 16_777_216L,
          "bytes of messages and edits from one address, or IPv6 network of 64 bits"),
      new Setting("staff.idle_ms", whole(1000, 365 * DAY_MS), StaffOptions.DEFAULT.idleMs(),
          "a session of staff that sends no request for so long ends; an open socket stays until its absolute end"),
      new Setting("staff.absolute_ms", whole(1000, 365 * DAY_MS), StaffOptions.DEFAULT.absoluteMs(),
          "a session of staff ends this long after its login"),
      new Setting("staff.attempts_per_minute", whole(1, 1_000_000), (long) StaffOptions.DEFAULT.attemptsPerMinute(),
          "logins that one address, or IPv6 network of 64 bits, may try"),
      new Setting("staff.lockout_failures", whole(1, 1_000_000), (long) StaffOptions.DEFAULT.lockoutFailures(),
          "wrong logins after which an account is locked"),
      new Setting("staff.lockout_ms", whole(1000, DAY_MS), StaffOptions.DEFAULT.lockoutMs(), "how long an account is locked"),
      new Setting("staff.admin_password_file", optional(SECRET_FILE), null,
          "file with the password of the first administrator; null: a one-time password is written to data/first-login"),
      new Setting("staff.oidc.issuer", optional(text("https://[^\\s?#]+|http://(127\\.0\\.0\\.1|\\[::1]|localhost)(:\\d+)?(/[^\\s?#]*)?",
          "an https address; on this machine also http")), null, "OpenID Connect provider for single sign-on of staff; null: none"),
      new Setting("staff.oidc.client_id", optional(text("\\S+", "the provider's id of this server")), null,
          "id of this server at the provider"),
      Setting.secret("staff.oidc.client_secret", optional(text("\\S+", "a text without spaces")), null,
          "secret of this server at the provider; null: in the file, or none"),
      new Setting("staff.oidc.client_secret_file", optional(SECRET_FILE), null, "file with that secret"),
      new Setting("staff.oidc.redirect_uri",
          optional(text("https?://[^\\s?#]+/staff/oidc/callback", "the address of /staff/oidc/callback")), null,
          "address to which the provider sends the browser back; null: by the request's Host"),
      new Setting("staff.oidc.scopes", list(text("[\\x21\\x23-\\x5b\\x5d-\\x7e]+", "the name of a scope"), 1), StaffOptions.SCOPES,
          "scopes that are asked for"),
      new Setting("staff.oidc.groups_claim", text("\\S+", "the name of a claim"), StaffOptions.GROUPS_CLAIM,
          "claim of the id token with the user's groups"),
      new Setting("staff.oidc.roles", map(text("editor|agent|operator|admin", "one of " + StaffRole.allowed()), "roles by group"), Map.of(),
          "role of each group; who is in none of them may not sign in"),
      new Setting("tutorial.node", text("sender|all", "\"sender\" or \"all\""), "sender", "who gets to-client: its sender or all"),
      new Setting("tutorial.bot", text("bot|broadcast", "\"bot\" or \"broadcast\""), "bot",
          "whether the tutorial's bot answers, or broadcasts the question"),
      new Setting("tutorial.escape", flag(), false, "whether texts are escaped, for pages that insert them as HTML"),
      new Setting("log.format", text("text|json", "\"text\" or \"json\""), "text", "format of the log: text, or one JSON object per line"),
      new Setting("log.level", LEVEL, "info", "level of Magpie's loggers; reloaded when the file changes"),
      new Setting("log.levels", map(LEVEL, "levels by logger"), Map.of(),
          "levels of other loggers, for example \"io.vertx\": \"debug\"; reloaded when the file changes"),
      new Setting("log.addresses", text("masked|full", "\"masked\" or \"full\""), "masked",
          "clients' addresses in the log: masked to their network (/24, IPv6 /48), or full; reloaded when the file changes"),
      new Setting("shutdown.drain_ms", whole(0, DAY_MS), GatewayOptions.DEFAULT.drainMs(),
          "time in which a stopping gateway disconnects its clients"));

  private SettingsTable() {}

  /** @param otherwise 0: none */
  private static Setting limit(String key, long otherwise, String meaning) {
    return new Setting("limits." + key, optional(whole(1, 1L << 40)), otherwise == 0 ? null : otherwise, meaning + "; null: no limit");
  }

  private static Map<String, Object> defaults(List<Setting> keys) {
    Map<String, Object> defaults = new java.util.LinkedHashMap<>();
    for (Setting key : keys) defaults.put(key.key(), key.otherwise());
    return defaults;
  }

  /** Checks one field of a listener that an environment variable sets. */
  static void check(String listenerField, SettingType.Place place, Object value) {
    check(LISTENER, listenerField, place, value);
  }

  /** As above, of the management listener. */
  static void checkManagement(String field, SettingType.Place place, Object value) {
    check(MANAGEMENT, field, place, value);
  }

  private static void check(List<Setting> fields, String field, SettingType.Place place, Object value) {
    for (Setting setting : fields) if (setting.key().equals(field)) setting.type().check(place, value);
  }

  /** The table of settings.md, as Markdown. */
  static String markdown() {
    StringBuilder table = new StringBuilder("| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n");
    for (Setting setting : SETTINGS) row(table, setting.key(), setting);
    for (Setting setting : LISTENER) row(table, "http.listeners[].".concat(setting.key()), setting);
    for (Setting setting : TLS) row(table, "http.listeners[].tls.".concat(setting.key()), setting);
    for (Setting setting : CERTIFICATE) row(table, "http.listeners[].tls.certificates[].".concat(setting.key()), setting);
    for (Setting setting : MANAGEMENT) row(table, MANAGEMENT_KEY + "." + setting.key(), setting);
    return table.toString();
  }

  private static void row(StringBuilder table, String key, Setting setting) {
    String otherwise = key.equals("http.listeners") ? "one, of the defaults below"
        : "`" + io.vertx.core.json.Json.encode(setting.otherwise()) + "`";
    String allowed = key.equals("http.listeners") ? "a list of at least 1" : setting.type().allowed();
    table.append("| `").append(key).append("` | ").append(setting.type().name()).append(" | ").append(otherwise).append(" | ")
        .append(allowed.replace("|", "\\|"));
    table.append(" | ").append(setting.meaning()).append(" |\n");
  }
}
