package dev.magpie.api;

import static dev.magpie.testing.Await.await;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import dev.magpie.transport.TrustedProxies;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Two gateway instances with the API, each with a port of its own; and a caller. Owned by one test. */
final class ApiServer implements AutoCloseable {
  /** An answer; the body is null where there is none. */
  record Answer(int status, HttpResponse<String> response, JsonObject body) {
    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    JsonObject error(int number) {
      return body.getJsonArray("errors").getJsonObject(number);
    }
  }

  /** Bytes: that of a user's id whose characters are all percent-encoded. */
  private static final int MAX_LINE = 32 << 10;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(4));
  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Instance> instances = new ArrayList<>();
  private final List<TestIo> clients = new ArrayList<>();

  private final Store store;
  private final String key;

  /** On the embedded database in this folder. */
  ApiServer(Path data, Consumer<Io> setUp) {
    this(new JsonObject().put("data", new JsonObject().put("path", data.toString())), setUp);
  }

  ApiServer(JsonObject settings, Consumer<Io> setUp) {
    store = await(Store.open(vertx, StoreOptions.from(settings)));
    ApiKeys.of(vertx).use(Future.succeededFuture(store.client()));
    key = newKey(ApiScope.EMIT, ApiScope.READ, ApiScope.MANAGE);
    for (int i = 0; i < 2; i++) {
      Instance instance = new Instance(settings, setUp);
      await(vertx.deployVerticle(instance));
      instances.add(instance);
    }
  }

  private static final class Instance extends VerticleBase {
    private final JsonObject settings;
    private final Consumer<Io> setUp;
    private ApiRoutes api;
    private HttpServer server;

    Instance(JsonObject settings, Consumer<Io> setUp) {
      this.settings = settings;
      this.setUp = setUp;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      Io io = Io.create(vertx, new IoOptions().setRecovery(RecoveryOptions.DEFAULT.withSettings(settings)))
          .mount(router, "/socket.io").mountPlain(router, "/ws");
      setUp.accept(io);
      api = ApiRoutes.of(vertx, io, settings, new ApiAccess(ApiKeys.of(vertx), TrustedProxies.NONE));
      api.mountWithPage(router);
      HttpServerOptions options = new HttpServerOptions().setMaxInitialLineLength(MAX_LINE);
      return io.ready().compose(ready -> vertx.createHttpServer(options).requestHandler(router).listen(0, "127.0.0.1"))
          .onSuccess(listening -> server = listening);
    }

    @Override
    public Future<?> stop() {
      return api.close();
    }
  }

  int port(int instance) {
    return instances.get(instance).server.actualPort();
  }

  String documentUrl() {
    return "http://127.0.0.1:" + port(0) + "/api/openapi.yaml";
  }

  /** The header of a key with all scopes of the API. */
  String authorization() {
    return "Bearer " + key;
  }

  String newKey(ApiScope... scopes) {
    String id = UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    String secret = "s".repeat(43);
    ApiKey made = new ApiKey(id, "test", Set.of(scopes), 100_000, Instant.now(), null, null, null);
    await(new KeyCollection(store.client()).insert(new KeyCollection.Stored(made, ApiKeys.sha256(secret))));
    return ApiKey.written(id, secret);
  }

  MongoClient database() {
    return store.client();
  }

  /** A client of an instance. */
  TestIo client(int instance, String namespace) {
    return client(instance, namespace, new JsonObject());
  }

  TestIo client(int instance, String namespace, JsonObject auth) {
    TestIo connected = await(TestIo.connect(vertx, new TestIoOptions(port(instance)).setNamespace(namespace).setAuth(auth)));
    clients.add(connected);
    return connected;
  }

  Answer get(String path) throws Exception {
    return call("GET", path, null, Map.of());
  }

  Answer post(String path, Object body) throws Exception {
    return call("POST", path, String.valueOf(body), Map.of("Content-Type", "application/json"));
  }

  /**
   * @param body null for none
   * @param headers with the server's own key where they name none; an empty value for no such header
   */
  Answer call(String method, String path, String body, Map<String, String> headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(0) + "/api/v1" + path))
        .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
    if (!headers.containsKey("Authorization") && !headers.containsKey("X-API-Key")) request.header("Authorization", authorization());
    headers.forEach((name, value) -> {
      if (!value.isEmpty()) request.header(name, value);
    });
    HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer, answer.body().isEmpty() ? null : new JsonObject(answer.body()));
  }

  @Override
  public void close() {
    clients.forEach(client -> client.close());
    await(vertx.close().timeout(20, TimeUnit.SECONDS));
  }
}
