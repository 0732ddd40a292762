package dev.magpie.api;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import dev.magpie.testing.Await;
import dev.magpie.transport.TrustedProxies;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.junit5.VertxExtension;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** API keys over HTTP, with the embedded database and the command line that makes them. */
@ExtendWith(VertxExtension.class)
class ApiKeysTest {
  @TempDir Path folder;

  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicLong clock = new AtomicLong();
  private Vertx vertx;
  private Store store;
  private ApiKeys keys;
  private int port;

  @BeforeEach
  void start(Vertx given) {
    vertx = given;
    store = await(Store.open(vertx, options()));
    keys = new ApiKeys(vertx, clock::get);
    keys.use(Future.succeededFuture(store.client()));
    ApiAccess access = new ApiAccess(keys, TrustedProxies.of(List.of("127.0.0.1")));
    Router router = Router.router(vertx);
    router.route("/read").handler(access.requireScope(ApiScope.READ))
        .handler(request -> request.end(request.<String>get(ApiRoutes.CALLER)));
    router.route("/emit").handler(access.requireScope(ApiScope.EMIT)).handler(BodyHandler.create(false))
        .handler(request -> request.end(Integer.toString(request.body().length())));
    HttpServer server = await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
    port = server.actualPort();
  }

  @AfterEach
  void close() {
    await(store.close());
  }

  @Test
  void aKeyLetsItsBearerInWhereItHasTheScope() {
    String key = create("--scope", "read,metrics");
    assertThat(read("authorization", "Bearer " + key)).extracting(Answer::status, Answer::body).containsExactly(200, "key:" + idOf(key));
    assertThat(read("authorization", "bearer  " + key).status()).isEqualTo(200);
    assertThat(read("x-api-key", key).status()).isEqualTo(200);
  }

  @Test
  void aRequestWithoutAKeyIsToldWhatIsNeeded() {
    Answer answer = read("accept", "*/*");
    assertThat(answer.status).isEqualTo(401);
    assertThat(answer.headers).containsEntry("www-authenticate", "Bearer realm=\"magpie\"").containsEntry("content-type",
        "application/problem+json");
    assertThat(new JsonObject(answer.body)).isEqualTo(new JsonObject()
        .put("type", "urn:magpie:problem:unauthorized").put("title", "Unauthorized")
        .put("status", 401).put("detail", "an API key is needed: Authorization: Bearer mgp_…, or X-API-Key").put("instance", "/read"));
  }

  @Test
  void aKeyInTheQueryIsNone() {
    assertThat(get("/read?key=" + create("--scope", "read"), "accept", "*/*").status()).isEqualTo(401);
  }

  @Test
  void aWrongSecretIsRefusedLikeAnUnknownKey() {
    String key = create("--scope", "read");
    String other = key.substring(0, key.length() - 2) + (key.endsWith("AA") ? "BB" : "AA");
    Answer wrong = read("x-api-key", other);
    assertThat(wrong.status).isEqualTo(401);
    assertThat(wrong.headers).containsEntry("www-authenticate", "Bearer realm=\"magpie\", error=\"invalid_token\"");
    assertThat(read("x-api-key", unknown(1))).isEqualTo(wrong);
    assertThat(read("x-api-key", "no key at all")).isEqualTo(wrong);
  }

  @Test
  void aKeyWithoutTheScopeIsForbidden() {
    Answer answer = read("x-api-key", create("--scope", "emit"));
    assertThat(answer.status).isEqualTo(403);
    assertThat(answer.headers).containsEntry("www-authenticate", "Bearer realm=\"magpie\", error=\"insufficient_scope\", scope=\"read\"");
  }

  @Test
  void aRevokedKeyIsRefusedWithinFiveSeconds() {
    String key = create("--scope", "read");
    assertThat(read("x-api-key", key).status()).isEqualTo(200);
    assertThat(run("revoke", idOf(key))).isZero();
    clock.addAndGet(TimeUnit.SECONDS.toNanos(4));
    assertThat(read("x-api-key", key).body()).contains("the API key was revoked");
  }

  @Test
  void aKeyIsKnownAsSoonAsItIsMade() {
    String first = create("--scope", "read");
    assertThat(read("x-api-key", first).status()).isEqualTo(200);
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
    String second = create("--scope", "read");
    assertThat(read("x-api-key", second).status()).isEqualTo(200);
  }

  @Test
  void anExpiredKeyIsRefused() {
    String secret = "s".repeat(43);
    Instant past = Instant.now().minus(2, ChronoUnit.DAYS);
    ApiKey key = new ApiKey("expiredexpir", "old", java.util.Set.of(ApiScope.READ), 10, past, past.plus(1, ChronoUnit.DAYS), null, null);
    await(new KeyCollection(store.client()).insert(new KeyCollection.Stored(key, ApiKeys.sha256(secret))));
    assertThat(read("x-api-key", "mgp_expiredexpir_" + secret).body()).contains("the API key has expired");
  }

