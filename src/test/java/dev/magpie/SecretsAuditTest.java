package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import dev.magpie.testing.Await;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * No secret is in a log, a metric, an error, a file of the data folder or the database: each one is set to a marker, every door is used
 * rightly and wrongly at the most talkative log levels, and all that the program has said and stored is searched for the markers.
 */
@Timeout(240)
class SecretsAuditTest extends CommandProcesses {
  private static final String MODERATOR = "marker-moderator-5f1e9c77";
  private static final String WRONG_MODERATOR = "marker-moderator-wrong-77c9";
  private static final String WRONG_KEY = "mgp_markerwrongk_" + "markerWrongKey".repeat(4).substring(0, 43);
  private static final String GUEST = "marker-guest-token-41d2a0b3";
  private static final String WRONG_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJtYXJrZXIiOiJqd3QifQ.marker-jwt-signature-90ab";
  private static final String DATABASE_PASSWORD = "marker-database-password-77fe";
  /** No secret: the search must find it, or it would find nothing else either. */
  private static final String CONTROL = "control-word-that-is-stored-and-logged";

  private static final String STAFF_PASSWORD = "marker-staff-password-3ad8";
  private static final String WRONG_PASSWORD = "marker-staff-wrong-password-91b4";
  private static final String JWT_SECRET = "marker-jwt-secret-0123456789abcdef0123456789";
  private static final String CLIENT_SECRET = "marker-oidc-client-secret-66d1";

  private static final List<String> PATHS = List.of("/metrics", "/ready", "/api/v1/stats", "/api/v1/nothing", "/staff/me", "/nothing",
      "/socket.io/?EIO=4&transport=polling");

  private static final Pattern MANAGEMENT = Pattern.compile("listening url=(\\S+) listener=management");
  private static final String LOG = "\"log\":{\"level\":\"trace\",\"levels\":{\"dev.magpie.packets\":\"trace\"}}";

  private final Map<String, String> secrets = new LinkedHashMap<>();
  /** What the program said, by where. */
  private final Map<String, String> said = new TreeMap<>();

  @Test
  void noSecretIsSaidOrStored() throws Exception {
    secrets.putAll(Map.of("moderator", MODERATOR, "wrong moderator", WRONG_MODERATOR, "wrong key", WRONG_KEY.substring(17), "guest token",
        GUEST, "wrong JWT", signature(WRONG_JWT), "staff password", STAFF_PASSWORD, "wrong staff password", WRONG_PASSWORD, "JWT key",
        JWT_SECRET, "client secret of single sign-on", CLIENT_SECRET));
    assertThat(end(start("keys", "keys", "create", "audit", "--scope", "emit,read,metrics"))).isZero();
    String key = out("keys").strip();
    secrets.put("key", key.substring(17));
    said.put("errors of keys", said("keys"));
    Files.writeString(folder.resolve("server.json"), settings().encode());
    Process server = start("server", "-conf", "server.json");
    try {
      int port = URI.create("http" + url(server)).getPort();
      Await.until("the server is ready", () -> get(port, "/ready").startsWith("HTTP/1.1 200"));
      Matcher management = MANAGEMENT.matcher(out("server"));
      assertThat(management.find()).isTrue();
      http(port, URI.create(management.group(1)).getPort(), key);
      chat(port);
      staff(port);
    } finally {
      server.destroy();
      end(server);
    }
    said.put("log", out("server"));
    said.put("errors", said("server"));
    readFiles();
    readDatabase();
    assertThat(holding(CONTROL)).as("stored events, and packets in the log").contains("log", "file data/magpie.mv.db");
    assertThat(holding(key.substring(4, 16))).as("the key's id").contains("database", "errors of keys");
    assertNoneIsSaid();
  }

