package dev.magpie;

import static dev.magpie.SettingType.flag;
import static dev.magpie.SettingType.list;
import static dev.magpie.SettingType.map;
import static dev.magpie.SettingType.object;
import static dev.magpie.SettingType.optional;
import static dev.magpie.SettingType.text;
import static dev.magpie.SettingType.whole;

import dev.magpie.core.RecoveryOptions;
import dev.magpie.gateway.GatewayOptions;
import dev.magpie.gateway.GatewayOptions.Engine;
import dev.magpie.gateway.GatewayOptions.Heartbeat;
import dev.magpie.gateway.GatewayOptions.Http;
import dev.magpie.gateway.GatewayOptions.Limits;
import dev.magpie.gateway.GatewayOptions.Listener;
import dev.magpie.transport.Networks;
import dev.magpie.transport.Origins;
import java.util.List;
import java.util.Map;

/** Every setting: what it is called, what it may be, what it is by default. The README's table is made of it. */
final class SettingsTable {
  private static final long DAY_MS = 86_400_000;

  private static final SettingType HOST = text("[\\w.:%-]+", "a host name or an address");
  private static final SettingType SERVED = text("[\\w.-]+|\\*", "a host name such as \"chat.example.com\", or \"*\" for any");
  private static final SettingType NAME = text("[\\w.-]+", "a name of letters, digits, '-', '_' and '.'");
  private static final SettingType ORIGIN = text(Origins::isOrigin, "an origin such as \"https://shop.example\" or \"app://desk\", \"null\" or \"*\"");
  private static final SettingType NETWORK = text(Networks::isNetwork, Networks.ALLOWED);
  private static final SettingType FILE = text("(?!/)(?!.*\\.\\.)[^\\\\\\p{Cntrl}]+", "a path below the webroot");
  private static final SettingType LEVEL = text("(?i)off|error|warn|info|debug|trace", "one of off, error, warn, info, debug, trace");

  /** The driver would take what stands before a bare '/' or '?' of a password for the host, and name it in its messages. */
  private static final SettingType CONNECTION_STRING = text("mongodb(\\+srv)?://([^\\s/?#@]+@)?[^\\s/?#@]+(/[^\\s?#@]*)?(\\?[^\\s#@]*)?",
      "an address that starts with mongodb://, all but letters and digits percent-encoded in its user name and password");

  private static final SettingType CLASS = text("[\\p{L}_$][\\p{L}\\p{N}_$.]*", "the name of a class");
  private static final SettingType RECOVERY = text("none|memory|durable", "one of none, memory, durable");

  private static final List<Setting> LISTENER = List.of(
      new Setting("name", optional(NAME), null, "in logs and numbers, each once; null: main, main-2, …"),
      new Setting("host", HOST, Listener.DEFAULT.host(), "127.0.0.1 is served by IPv6 too"),
      new Setting("port", whole(-1, 65535), (long) Listener.DEFAULT.port(), "0: any free port"),
      new Setting("applications", list(NAME, 0), List.of(), "empty: those of the key applications"),
      new Setting("index", FILE, Listener.DEFAULT.index(), "the page at /"));

