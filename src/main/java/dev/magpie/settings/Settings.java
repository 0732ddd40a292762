package dev.magpie.settings;

import dev.magpie.gateway.GatewayOptions;
import dev.magpie.gateway.ManagementOptions;
import dev.magpie.ops.BuildInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The checked settings: the environment overrides {@code conf/magpie.json}, which overrides the defaults. Each part reads its own record
 * from {@link #json}, which is also the configuration of a verticle that is deployed by itself. Immutable.
 *
 * @param source where they were read, for messages
 * @param json every key that has a value
 */
public record Settings(String source, JsonObject json) {
  private static final String FILE = "conf/magpie.json";

  private static final Pattern FILE_NAME = Pattern.compile("(?!.*://)[^\\p{Cntrl}\"{}\\[\\]]+");

  /** Other names of variables, with the key that they set. */
  private static final Map<String, String> ALIASES = Map.of("MAGPIE_ADMIN_PASSWORD_FILE", "staff.admin_password_file");

  /** The variables that set one field of a listener: that of the first one. */
  private static final Map<String, String> FIRST_LISTENER = Map.of("MAGPIE_HTTP_PORT", "port", "MAGPIE_HTTP_HOST", "host");

  private static final Map<String, String> MANAGEMENT = Map.of(
      "MAGPIE_HTTP_MANAGEMENT_PORT", "port", "MAGPIE_HTTP_MANAGEMENT_HOST", "host");

  /** The settings of a verticle that is deployed without {@code Main}: its configuration, and the defaults. */
  public static Settings of(JsonObject given) {
    return read(SettingsFile.parse("configuration", given.encode()), Map.of());
  }

  /**
   * Reads and checks the settings.
   *
   * @param conf of the command line: the name of a file, or JSON; null for {@code conf/magpie.json} in the working directory or beside the
   *     jar, or for the defaults alone where there is none
   * @throws SettingsException for what is not allowed
   */
  public static Settings load(String conf, Map<String, String> environment) {
    return read(file(conf), environment);
  }

  /** The file that {@link #load} reads for this {@code -conf}; empty if none. */
  public static Optional<Path> path(String conf) {
    if (conf == null) return found();
    return isJson(conf) ? Optional.empty() : Optional.of(Path.of(conf));
  }

  private static boolean isJson(String conf) {
    return conf.strip().startsWith("{");
  }

  private static SettingsFile file(String conf) {
    if (conf == null) return found().map(SettingsFile::read).orElse(SettingsFile.NONE);
    if (isJson(conf)) return SettingsFile.parse("-conf", conf);
    // JSON without its braces or quotation marks, which a shell removed, is no name of a file and may hold secrets.
    if (!FILE_NAME.matcher(conf).matches()) throw SettingsException.of("-conf: neither the name of a file nor a JSON object");
    return SettingsFile.read(Path.of(conf));
  }

  private static Optional<Path> found() {
    if (Files.exists(Path.of(FILE))) return Optional.of(Path.of(FILE));
    return BuildInfo.folder().map(folder -> folder.resolve(FILE)).filter(Files::exists);
  }

  static Settings read(SettingsFile file, Map<String, String> environment) {
    EnvironmentVariables.check(environment, variables());
    Map<String, Object> written = flat(file);
    Map<String, SettingsFile> overrides = new TreeMap<>();
    for (Setting setting : SettingsTable.SETTINGS) {
      ALIASES.forEach((variable, key) -> {
        if (key.equals(setting.key())) override(setting, variable, environment, written, overrides);
      });
      override(setting, setting.variable(), environment, written, overrides);
    }
    listener(environment, written, overrides);
    management(environment, written, overrides);
    Map<String, Object> checked = new LinkedHashMap<>();
    for (Setting setting : SettingsTable.SETTINGS) {
      SettingType.Place place = new SettingType.Place(overrides.getOrDefault(setting.key(), file), setting.key());
      checked.put(setting.key(),
          written.containsKey(setting.key()) ? setting.type().check(place, written.get(setting.key())) : setting.otherwise());
    }
    // The sections of applications are checked already.
    written.forEach((key, value) -> {
      if (value instanceof JsonObject) checked.put(key, value);
    });
    JsonObject nested = nested(checked);
    // Null is not the default here, and so it must not look like a missing key.
    if (checked.get(SettingsTable.MANAGEMENT_KEY) == null) nested.getJsonObject("http").putNull("management");
    Settings settings = new Settings(file == SettingsFile.NONE ? "defaults" : file.source(), nested);
    settings.checkListeners(overrides.getOrDefault("http.listeners", file));
    settings.checkRedirects(overrides.getOrDefault("http.listeners", file));
    settings.checkManagement(overrides.getOrDefault(SettingsTable.MANAGEMENT_KEY, file));
    settings.checkOrigins(overrides.getOrDefault("http.origins", file));
    settings.checkEmitter(overrides.getOrDefault("mongo.emitter.collection", file));
    return settings;
  }

  private static Set<String> variables() {
    return Stream.of(SettingsTable.SETTINGS.stream().map(Setting::variable), ALIASES.keySet().stream(), FIRST_LISTENER.keySet().stream(),
        MANAGEMENT.keySet().stream()).flatMap(variables -> variables).collect(Collectors.toSet());
  }

  /** The values of the file by their whole keys; refuses a key that is no setting. */
  private static Map<String, Object> flat(SettingsFile file) {
    Map<String, Object> flat = new LinkedHashMap<>();
    flatten(file, "", file.values(), flat);
    return flat;
  }

  private static void flatten(SettingsFile file, String prefix, Map<?, ?> values, Map<String, Object> flat) {
    values.forEach((name, value) -> {
      String key = prefix + name;
      if (SettingsTable.SETTINGS.stream().anyMatch(setting -> setting.key().equals(key))) {
        flat.put(key, value);
        return;
      }
      List<String> below = below(key + ".");
      if (below.isEmpty()) {
        Optional<JsonObject> section =
            prefix.isEmpty() ? ApplicationSection.check(new SettingType.Place(file, key), value) : Optional.empty();
        flat.put(key, section.orElseThrow(() -> SettingsException.of(file.place(key) + ": " + key + ": not a setting; allowed"
            + (prefix.isEmpty() ? "" : " in " + prefix.replaceAll("\\.$", "")) + ": " + String.join(", ", below(prefix)))));
        return;
      }
      if (!(value instanceof Map<?, ?> part))
        throw new SettingType.Place(file, key).refuse(value, "an object with " + String.join(", ", below));
      flatten(file, key + ".", part, flat);
    });
  }

  private static List<String> below(String prefix) {
    return SettingsTable.SETTINGS.stream().map(Setting::key).filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()).split("\\.")[0]).distinct().toList();
  }

  private static void override(Setting setting, String variable, Map<String, String> environment, Map<String, Object> written,
      Map<String, SettingsFile> overrides) {
    String text = environment.get(variable);
    if (text == null) return;
    written.put(setting.key(), setting.type().fromText(text));
    overrides.put(setting.key(), variable(variable));
  }

  private static void listener(Map<String, String> environment, Map<String, Object> written, Map<String, SettingsFile> overrides) {
    FIRST_LISTENER.forEach((variable, field) -> {
      if (!environment.containsKey(variable)) return;
      Object listeners = written.getOrDefault("http.listeners", List.of(Map.of()));
      // A value that is no list is refused by the check, with its place.
      if (!(listeners instanceof List<?> list) || list.isEmpty() || !(list.get(0) instanceof Map<?, ?> first)) return;
      Object value = fieldValue(field, environment.get(variable));
      List<Object> all = new ArrayList<>(list);
      all.set(0, with(first, field, value));
      // Checked here, so that the error names the variable.
      SettingsTable.check(field, new SettingType.Place(variable(variable), "http.listeners[0]." + field), value);
      written.put("http.listeners", all);
    });
  }

  private static void management(Map<String, String> environment, Map<String, Object> written, Map<String, SettingsFile> overrides) {
    String key = SettingsTable.MANAGEMENT_KEY;
    MANAGEMENT.forEach((variable, field) -> {
      if (!environment.containsKey(variable)) return;
      // One that is switched off stays so; a value that is no object is refused by the check, with its place.
      if (!(written.getOrDefault(key, Map.of()) instanceof Map<?, ?> management)) return;
      Object value = fieldValue(field, environment.get(variable));
      SettingsTable.checkManagement(field, new SettingType.Place(variable(variable), key + "." + field), value);
      written.put(key, with(management, field, value));
    });
  }

  private static Object fieldValue(String field, String text) {
    return field.equals("port") ? SettingType.whole(0, 0).fromText(text) : text;
  }

  private static Map<Object, Object> with(Map<?, ?> fields, String field, Object value) {
    Map<Object, Object> changed = new LinkedHashMap<>(fields);
    changed.put(field, value);
    return changed;
  }

  private static SettingsFile variable(String name) {
    return new SettingsFile("environment variable " + name, Map.of(), Map.of());
  }

  private static JsonObject nested(Map<String, Object> checked) {
    JsonObject json = new JsonObject();
    checked.forEach((key, value) -> {
      if (value instanceof JsonObject section) {
        json.put(key, section);
        return;
      }
      JsonObject part = json;
      String[] names = key.split("\\.");
      for (int i = 0; i < names.length - 1; i++) {
        if (!part.containsKey(names[i])) part.put(names[i], new JsonObject());
        part = part.getJsonObject(names[i]);
      }
      if (value != null)
        part.put(names[names.length - 1],
            value instanceof List<?> list ? array(list) : value instanceof Map<?, ?> map ? object(map) : value);
    });
    return json;
  }

  private static JsonArray array(List<?> list) {
    JsonArray array = new JsonArray();
    for (Object item : list) array.add(item instanceof Map<?, ?> map ? object(map) : item);
    return array;
  }

  private static JsonObject object(Map<?, ?> map) {
    JsonObject object = new JsonObject();
    map.forEach((name, value) -> object.put((String) name, value instanceof List<?> list ? array(list) : value));
    return object;
  }

  private void checkListeners(SettingsFile file) {
    Set<String> seen = new HashSet<>();
    // Listeners of the same name would share sessions, rooms and counters.
    Set<String> names = new HashSet<>();
    for (GatewayOptions.Listener listener : gateway().http().listeners()) {
      if (listener.port() > 0 && !seen.add(listener.host() + ":" + listener.port())) {
        throw SettingsException.refused(file.place("http.listeners"), "http.listeners", listener.host() + ":" + listener.port() + " twice",
            "each address once");
      }
      if (listener.proxyProtocol() && gateway().http().trustedProxies().isEmpty())
        throw SettingsException.refused(file.place("http.listeners"), "http.listeners[].proxy_protocol", "true without a proxy",
            "true where http.trusted_proxies names the proxy; connections of others are closed");
      if (!names.add(listener.name()))
        throw SettingsException.refused(file.place("http.listeners"), "http.listeners", "the name " + listener.name() + " twice",
            "each name once");
    }
  }

  private void checkRedirects(SettingsFile file) {
    List<GatewayOptions.Listener> listeners = gateway().http().listeners();
    boolean secured = listeners.stream().anyMatch(listener -> listener.tls() != null);
    for (GatewayOptions.Listener listener : listeners) {
      if (listener.redirect() == null) continue;
      if (listener == listeners.get(0)) throw refused(file, "a first listener that redirects", "one that serves");
      if (listener.tls() != null) throw refused(file, "redirect and tls of one listener", "redirect on a listener without tls");
      if (listener.redirect() == 0 && !secured)
        throw refused(file, "redirect \"https\" without a listener that has tls", "one with tls, or \"https:\" and its public port");
    }
  }

  private static SettingsException refused(SettingsFile file, String shown, String allowed) {
    return SettingsException.refused(file.place("http.listeners"), "http.listeners", shown, allowed);
  }

  private void checkEmitter(SettingsFile file) {
    JsonObject mongo = json.getJsonObject("mongo");
    String collection = mongo.getJsonObject("emitter").getString("collection");
    if (collection != null && mongo.getString("connection_string") == null) {
      throw SettingsException.refused(file.place("mongo.emitter.collection"), "mongo.emitter.collection", collection,
          "null, or mongo.connection_string of a replica set: the embedded database has no change streams; the HTTP API needs none");
    }
  }

  private void checkManagement(SettingsFile file) {
    GatewayOptions.Http http = gateway().http();
    int port = http.management().flatMap(ManagementOptions::port).orElse(0);
    if (port > 0 && http.listeners().stream().anyMatch(listener -> listener.port() == port))
      throw SettingsException.refused(file.place(SettingsTable.MANAGEMENT_KEY), SettingsTable.MANAGEMENT_KEY + ".port",
          Integer.toString(port), "a port that no listener of http.listeners has");
    if (http.listeners().stream().anyMatch(listener -> listener.name().equals(ManagementOptions.NAME)))
      throw SettingsException.refused(file.place("http.listeners"), "http.listeners", "the name " + ManagementOptions.NAME,
          "other names: it is that of http.management");
  }

  private void checkOrigins(SettingsFile file) {
    List<String> origins = gateway().http().origins();
    if (origins.contains("*") && origins.size() > 1) {
      throw SettingsException.refused(file.place("http.origins"), "http.origins", "\"*\" and others",
          "\"*\" alone, which admits every page without credentials, or names, which are admitted with them");
    }
  }

  /** Without values, some of which are secrets. */
  @Override
  public String toString() {
    return "Settings[source=" + source + "]";
  }

  public GatewayOptions gateway() {
    return GatewayOptions.from(json);
  }

  /** Number of gateways that share the listeners. */
  public int gatewayInstances() {
    // The other half of the processors is for the kernel, the collector, the database and the bot: as measured, a second loop on two
    // processors made each delivery more expensive and none faster.
    return json.getJsonObject("gateway").getInteger("instances", Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  public Bot bot() {
    JsonObject bot = json.getJsonObject("bot");
    return new Bot(bot.getJsonArray("answerers").stream().map(String.class::cast).toList(), bot.getInteger("instances"));
  }

  public Log log() {
    JsonObject log = json.getJsonObject("log");
    Map<String, String> levels = new TreeMap<>();
    log.getJsonObject("levels").forEach(level -> levels.put(level.getKey(), (String) level.getValue()));
    return new Log(log.getString("level"), levels, log.getString("format").equals("json"), log.getString("addresses").equals("full"));
  }

  public record Bot(List<String> answerers, int instances) {}

  /**
   * How the program logs.
   *
   * @param level of all loggers
   * @param levels by the name of the logger
   * @param json whether lines are JSON
   * @param fullAddresses whether clients' addresses are shown in full, not masked to their network
   */
  public record Log(String level, Map<String, String> levels, boolean json, boolean fullAddresses) {
    /** With masked addresses. */
    public Log(String level, Map<String, String> levels, boolean json) {
      this(level, levels, json, false);
    }
  }
}