  private JsonObject settings() throws IOException {
    Path password = Files.writeString(folder.resolve("password"), STAFF_PASSWORD + "\n");
    Files.setPosixFilePermissions(password, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    JsonObject key = new JsonObject().put("algorithm", "HS256").put("secret", JWT_SECRET);
    String plain = "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"instances\":0},\"applications\":[\"chat\"]," + LOG + "}";
    return new JsonObject(plain)
        .put("chat", new JsonObject().put("moderators", new JsonArray().add(MODERATOR)))
        .put("auth", new JsonObject().put("jwt", new JsonObject().put("keys", new JsonArray().add(key)))
        .put("namespaces", new JsonObject().put("/chat", new JsonObject().put("require", false))))
        .put("staff", new JsonObject().put("admin_password_file", password.toString()).put("oidc", new JsonObject()
        .put("issuer", "http://127.0.0.1:1").put("client_id", "audit").put("client_secret", CLIENT_SECRET)));
  }

  /** A token of HS256 for so many seconds, with a user of this name. */
  private static String jwt(String subject, long seconds) throws Exception {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    JsonObject claims = new JsonObject().put("sub", subject).put("exp", System.currentTimeMillis() / 1000 + seconds);
    String signed = base64.encodeToString("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "."
        + base64.encodeToString(claims.encode().getBytes(StandardCharsets.UTF_8));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(JWT_SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
  }

  private static String signature(String jwt) {
    return jwt.substring(jwt.lastIndexOf('.') + 1);
  }

  @Test
  void theAddressOfTheDatabaseIsNeverShownWithItsPassword() throws Exception {
    secrets.put("database password", DATABASE_PASSWORD);
    List<String> addresses = List.of("mongodb://op:" + DATABASE_PASSWORD + "@127.0.0.1:1/?serverSelectionTimeoutMS=200",
        "mongodb://op:" + DATABASE_PASSWORD + "@127.0.0.1:port", "mongodb://op:" + DATABASE_PASSWORD + "/@127.0.0.1",
        "mongodb://op:" + DATABASE_PASSWORD + "@127.0.0.1/?authMechanism=none", "op:" + DATABASE_PASSWORD + "@127.0.0.1");
    for (int i = 0; i < addresses.size(); i++) {
      String name = "server" + i;
      Files.writeString(folder.resolve(name + ".json"), "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"instances\":0},\"mongo\":"
          + "{\"connection_string\":\"" + addresses.get(i) + "\"}," + LOG + "}");
      Process server = start(name, "-conf", name + ".json");
      if (i == 0) {
        Await.until("the database is away", () -> out(name).contains("database away") || !server.isAlive());
        server.destroy();
      }
      end(server);
      said.put("log " + i, out(name));
      said.put("errors " + i, said(name));
      Process list = start(name + "keys", "keys", "list", "-conf", name + ".json");
      assertThat(end(list)).isEqualTo(2);
      said.put("command " + i, out(name + "keys") + said(name + "keys"));
    }
    assertThat(holding("127.0.0.1")).as("the addresses themselves").isNotEmpty();
    assertNoneIsSaid();
  }

  // The doors.

  /** Keys and tokens in every header that carries one, in the query, in heads that cannot be read. */
  private void http(int port, int management, String key) throws IOException {
    List<String> credentials = new ArrayList<>();
    for (String written : List.of(key, WRONG_KEY, "mgp_" + WRONG_KEY, WRONG_JWT)) {
      credentials.add("Authorization: Bearer " + written);
      credentials.add("Authorization: " + written);
      credentials.add("Authorization : Bearer " + written);
      credentials.add("Authorization\u0001: Bearer " + written);
      credentials.add("X-API-Key: " + written);
      credentials.add("X-API-Key: " + written + "\r\nX-Long: " + "x".repeat(40_000));
      credentials.add("Cookie: session=" + written);
    }
    int asked = 0;
    for (String header : credentials) {
      for (String path : PATHS) {
        for (int to : new int[] {port, management}) said.put("answer " + ++asked, get(to, path, header));
      }
    }
    for (String secret : List.of(key, WRONG_KEY, WRONG_JWT)) {
      for (String path : List.of("/metrics?key=", "/api/v1/stats?token=", "/socket.io/?EIO=4&transport=polling&token=", "/?token="))
        said.put("answer " + ++asked, get(port, path + secret));
    }
    String body = "{\"namespace\":\"/chat\",\"event\":\"" + CONTROL + "\",\"args\":[1]}";
    for (String sent : List.of(body, "{", "[]")) said.put("answer " + ++asked, post(port, "/api/v1/emit", key, sent));
    said.put("metrics", get(management, "/metrics"));
    said.put("details", get(management, "/ready"));
  }

  /** The chat over Socket.IO and magpie.v1: tokens and moderators' secrets in auth, and in requests. */
  private void chat(int port) throws Exception {
    String first = jwt("ann", 600);
    String second = jwt("ann", 1200);
    secrets.put("JWT", signature(first));
    secrets.put("new JWT", signature(second));
    try (RawWebSocket client = RawWebSocket.connect(port, "/socket.io/?EIO=4&transport=websocket")) {
      client.readFrame();
      client.sendText("40/chat," + new JsonObject().put("jwt", first).encode());
      assertThat(readUntil(client, "/chat,")).as("let in by its token").startsWith("40/chat,");
      for (String token : List.of(second, WRONG_JWT)) {
        client.sendText("42/chat,7" + new JsonArray().add("auth:refresh").add(new JsonObject().put("token", token)).encode());
        said.put("refresh " + token.length(), readUntil(client, "43/chat,7"));
      }
    }
    JsonObject auth = new JsonObject().put("token", GUEST).put("moderator", MODERATOR);
    for (JsonObject shown : List.of(auth, new JsonObject().put("moderator", WRONG_MODERATOR), new JsonObject().put("jwt", WRONG_JWT),
        new JsonObject().put("token", WRONG_JWT))) {
      try (RawWebSocket client = RawWebSocket.connect(port, "/socket.io/?EIO=4&transport=websocket")) {
        client.readFrame();
        client.sendText("40/chat," + shown.encode());
        talk(client, "42/chat,", "43/chat,");
      }
    }
    try (RawWebSocket client = RawWebSocket.connect(port, "/ws?ns=/chat", "Sec-WebSocket-Protocol: magpie.v1")) {
      JsonObject join = new JsonObject().put("room", "tea").put("name", "v1").put("token", GUEST);
      client.sendText(new JsonObject().put("event", "join").put("args", new JsonArray().add(join)).put("ack", 1).encode());
      readUntil(client, "\"ack\":1");
      JsonObject mute = new JsonObject().put("room", "tea").put("name", "nobody").put("moderator", WRONG_MODERATOR);
      client.sendText(new JsonObject().put("event", "mute").put("args", new JsonArray().add(mute)).put("ack", 2).encode());
      readUntil(client, "\"ack\":2");
    }
  }

  /** Logins of staff; what the right login answers is for its browser alone. */
  private void staff(int port) throws Exception {
    String wrong = staff(port, "login", new JsonObject().put("name", "admin").put("password", WRONG_PASSWORD), "");
    said.put("wrong login", wrong);
    assertThat(wrong).startsWith("HTTP/1.1 401");
    String login = staff(port, "login", new JsonObject().put("name", "admin").put("password", STAFF_PASSWORD), "");
    Matcher cookie = Pattern.compile("magpie_staff=([^;\\s]+)").matcher(login);
    assertThat(cookie.find()).as(login).isTrue();
    secrets.put("session of staff", cookie.group(1));
    String headers = "Cookie: " + cookie.group() + "\r\n";
    String me = get(port, "/staff/me", headers.strip());
    String csrf = new JsonObject(me.substring(me.indexOf('{'), me.lastIndexOf('}') + 1)).getString("csrf");
    secrets.put("CSRF token", csrf);
    headers += "X-CSRF-Token: " + csrf + "\r\n";
    String totp = staff(port, "totp", new JsonObject().put("action", "begin").put("password", STAFF_PASSWORD), headers);
    Matcher secret = Pattern.compile("\"secret\":\"([^\"]+)\"").matcher(totp);
    assertThat(secret.find()).as(totp).isTrue();
    secrets.put("secret of one-time codes", secret.group(1));
    JsonObject confirm = new JsonObject().put("action", "confirm").put("secret", secret.group(1)).put("code", "000000");
    said.put("wrong code", staff(port, "totp", confirm, headers));
    String next = "marker-staff-next-password-20cf";
    secrets.put("next password of staff", next);
    said.put("wrong change", staff(port, "password", new JsonObject().put("password", WRONG_PASSWORD).put("next", next), headers));
    said.put("change", staff(port, "password", new JsonObject().put("password", STAFF_PASSWORD).put("next", next), headers)
        .replaceAll("(?i)set-cookie:[^\r]*", ""));
    said.put("single sign-on", get(port, "/staff/oidc/start"));
  }

  private static String staff(int port, String path, JsonObject body, String headers) throws IOException {
    String text = body.encode();
    return exchange(port, "POST /staff/" + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\nOrigin: http://localhost:" + port
        + "\r\nConnection: close\r\n" + headers + "Content-Type: application/json\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
  }

  private void talk(RawWebSocket client, String event, String ack) throws IOException {
    if (readUntil(client, "/chat,").startsWith("44/chat")) return;
    JsonObject room = new JsonObject().put("room", "tea");
    client.sendText(event + "1" + new JsonArray().add("join").add(room.copy().put("name", "guest").put("token", GUEST)).encode());
    String joined = readUntil(client, ack + "1");
    Matcher token = Pattern.compile("\"token\":\"([^\"]+)\"").matcher(joined);
    // Made by the server for a guest who came without one; told to this guest alone.
    if (token.find()) secrets.put("token made for a guest", token.group(1));
    client.sendText(event + "2" + new JsonArray().add("message").add(room.copy().put("text", CONTROL).put("cid", "c1")).encode());
    readUntil(client, ack + "2");
    for (String moderator : List.of(MODERATOR, WRONG_MODERATOR)) {
      client.sendText(event + "3" + new JsonArray().add("mute").add(room.copy().put("name", "x").put("moderator", moderator)).encode());
      readUntil(client, ack + "3");
    }
  }

  private String readUntil(RawWebSocket client, String wanted) throws IOException {
    while (true) {
      RawWebSocket.Frame frame = client.readFrame();
      if (frame.opcode() == RawWebSocket.CLOSE) return "closed " + frame;
      if (frame.opcode() == RawWebSocket.TEXT && frame.text().contains(wanted)) return frame.text();
    }
  }

  private static String get(int port, String path, String... headers) throws IOException {
    StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nConnection: close\r\n");
    if (Stream.of(headers).noneMatch(header -> header.startsWith("Host"))) request.append("Host: localhost\r\n");
    for (String header : headers) request.append(header).append("\r\n");
    return exchange(port, request.append("\r\n").toString());
  }

  private static String post(int port, String path, String key, String body) throws IOException {
    return exchange(port, "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-API-Key: " + key
        + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
  }

  /** Until the server closes. */
  private static String exchange(int port, String request) throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      try {
        client.send(request.getBytes(StandardCharsets.ISO_8859_1));
        return new String(client.socket().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException closedWhileItWasWritten) {
        return "";
      }
    }
  }

  // The search.

  private void readFiles() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator)
        said.put("file " + folder.relativize(file), Files.readString(file, StandardCharsets.ISO_8859_1));
    }
  }

  private void readDatabase() {
    Vertx vertx = Vertx.vertx();
    try {
      Store store = await(Store.open(vertx, StoreOptions.embedded(folder.resolve("data"))));
      StringBuilder dump = new StringBuilder();
      for (String collection : await(store.client().getCollections()))
        for (JsonObject document : await(store.client().find(collection, new JsonObject()))) dump.append(document.encode()).append('\n');
      said.put("database", dump.toString());
      await(store.close());
    } finally {
      await(vertx.close());
    }
  }

  private void assertNoneIsSaid() {
    Map<String, String> found = new TreeMap<>();
    secrets.forEach((name, secret) -> said.forEach((where, text) -> {
      int at = text.indexOf(secret);
      if (at >= 0) found.put(name + " in " + where, text.substring(Math.max(0, at - 200), Math.min(text.length(), at + secret.length())));
    }));
    assertThat(found).isEmpty();
  }

  /** Where a text is. */
  private List<String> holding(String text) {
    return said.entrySet().stream().filter(entry -> entry.getValue().contains(text)).map(Map.Entry::getKey).toList();
  }
}