  static final List<Setting> SETTINGS = List.of(
      new Setting("http.listeners", list(object(LISTENER), 1), List.of(defaults(LISTENER)), "addresses to listen on, each with its applications"),
      new Setting("http.max_payload", whole(1024, 1 << 30), (long) Http.DEFAULT.maxPayload(), "bytes of one Socket.IO message or polling request"),
      new Setting("http.plain_max_payload", whole(1024, 1 << 30), (long) Http.DEFAULT.plainMaxPayload(), "bytes of one message at /ws"),
      new Setting("http.webroot", text("[^\\p{Cntrl}]+", "a folder"), Http.DEFAULT.webroot(), "the folder whose files come before Magpie's own pages"),
      new Setting("http.csp", text("[^\\p{Cntrl}]+", "a Content-Security-Policy, or \"off\""), Http.DEFAULT.csp(), "the Content-Security-Policy of files in that folder"),
      new Setting("http.origins", list(ORIGIN, 0), Http.DEFAULT.origins(), "origins that may connect, besides the same origin and loopback hosts"),
      new Setting("http.trusted_proxies", list(NETWORK, 0), Http.DEFAULT.trustedProxies(), "proxies whose X-Forwarded and Forwarded headers are believed"),
      new Setting("http.hosts", list(SERVED, 0), Http.DEFAULT.hosts(), "names that may be asked for, besides loopback names and addresses; empty: none on a loopback address, any on others"),
      new Setting("http.max_request_line", whole(1024, 1 << 20), (long) Http.DEFAULT.maxRequestLine(), "bytes of a request's method, path and query"),
      new Setting("http.max_header_size", whole(1024, 1 << 20), (long) Http.DEFAULT.maxHeaderSize(), "bytes of a request's headers, cookies among them"),
      new Setting("http.jsonp", flag(), Http.DEFAULT.jsonp(), "JSONP polling of old clients, which no check of origins protects"),
      new Setting("applications", list(NAME, 0), GatewayOptions.DEFAULT.applications(), "applications to mount; empty: all that are found"),
      new Setting("gateway.instances", optional(whole(1, 1024)), null, "event loops that serve; null: half as many as there are processors"),
      new Setting("gateway.crowd_rest_ms", whole(0, 1000), GatewayOptions.DEFAULT.crowdRestMs(), "after a broadcast to 64 or more, others gather for as long as it took, at most so long; 0: none waits"),
      new Setting("gateway.cluster_provider", optional(CLASS), null,
          "the class that connects instances; null: the only one on the class path"),
      new Setting("engine.allow_eio3", flag(), Engine.DEFAULT.allowEio3(), "clients of Socket.IO 1 and 2"),
      new Setting("engine.upgrade_timeout_ms", whole(10, DAY_MS), Engine.DEFAULT.upgradeTimeoutMs(), "for a polling client's change to WebSocket"),
      new Setting("engine.connect_timeout_ms", whole(10, DAY_MS), Engine.DEFAULT.connectTimeoutMs(), "for a client to join its first namespace"),
      new Setting("heartbeat.interval_ms", whole(50, DAY_MS), Heartbeat.DEFAULT.intervalMs(), "between two pings"),
      new Setting("heartbeat.timeout_ms", whole(50, DAY_MS), Heartbeat.DEFAULT.timeoutMs(), "for the pong"),
      new Setting("heartbeat.strict_pong", flag(), Heartbeat.DEFAULT.strictPong(), "only a pong is a sign of life, no other traffic"),
      new Setting("limits.send_queue_bytes", whole(1024, 1 << 30), (long) Limits.DEFAULT.sendQueueBytes(), "waiting for one client; a slower reader is closed"),
      new Setting("limits.max_fragments", whole(16, 1 << 30), (long) Limits.DEFAULT.maxFragments(), "of one WebSocket message"),
      new Setting("limits.max_attachments", whole(0, 10_000), (long) Limits.DEFAULT.maxAttachments(), "binary parts of one event"),
      new Setting("limits.max_depth", whole(1, 1000), (long) Limits.DEFAULT.maxDepth(), "of nested arrays and objects"),
      new Setting("limits.max_name_length", whole(1, 65_536), (long) Limits.DEFAULT.maxNameLength(), "characters of an event's name"),
      new Setting("limits.max_namespace_length", whole(1, 65_536), (long) Limits.DEFAULT.maxNamespaceLength(), "characters of a namespace's name"),
      new Setting("limits.max_number_length", whole(20, 65_536), (long) Limits.DEFAULT.maxNumberLength(), "characters of a number"),
      new Setting("limits.max_values", whole(1, 1 << 30), (long) Limits.DEFAULT.maxValues(), "of one message's data, on all levels"),
      new Setting("limits.max_namespaces", whole(1, 10_000), (long) Limits.DEFAULT.maxNamespaces(), "that one connection joins"),
      new Setting("limits.events_per_second", whole(1, 1 << 30), (long) Limits.DEFAULT.eventsPerSecond(), "from one socket; twice that in a burst"),
      new Setting("limits.bytes_per_second", whole(1024, 1 << 30), (long) Limits.DEFAULT.bytesPerSecond(), "from one socket; twice that in a burst"),
      new Setting("limits.max_connections", optional(whole(1, 1 << 30)), null, "of the whole process; null: as many as there are file descriptors"),
      new Setting("limits.handshakes_per_second", whole(1, 1 << 30), Limits.DEFAULT.handshakesPerSecond(), "of the whole process; more are sent away with 503, to come again"),
      new Setting("limits.pending_bytes", optional(whole(1 << 20, 1L << 40)), null, "of the whole process: messages and bodies begun and not finished; null: a quarter of the heap"),
      new Setting("recovery.namespaces", map(RECOVERY, "modes by namespace"), Map.of(), "what reconnects, and crashes, do not lose; before what an application says"),
      new Setting("recovery.provider", optional(CLASS), null, "the class that keeps durable logs; null: the only one on the class path"),
      new Setting("recovery.window_ms", whole(1000, DAY_MS), RecoveryOptions.DEFAULT.windowMillis(), "for a client that is away to find its session again"),
      new Setting("recovery.max_missed", whole(1, 100_000), (long) RecoveryOptions.DEFAULT.maxMissed(), "events replayed to one client; who has missed more starts anew"),
      new Setting("recovery.memory_events", whole(1, 10_000_000), (long) RecoveryOptions.DEFAULT.memoryEvents(), "that a namespace in memory keeps"),
      new Setting("recovery.memory_bytes", whole(1024, 1L << 40), RecoveryOptions.DEFAULT.memoryBytes(), "that a namespace in memory keeps"),
      new Setting("recovery.max_events", whole(1, 1L << 40), RecoveryOptions.DEFAULT.maxEvents(), "that a durable namespace keeps"),
      new Setting("recovery.max_bytes", whole(1024, 1L << 50), RecoveryOptions.DEFAULT.maxBytes(), "that the events of a durable namespace take; the oldest go first"),
      new Setting("recovery.max_age_ms", whole(1000, 36_500 * DAY_MS), RecoveryOptions.DEFAULT.maxAgeMillis(), "of what a namespace keeps"),
      new Setting("recovery.accept_clock_jump", flag(), RecoveryOptions.DEFAULT.acceptClockJump(), "for one start: a clock more than a day ahead of what a log has seen is right"),
      Setting.secret("mongo.connection_string", optional(CONNECTION_STRING), null, "null: the embedded database"),
      new Setting("mongo.database", text("[\\w-]{1,63}", "a database's name"), "koa", "the database that holds the bot's articles"),
      new Setting("data.path", text("[^\\p{Cntrl}]+", "a folder"), "data", "the folder of the embedded database, made where Magpie is started"),
      new Setting("bot.answerers", list(text("\\S+", "an address on the event bus"), 0), List.of("magpie.bot.canned", "magpie.bot.articles"), "asked in this order"),
      new Setting("bot.meaning", flag(), true, "search by meaning too, not by words alone"),
      new Setting("bot.instances", whole(0, 1024), 1L, "of the bot's verticle; 0: none here"),
      Setting.secret("chat.moderators", list(text("\\S{16,256}", "a secret of at least 16 characters"), 0), List.of(), "secrets; who sends one as auth.moderator may mute, kick and delete"),
      new Setting("chat.messages_per_second", whole(1, 1 << 30), 50L, "that one connection may ask of the chat; twice that in a burst"),
      new Setting("tutorial.node", text("sender|all", "\"sender\" or \"all\""), "sender", "who hears to-client"),
      new Setting("tutorial.bot", text("bot|broadcast", "\"bot\" or \"broadcast\""), "bot", "whether the tutorial's bot answers, or tells all what was said"),
      new Setting("tutorial.escape", flag(), false, "whether titles, and what is told to all, are escaped for pages that append them as HTML"),
      new Setting("log.format", text("text|json", "\"text\" or \"json\""), "text", "of the log: lines for people, or a JSON object a line"),
      new Setting("log.level", LEVEL, "info", "of Magpie's own log; changes while it runs, when the file changes"),
      new Setting("log.levels", map(LEVEL, "levels by logger"), Map.of(), "of other loggers, such as \"io.vertx\": \"debug\"; likewise"),
      new Setting("shutdown.drain_ms", whole(0, DAY_MS), GatewayOptions.DEFAULT.drainMs(), "in which a stopping gateway lets its clients go"));

