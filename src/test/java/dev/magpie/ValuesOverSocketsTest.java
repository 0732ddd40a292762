package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Emit;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.log.Recovery;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records with bytes and numbers of many digits pass from clients to clients as they are. On one event loop and on four. */
@ParameterizedClass(name = "instances: {0}")
@ValueSource(ints = {1, 4})
class ValuesOverSocketsTest {
  record Piece(int number, byte[] data) {}

  record Upload(String name, byte[] data, Buffer more, List<Piece> pieces, Map<String, Piece> named, Set<Integer> set, float share) {}

  private static final Upload UPLOAD = new Upload(
      "cat.png", new byte[] {1, 2}, Buffer.buffer("more"), List.of(new Piece(7, new byte[] {3})),
      Map.of("last", new Piece(8, new byte[] {4})), Set.of(5), 0.1f);

  private static final JsonObject ARRIVED = new JsonObject()
      .put("name", "cat.png")
      .put("data", Buffer.buffer(new byte[] {1, 2}))
      .put("more", Buffer.buffer("more"))
      .put("pieces", new JsonArray().add(new JsonObject().put("number", 7).put("data", Buffer.buffer(new byte[] {3}))))
      .put("named", new JsonObject().put("last", new JsonObject().put("number", 8).put("data", Buffer.buffer(new byte[] {4}))))
      .put("set", new JsonArray().add(5))
      .put("share", 0.1);

  private static final List<Number> NUMBERS = List.of(
      1152921504606846976L, -9007199254740993L, new BigInteger("123456789012345678901234567890"),
      new BigDecimal("12345678901234567890.12345678901"));

  private static final String DIGITS =
      "1152921504606846976,-9007199254740993,123456789012345678901234567890,12345678901234567890.12345678901";

  @Parameter
  int instances;

  private static Vertx vertx;
  private static int port;

  private final List<TestIo> clients = new ArrayList<>();

  @BeforeParameterizedClassInvocation
  static void start(int instances) throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(instances + 1));
    AtomicInteger bound = new AtomicInteger();
    await(vertx.deployVerticle(() -> new Server(bound), new DeploymentOptions().setInstances(instances)));
    port = bound.get();
  }

  @AfterParameterizedClassInvocation
  static void stop() throws Exception {
    await(vertx.close());
  }

  @AfterEach
  void leave() throws Exception {
    for (TestIo client : clients) await(client.close());
  }

  private static final class Server extends VerticleBase {
    private final AtomicInteger bound;
    private Io io;

    Server(AtomicInteger bound) {
      this.bound = bound;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      io = Io.create(vertx, new IoOptions());
      io.of("/kept").recoverable(Recovery.MEMORY);
      for (String name : List.of("/", "/kept")) {
        Namespace namespace = io.of(name);
        namespace.onConnection(socket -> socket.on("say", args -> namespace.emit("said", UPLOAD)));
        namespace.onConnection(socket -> socket.on("numbers", (args, ack) -> namespace.emit("said", args.getList().toArray())));
        namespace.onConnection(socket -> socket.on("own numbers", (args, ack) -> namespace.emit("said", NUMBERS.toArray())));
        namespace.onConnection(socket -> socket.on("ask", (args, ack) -> ack.send(args.getValue(0))));
      }
      return io.mount(router, "/socket.io").ready()
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort)
          .onSuccess(bound::set);
    }
  }

  private TestIo connect(String namespace) throws Exception {
    TestIo client = await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace(namespace)));
    clients.add(client);
    return client;
  }

  @Test
  void bytesInARecordAreBinaryOnAnotherLoop() throws Exception {
    List<TestIo> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) all.add(connect("/"));
    all.get(0).emit("say");
    for (TestIo client : all) assertThat(await(client.next("said")).getList().get(0)).isEqualTo(ARRIVED);
  }

  @Test
  void anObjectThatLooksLikeBinaryDataStaysOneOnTheEventBus() throws Exception {
    TestIo client = connect("/");
    JsonObject like = new JsonObject().put("$binary", "AAAA");
    vertx.eventBus().publish(Addresses.EMIT, Emit.to(client.id()).event("said", like).toJson());
    assertThat(await(client.next("said")).getList().get(0)).isEqualTo(like);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/kept,"})
  void numbersKeepAllTheirDigits(String namespace) {
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(port)) {
      client.expectOpen();
      client.send("40" + namespace);
      client.expectStart("40" + namespace + "{");
      for (String said : List.of("[\"numbers\"," + DIGITS + "]", "[\"own numbers\"]")) {
        client.send("42" + namespace + said);
        String heard = client.expectStart("42" + namespace + "[\"s");
        // A new socket of a namespace that keeps its events may be told where it stands first.
        if (heard.contains("sys:")) heard = client.expectStart("42" + namespace + "[\"said");
        assertThat(heard).startsWith("42" + namespace + "[\"said\"," + DIGITS);
      }
      client.send("42" + namespace + "7[\"ask\",1152921504606846976]");
      client.expect("43" + namespace + "7[1152921504606846976]");
    }
  }
}
