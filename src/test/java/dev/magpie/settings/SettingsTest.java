package dev.magpie.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.gateway.GatewayOptions;
import dev.magpie.store.StoreOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  @TempDir
  Path folder;

  @Test
  void areTheDefaultsWhereNothingIsWritten() {
    Settings settings = Settings.of(new JsonObject());
    assertThat(settings.gateway()).isEqualTo(GatewayOptions.DEFAULT);
    assertThat(settings.gatewayInstances()).isEqualTo(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    assertThat(StoreOptions.from(settings.json())).isEqualTo(StoreOptions.embedded(Path.of("data")));
  }

  @Test
  void canBeReadFromTheirOwnJson() {
    Settings settings = Settings.load("conf/tutorial.json", Map.of());
    assertThat(Settings.of(settings.json()).json()).isEqualTo(settings.json());
  }

  @Test
  void ofTheShippedFileAreAllOfThemWithTheirDefaults() {
    SettingsFile shipped = SettingsFile.read(Path.of("conf/magpie.json"));
    for (Setting setting : SettingsTable.SETTINGS) assertThat(shipped.lines()).containsKey(setting.key());
    assertThat(Settings.read(shipped, Map.of()).json()).isEqualTo(Settings.of(new JsonObject()).json());
  }

  @Test
  void ofTheTutorialServePort3000And8000AndPagesOpenedFromFiles() {
    GatewayOptions.Http http = Settings.load("conf/tutorial.json", Map.of()).gateway().http();
    assertThat(http.listeners()).extracting(GatewayOptions.Listener::port).containsExactly(8000, 3000);
    assertThat(http.origins()).containsExactly("null");
    assertThat(http.csp()).isEqualTo("off");
  }

  @Test
  void areListedInTheDocumentation() throws IOException {
    assertThat(Files.readString(Path.of("src/site/markdown/settings.md"))).contains(SettingsTable.markdown());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      {"heartbeat": {"interval_ms": "25s"}}      ~ heartbeat.interval_ms: "25s"; allowed: a whole number from 50 to 86400000
      {"heartbeat": {"timeout_ms": 0}}           ~ heartbeat.timeout_ms: 0; allowed: a whole number from 50 to 86400000
      {"heartbeat": {"timeout_ms": -1}}          ~ heartbeat.timeout_ms: -1; allowed: a whole number from 50 to 86400000
      {"heartbeat": {"timeout_ms": 100.5}}       ~ heartbeat.timeout_ms: 100.5; allowed: a whole number from 50 to 86400000
      {"heartbeat": {"timeout_ms": 1e99}}        ~ heartbeat.timeout_ms: 1E+99; allowed: a whole number from 50 to 86400000
      {"heartbeat": {"timeout_ms": null}}        ~ heartbeat.timeout_ms: null; allowed: a whole number from 50 to 86400000
      {"heartbeat": 25}                          ~ heartbeat: 25; allowed: an object with interval_ms, timeout_ms, strict_pong
      {"heartbeat": {"intervall_ms": 25000}}     ~ heartbeat.intervall_ms: not a setting; allowed in heartbeat: interval_ms, timeout_ms, \
      strict_pong
      {"hartbeat": {}}                           ~ hartbeat: not a setting; allowed: http, applications, gateway, engine, heartbeat, \
      limits, recovery, state, auth, mongo, data, bot, chat, staff, tutorial, log, shutdown
      {"http": {"listeners": []}}                ~ http.listeners: []; allowed: a list of at least 1, each an object with name, host, \
      port, applications, index, parser, proxy_protocol, tls, redirect
      {"http": {"listeners": [{"port": 99999}]}} ~ http.listeners[0].port: 99999; allowed: a whole number from -1 to 65535
      {"http": {"listeners": [{"prot": 1}]}}     ~ http.listeners[0].prot: not a setting; allowed: an object with name, host, port, \
      applications, index, parser, proxy_protocol, tls, redirect
      {"http": {"listeners": [{"tls": {"certs": []}}]}} ~ http.listeners[0].tls.certs: not a setting; allowed: an object with \
      certificates, self_signed, client_auth, client_ca, reload_ms
      {"http": {"listeners": [{"tls": {"certificates": [{"key": 1}]}}]}} ~ http.listeners[0].tls.certificates[0].key: 1; allowed: a path \
      of a PEM file
      {"http": {"listeners": [{"tls": true}]}} ~ http.listeners[0].tls: true; allowed: an object with certificates, self_signed, \
      client_auth, client_ca, reload_ms, or null
      {"http": {"listeners": [{}, {"port": 80, "redirect": "http"}]}} ~ http.listeners[1].redirect: "http"; allowed: "https" or "https:" \
      and a port, or null
      {"http": {"listeners": [{}, {"port": 80, "redirect": "https"}]}} ~ http.listeners: redirect "https" without a listener that has \
      tls; allowed: one with tls, or "https:" and its public port
      {"http": {"listeners": [{"redirect": "https:443"}]}} ~ http.listeners: a first listener that redirects; allowed: one that serves
      {"http": {"listeners": [{}, {"port": 80, "redirect": "https:443", "tls": {}}]}} ~ http.listeners: redirect and tls of one listener; \
      allowed: redirect on a listener without tls
      {"http": {"listeners": [{"parser": "xml"}]}} ~ http.listeners[0].parser: "xml"; allowed: "json" or "msgpack"
      {"http": {"listeners": [{"proxy_protocol": true}]}} ~ http.listeners[].proxy_protocol: true without a proxy; allowed: true \
      where http.trusted_proxies names the proxy; connections of others are closed
      {"mongo": {"emitter": {"collection": "events"}}} ~ mongo.emitter.collection: events; allowed: null, or mongo.connection_string \
      of a replica set: the embedded database has no change streams; the HTTP API needs none
      {"http": {"base_path": "/rt/"}} ~ http.base_path: "/rt/"; allowed: empty, or a path such as "/rt" without a slash at its end
      {"http": {"base_path": "/a/../b"}} ~ http.base_path: "/a/../b"; allowed: empty, or a path such as "/rt" without a slash at its end
      {"http": {"listeners": [{}, {}]}}          ~ http.listeners: 127.0.0.1:8000 twice; allowed: each address once
      {"http": {"listeners": [{"port": 1}, {"port": 2, "name": "main"}]}} ~ http.listeners: the name main twice; allowed: each name once
      {"http": {"origins": ["*", "https://shop.example"]}} ~ http.origins: "*" and others; allowed: "*" alone, which admits every page \
      without credentials, or names, which are admitted with them
      {"http": {"jsonp": "yes"}}                 ~ http.jsonp: "yes"; allowed: true or false
      {"http": {"origins": ["shop.example"]}}    ~ http.origins[0]: "shop.example"; allowed: an origin such as "https://shop.example" or \
      "app://desk", "null" or "*"
      {"http": {"trusted_proxies": ["10.0.0.0/33"]}} ~ http.trusted_proxies[0]: "10.0.0.0/33"; allowed: an address or a network such as \
      "10.0.0.7", "10.0.0.0/8" or "2001:db8::/32"
      {"mongo": {"connection_string": "http://me:secret@db"}} ~ mongo.connection_string: (not shown); allowed: an address that starts with \
      mongodb://, all but letters and digits percent-encoded in its user name and password, or null
      {"http": {"webroot": "a\\u0007 x://me:p/s @db"}} ~ http.webroot: "a\\u0007 x://***@db"; allowed: a folder
      {"log": {"levels": {"io.vertx": "loud"}}}  ~ log.levels.io.vertx: "loud"; allowed: one of off, error, warn, info, debug, trace
      {"gateway": {"crowd_rest_ms": -1}}         ~ gateway.crowd_rest_ms: -1; allowed: a whole number from 0 to 1000
      {"gateway": {"instances": 0}}              ~ gateway.instances: 0; allowed: a whole number from 1 to 1024, or null
      """)
  void thatAreWrongAreRefusedInOneLine(String json, String message) {
    assertThatThrownBy(() -> Settings.load(json, Map.of())).isInstanceOf(SettingsException.class).hasMessage("-conf:1: " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "{'chat': {'moderators': ['hunter2']}}",
      "{'chat': {'moderators': 'hunter2'}}",
      "{'chat': {'moderators': [['hunter2']]}}",
      "{'chat': {'moderators': {'of': 'hunter2'}}}",
      "{'chat': ['hunter2']}",
      "{'chat': 'hunter2'}",
      "{'chat': {'moderators': [hunter2]}}",
      "{'chat': {'moderators': ['hunter2]}}",
      "{'chat': {'moderators': [1e99999hunter2]}}",
      "'chat': {'moderators': ['hunter2']}",
      "[{'chat': 'hunter2'}]",
      "mongodb://me:hunter2@db",
      "{'mongo': {'connection_string': 'mongodb://me:hunter2'}, 'data': 1}",
      "{'mongo': {'connection_string': 'mongodb://me:hunter2 @db'}}",
      "{'mongo': {'connection_string': 'mongodb://me:hunter2/x@db'}}",
      "{'mongo': {'connection_string': 'mongodb://me:hunter2?x@db'}}",
      "{'mongo': {'connection_string': 'mongodb://me:hunter2@x@db'}}",
      "{'mongo': {'connection_string': 'mongodb://me:hunter2#x@db'}}",
      "{'mongo': {'connection_string': ['mongodb://me:hunter2@db']}}",
      "{'mongo': 'mongodb://me:hunter2@db'}",
      "{'mongo': {'database': 'mongodb://me:hunter2/x @db'}}",
      "{'data': {'path': ['mongodb://me:hunter2@db']}}"})
  void thatAreRefusedNeverShowASecret(String json) {
    assertThatThrownBy(() -> Settings.load(json.replace('\'', '"'), Map.of())).isInstanceOf(SettingsException.class)
        .hasMessageNotContaining("hunter2");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      MAGPIE_CHAT_MODERATORS         ~ hunter2
      MAGPIE_CHAT_MODERATORS         ~ ["hunter2
      MAGPIE_CHAT_MODERATORS         ~ [hunter2]
      MAGPIE_MONGO_CONNECTION_STRING ~ hunter2
      MAGPIE_MONGO_CONNECTION_STRING ~ mongodb://me:hunter2/x@db
      """)
  void ofTheEnvironmentThatAreRefusedNeverShowASecret(String variable, String value) {
    assertThatThrownBy(() -> Settings.load("{}", Map.of(variable, value))).isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("environment variable " + variable + ": ").hasMessageContaining(": (not shown); allowed: ")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void doNotShowTheirValuesAsText() {
    Settings settings =
        Settings.load("{\"mongo\": {\"connection_string\": \"mongodb://me:hunter2@db\"}, \"chat\": {\"moderators\": "
        + "[\"hunter2hunter2hunter2\"]}}", Map.of());
    assertThat(settings + " " + StoreOptions.from(settings.json())).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mongodb://db", "mongodb://me:s%40cret@db:27017,db2/koa?replicaSet=rs", "mongodb+srv://me:secret@db/koa",
      "mongodb://%2Ftmp%2Fmongodb.sock", "mongodb://[::1]:27017/?tls=true"})
  void nameADatabaseByItsConnectionString(String address) {
    Settings settings = Settings.load(null, Map.of("MAGPIE_MONGO_CONNECTION_STRING", address));
    assertThat(StoreOptions.from(settings.json()).connectionString()).contains(address);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
      {"http": }              ~ :1: not JSON: Unexpected character ('}' (code 125)): expected a value
      []                      ~ :1: not a JSON object
      ``                      ~ :1: not a JSON object
      {} {}                   ~ :1: something follows the JSON object
      {"http": [ }            ~ :1: not JSON: Unexpected close marker '}': expected ']'
      {"log": {}, "log": {}}  ~ :1: not JSON: Duplicate field 'log'
      """)
  void inABrokenFileAreRefusedInOneLine(String text, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("broken.json"), text);
    assertThatThrownBy(() -> Settings.load(file.toString(), Map.of())).isInstanceOf(SettingsException.class).hasMessage(file + message);
  }

  @Test
  void inAMissingFileAreRefused() {
    assertThatThrownBy(() -> Settings.load("nowhere.json", Map.of())).hasMessage("nowhere.json: no such file");
    assertThatThrownBy(() -> Settings.load(folder.toString(), Map.of())).hasMessage(folder + ": cannot be read, it is a folder");
  }

  @Test
  void thatAreWrongAreNamedWithTheirLine() throws IOException {
    Path file = Files.writeString(folder.resolve("wrong.json"),
        "{\n  \"log\": {},\n  \"http\": {\n    \"listeners\": [\n      {\"port\": -5}\n    ]\n  }\n}\n");
    assertThatThrownBy(() -> Settings.load(file.toString(), Map.of())).hasMessageStartingWith(file + ":5: http.listeners[0].port: -5;");
  }

  @Test
  void areOverriddenByTheEnvironment() {
    Settings settings = Settings.load("{\"http\": {\"max_payload\": 5000, \"listeners\": [{\"port\": 1}, {\"port\": 2}]}}", Map.of(
        "MAGPIE_HTTP_PORT", "9000",
        "MAGPIE_HTTP_MAX_PAYLOAD", "6000",
        "MAGPIE_HTTP_ORIGINS", "https://a.example, https://b.example",
        "MAGPIE_ENGINE_ALLOW_EIO3", "false",
        "MAGPIE_LOG_LEVELS", "{\"io.netty\": \"debug\"}",
        "MAGPIE_MONGO_CONNECTION_STRING", "",
        "MAGPIE_GATEWAY_INSTANCES", "3"));
    assertThat(settings.gateway().http().listeners()).extracting(GatewayOptions.Listener::port).containsExactly(9000, 2);
    assertThat(settings.gateway().http().maxPayload()).isEqualTo(6000);
    assertThat(settings.gateway().http().origins()).containsExactly("https://a.example", "https://b.example");
    assertThat(settings.gateway().engine().allowEio3()).isFalse();
    assertThat(settings.log().levels()).containsExactly(Map.entry("io.netty", "debug"));
    assertThat(StoreOptions.from(settings.json()).connectionString()).isEmpty();
    assertThat(settings.gatewayInstances()).isEqualTo(3);
  }

  @Test
  void ofTheEnvironmentAreCheckedToo() {
    assertThatThrownBy(() -> Settings.load("{}", Map.of("MAGPIE_HTTP_PORT", "99999")))
        .hasMessage("environment variable MAGPIE_HTTP_PORT: http.listeners[0].port: 99999; allowed: a whole number from -1 to 65535");
    assertThatThrownBy(() -> Settings.load("{}", Map.of("MAGPIE_HEARTBEAT_INTERVAL_MS", "25s")))
        .hasMessage("environment variable MAGPIE_HEARTBEAT_INTERVAL_MS: heartbeat.interval_ms: \"25s\"; allowed: a whole number from 50 "
        + "to 86400000");
  }

  @ParameterizedTest
  @CsvSource({
      "MAGPIE_HEARTBEAT_INTERVALMS, MAGPIE_HEARTBEAT_INTERVAL_MS",
      "MAGPIE_HTTP_PROT, MAGPIE_HTTP_PORT",
      "MAGPIE_HTP_PORT, MAGPIE_HTTP_PORT",
      "MAGPIE_ORIGINS, MAGPIE_HTTP_ORIGINS"
  })
  void ofAVariableThatNamesNoneAreRefusedWithTheNearest(String written, String nearest) {
    assertThatThrownBy(() -> Settings.load("{}", Map.of(written, "1"))).isInstanceOf(SettingsException.class)
        .hasMessage("environment variable " + written + ": not a setting; did you mean " + nearest + "?");
  }

  @Test
  void areNotLookedForInVariablesOfOthers() {
    Settings settings = Settings.load("{}", Map.of(
        "MAGPIE_TEST_MONGO", "mongodb://127.0.0.1", "MAGPIE_CHROMIUM", "/usr/bin/chromium",
        "MAGPIE_SERVICE_HOST", "10.0.0.1", "MAGPIE_SERVICE_PORT_HTTP", "8000", "MAGPIE_PORT", "tcp://10.0.0.1:8000",
        "MAGPIE_PORT_8000_TCP_ADDR", "10.0.0.1",
        "MAGPIE_WEB_SERVICE_PORT", "8000", "MAGPIER_X", "1"));
    assertThat(settings.json()).isEqualTo(Settings.of(new JsonObject()).json());
  }
}