  private SettingsTable() {}

  private static Map<String, Object> defaults(List<Setting> keys) {
    Map<String, Object> defaults = new java.util.LinkedHashMap<>();
    for (Setting key : keys) defaults.put(key.key(), key.otherwise());
    return defaults;
  }

  /** One field of a listener, set by itself. */
  static void check(String listenerField, SettingType.Place place, Object value) {
    for (Setting setting : LISTENER) if (setting.key().equals(listenerField)) setting.type().check(place, value);
  }

  /** For the README; lines of Markdown. */
  static String markdown() {
    StringBuilder table = new StringBuilder("| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n");
    for (Setting setting : SETTINGS) row(table, setting.key(), setting);
    for (Setting setting : LISTENER) row(table, "http.listeners[].".concat(setting.key()), setting);
    return table.toString();
  }

  private static void row(StringBuilder table, String key, Setting setting) {
    String otherwise = key.equals("http.listeners") ? "one, of the defaults below" : "`" + io.vertx.core.json.Json.encode(setting.otherwise()) + "`";
    String allowed = key.equals("http.listeners") ? "a list of at least 1" : setting.type().allowed();
    table.append("| `").append(key).append("` | ").append(setting.type().name()).append(" | ").append(otherwise).append(" | ").append(allowed.replace("|", "\\|"));
    table.append(" | ").append(setting.meaning()).append(" |\n");
  }
}