  @Test
  void anAddressMayTryTenWrongKeysAMinuteOnLoopbackToo() {
    String key = create("--scope", "read");
    for (int i = 0; i < ApiKeys.MOST_WRONG; i++) assertThat(read("x-api-key", unknown(i)).status()).isEqualTo(401);
    Answer refused = read("x-api-key", unknown(0));
    assertThat(refused.status).isEqualTo(429);
    assertThat(refused.headers).containsEntry("retry-after", "60").containsEntry("content-type", "application/problem+json");
    assertThat(read("x-api-key", key).status()).as("a right key").isEqualTo(200);
    assertThat(get("/read", "x-api-key", unknown(0), "x-forwarded-for", "192.0.2.7").status()).as("another address").isEqualTo(401);
    clock.addAndGet(TimeUnit.MINUTES.toNanos(1));
    assertThat(read("x-api-key", unknown(0)).status()).as("a minute later").isEqualTo(401);
  }

  @Test
  void aKeyIsTakenAsOftenAsItsRateAllows() {
    String key = create("--scope", "read", "--rate", "3");
    for (int i = 0; i < 6; i++) assertThat(read("x-api-key", key).status()).isEqualTo(200);
    Answer refused = read("x-api-key", key);
    assertThat(refused.status).isEqualTo(429);
    assertThat(refused.headers).containsEntry("retry-after", "1");
    clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
    for (int i = 0; i < 3; i++) assertThat(read("x-api-key", key).status()).isEqualTo(200);
    assertThat(read("x-api-key", key).status()).isEqualTo(429);
  }

  @Test
  void theMinuteOfAUseIsNoted() {
    String key = create("--scope", "read");
    Instant before = Instant.now().truncatedTo(ChronoUnit.MINUTES);
    assertThat(read("x-api-key", key).status()).isEqualTo(200);
    KeyCollection stored = new KeyCollection(store.client());
    Await.until("the use is written", () -> await(stored.all()).get(idOf(key)).key().lastUsed() != null);
    assertThat(await(stored.all()).get(idOf(key)).key().lastUsed()).isBetween(before, Instant.now().truncatedTo(ChronoUnit.MINUTES));
  }

  /** The key is looked up while the body is on its way. */
  @Test
  void aBodyArrivesWholeBehindALookUp() {
    String key = create("--scope", "emit");
    Answer answer = send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/emit")).header("x-api-key", key)
        .POST(HttpRequest.BodyPublishers.ofString("x".repeat(300_000))));
    assertThat(answer).extracting(Answer::status, Answer::body).containsExactly(200, "300000");
  }

  @Test
  void theDatabaseHasNoSecret() {
    String key = create("--scope", "read");
    List<JsonObject> documents = await(store.client().find(KeyCollection.COLLECTION, new JsonObject()));
    assertThat(documents).singleElement().satisfies(document -> {
      assertThat(document.encode()).contains(idOf(key)).doesNotContain(key.substring(17));
      assertThat(document.getString("hash")).hasSize(44);
    });
  }

  @Test
  void aDatabaseThatIsBeingOpenedOrDoesNotAnswerIsSaid() {
    Promise<MongoClient> opening = Promise.promise();
    keys.use(opening.future());
    Answer answer = read("x-api-key", unknown(1));
    assertThat(answer.status).isEqualTo(503);
    assertThat(answer.headers).containsEntry("retry-after", "2");
    assertThat(answer.body).contains("the database with the API keys is being opened");
    opening.fail("no connection to db.internal");
    Answer failed = read("x-api-key", unknown(1));
    assertThat(failed.status).isEqualTo(503);
    assertThat(failed.body).contains("the database with the API keys does not answer").doesNotContain("internal");
  }

  private StoreOptions options() {
    return StoreOptions.embedded(folder.resolve("data"));
  }

  private String create(String... options) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<String> words = new java.util.ArrayList<>(List.of("create", "shop"));
    words.addAll(List.of(options));
    assertThat(command(out).run(KeysCommand.Arguments.parse(words), options())).isZero();
    return out.toString(StandardCharsets.UTF_8).strip();
  }

  private int run(String... words) {
    return command(new ByteArrayOutputStream()).run(KeysCommand.Arguments.parse(List.of(words)), options());
  }

  private static KeysCommand command(ByteArrayOutputStream out) {
    return new KeysCommand(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(new ByteArrayOutputStream()));
  }

  private static String idOf(String key) {
    return key.substring(4, 16);
  }

  private static String unknown(int number) {
    return String.format("mgp_unknown%05d_%s", number, "x".repeat(43));
  }

  private Answer read(String header, String value) {
    return get("/read", header, value);
  }

  private Answer get(String path, String... headers) {
    return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).headers(headers));
  }

  private Answer send(HttpRequest.Builder request) {
    return await(client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString()).thenApply(response -> {
      Map<String, String> headers = new TreeMap<>();
      response.headers().map().forEach((name, values) -> headers.put(name, values.get(0)));
      return new Answer(response.statusCode(), headers, response.body());
    }));
  }

  private record Answer(int status, Map<String, String> headers, String body) {}
}
