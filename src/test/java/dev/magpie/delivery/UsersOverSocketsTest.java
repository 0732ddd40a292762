package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.ConnectContext;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.core.ParentNamespace;
import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users over real sockets: three instances behind one port, without and with a durable log. */
class UsersOverSocketsTest {
  private static final int INSTANCES = 3;
  private static final String DURABLE = "/durable";
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path folder;
  private static final List<Server> servers = new CopyOnWriteArrayList<>();
  private static Vertx vertx;
  private static int port;
  private static OfficialClients clients;

  private final String ana = "ana " + NAMES.incrementAndGet();

  private static final class Server extends VerticleBase {
    private final AtomicInteger bound;
    private Io io;
    private ParentNamespace dynamic;

    Server(AtomicInteger bound) {
      this.bound = bound;
    }

    @Override
    public Future<?> start() {
      servers.add(this);
      Router router = Router.router(vertx);
      RecoveryOptions recovery = Lab.embedded(folder.resolve("data"));
      io = Io.create(vertx, new IoOptions().setRecovery(recovery)).mount(router, "/socket.io").mountPlain(router, "/ws");
      io.use(Server::identify);
      io.of(DURABLE).recoverable(Recovery.DURABLE).use(Server::identify);
      io.onNewNamespace(made -> made.recoverable(Recovery.DURABLE));
      dynamic = io.of(Pattern.compile("/durable-\\d+")).use(Server::identify);
      return io.ready().compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort).onSuccess(bound::set);
    }

    private static Future<Void> identify(ConnectContext joining) {
      String user = joining.auth().getString("user", joining.handshake().query("user"));
      if (user != null) joining.identify(user);
      return Future.succeededFuture();
    }

    /** Runs this on the instance's context and waits for its end. */
    private <T> T on(Supplier<Future<T>> action) {
      Promise<T> done = Promise.promise();
      io.context().runOnContext(turn -> action.get().onComplete(done));
      return await(done.future());
    }

    private void emit(Runnable action) {
      on(() -> {
        action.run();
        return Future.succeededFuture();
      });
    }
  }

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(INSTANCES + 1));
    AtomicInteger bound = new AtomicInteger();
    await(vertx.deployVerticle(() -> new Server(bound), new DeploymentOptions().setInstances(INSTANCES)));
    port = bound.get();
    clients = OfficialClients.start(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    clients.close();
    await(vertx.close());
    servers.clear();
  }

  private static Server server() {
    return servers.get(0);
  }

  private TestIo testIo(String user) {
    return await(TestIo.connect(vertx, new TestIoOptions(port).setAuth(new JsonObject().put("user", user))));
  }

  private String query() {
    return "user=" + ana.replace(" ", "%20");
  }

  private Client official(String namespace) throws Exception {
    Client client = clients.open("client " + NAMES.incrementAndGet(), "http://127.0.0.1:" + port + namespace,
        new JsonObject().put("auth", new JsonObject().put("user", ana)));
    // Undefined where nothing is recovered.
    assertThat(client.next("connect").getBoolean("recovered", false)).isFalse();
    return client;
  }

  private static JsonObject text(String text) {
    return new JsonObject().put("text", text);
  }

  @Test
  void anEventToAUserReachesAllItsDevicesOnAllInstancesByEveryTransport() throws Exception {
    EnginePollingClient polling = new EnginePollingClient(port);
    polling.handshake();
    polling.send("40" + new JsonObject().put("user", ana));
    assertThat(polling.poll()).hasSize(1);
    try (RawWebSocket plain = RawWebSocket.connect(port, "/ws?" + query());
        RawWebSocket v1 = RawWebSocket.connect(port, "/ws?" + query(), "Sec-WebSocket-Protocol: magpie.v1");
        RawWebSocket version3 = RawWebSocket.connect(port, "/socket.io/?EIO=3&transport=websocket&" + query())) {
      assertThat(v1.sendText("{\"auth\":{}}").readFrame().text()).contains("\"open\"");
      assertThat(version3.readFrame().text()).startsWith("0{");
      assertThat(version3.readFrame().text()).isEqualTo("40");
      List<TestIo> devices = new ArrayList<>();
      for (int i = 0; i < INSTANCES; i++) devices.add(testIo(ana));
      TestIo bob = testIo("bob");
      until("all joined", () -> await(server().io.toUser(ana).count()).sockets() == INSTANCES + 4);

      server().emit(() -> {
        server().io.toUser(ana).emit("told", 1);
        server().io.to(bob.id()).emit("told", "end");
      });

      assertThat(polling.poll()).containsExactly("42[\"told\",1]");
      assertThat(plain.readFrame().text()).isEqualTo("[\"told\",1]");
      assertThat(v1.readFrame().text()).isEqualTo("{\"event\":\"told\",\"args\":[1]}");
      assertThat(version3.readFrame().text()).isEqualTo("42[\"told\",1]");
      for (TestIo device : devices) assertThat(await(device.next("told"))).isEqualTo(new JsonArray().add(1));
      assertThat(await(bob.next("told"))).isEqualTo(new JsonArray().add("end"));
      for (TestIo device : devices) await(device.close());
      await(bob.close());
    }
  }

  /** Each stands for U+0000 somewhere: in percent-encoding, overlong UTF-8, other escapes, twice encoded, and as the byte itself. */
  @ParameterizedTest
  @ValueSource(strings = {"%00", "%2500", "%25%30%30", "%C0%80", "%E0%80%80", "%F0%80%80%80", "%u0000", "\\u0000", "%5Cu0000", "\\0",
      "%5C0", "&%230;", "%26%230%3B", "+%00", "%EF%BB%BF%00", "%ED%A0%80%00", "\0", "\0%00", "%0%00"})
  void nobodyGetsIntoTheRoomOfAUserByAQuery(String encoded) throws Exception {
    try (RawWebSocket eve = RawWebSocket.tcp(port)) {
      String user = "victim";
      eve.send(RawWebSocket.upgradeRequest("/ws?room=" + encoded + user + "&roomid=" + encoded + "v%69ctim"));
      RawWebSocket.HttpAnswer answer = eve.readAnswer();
      if (answer.status() != 101) {
        assertThat(answer.status()).isEqualTo(400);
        return;
      }
      server().emit(() -> {
        server().io.toUser(user).emit("told", "secret");
        server().io.emit("end");
      });
      List<String> heard = new ArrayList<>();
      for (Frame frame = eve.readFrame(); frame != null; frame = eve.readFrame()) {
        if (frame.opcode() == RawWebSocket.CLOSE) {
          assertThat(frame.closeCode()).isEqualTo(4404);
          assertThat(frame.closeReason()).contains("a name must not start with U+0000");
          break;
        }
        heard.add(new String(frame.payload(), StandardCharsets.UTF_8));
        if (heard.contains("[\"end\"]")) break;
        // It may have joined after the first one.
        server().emit(() -> server().io.emit("end"));
      }
      assertThat(heard).allMatch("[\"end\"]"::equals);
    }
  }

  @Test
  void theEncodedCharacterItselfIsRefusedWithTheReason() throws Exception {
    try (RawWebSocket eve = RawWebSocket.connect(port, "/ws?room=%00" + "victim")) {
      Frame close = eve.readClose();
      assertThat(close.closeCode()).isEqualTo(4404);
      assertThat(close.closeReason()).isEqualTo("Invalid room: a name must not start with U+0000");
    }
  }

  @Test
  void whatAUserMissedOnADeviceThatWasAwayIsReplayedToTheOfficialClient() throws Exception {
    Client phone = official(DURABLE);
    Client laptop = official(DURABLE);
    Namespace durable = server().io.of(DURABLE);
    phone.leave();
    server().emit(() -> {
      durable.toUser(ana).emit("message", text("missed"));
      durable.toUser("bob").emit("message", text("of another"));
    });
    laptop.hears("missed");
    phone.comeBack();
    assertThat(phone.connected()).isTrue();
    server().emit(() -> durable.toUser(ana).emit("message", text("live")));
    phone.hears("live").assertTexts("missed", "live");
    laptop.hears("live").assertTexts("missed", "live");
  }

  @Test
  void whatAUserMissedIsReplayedToAPlainClient() throws Exception {
    String pid;
    Namespace durable = server().io.of(DURABLE);
    String path = "/ws?ns=" + DURABLE + "&" + query();
    try (RawWebSocket client = RawWebSocket.connect(port, path, "Sec-WebSocket-Protocol: magpie.v1")) {
      pid = new JsonObject(client.sendText("{\"resume\":{}}").readFrame().text()).getJsonObject("open").getString("pid");
    }
    until("it has left", () -> await(durable.toUser(ana).count()).sockets() == 0);
    server().emit(() -> durable.toUser(ana).emit("told", "missed"));
    try (RawWebSocket client = RawWebSocket.connect(port, path, "Sec-WebSocket-Protocol: magpie.v1")) {
      client.sendText(new JsonObject().put("resume", new JsonObject().put("pid", pid)).encode());
      assertThat(new JsonObject(client.readFrame().text()).getJsonObject("open").getString("pid")).isEqualTo(pid);
      assertThat(new JsonObject(client.readFrame().text()).getJsonArray("args")).isEqualTo(new JsonArray().add("missed"));
    }
  }

  @Test
  void aDisconnectedUserIsGoneFromAllInstancesAndNoSessionOfItIsRecovered() throws Exception {
    Client away = official(DURABLE);
    away.leave();
    List<Client> here = new ArrayList<>();
    for (int i = 0; i < INSTANCES; i++) here.add(official(DURABLE));
    Client elsewhere = official("/");
    TestIo bob = testIo("bob");

    server().on(() -> server().io.disconnectUser(ana));

    for (Client client : here) assertThat(client.next("disconnect").getString("reason")).isEqualTo("io server disconnect");
    assertThat(elsewhere.next("disconnect").getString("reason")).isEqualTo("io server disconnect");
    here.add(away);
    for (Client client : here) {
      client.comeBack();
      assertThat(client.connected()).isFalse();
    }
    await(bob.barrier());
    await(bob.close());
    // A session that began afterwards is an ordinary one.
    away.leave();
    away.comeBack();
    assertThat(away.connected()).isTrue();
  }

  @Test
  void aSessionInADynamicNamespaceThatIsClosedMeanwhileIsNotRecoveredEither() throws Exception {
    String name = "/durable-" + NAMES.incrementAndGet();
    Client away = official(name);
    Client control = clients.open("control " + NAMES.incrementAndGet(), "http://127.0.0.1:" + port + name,
        new JsonObject().put("auth", new JsonObject().put("user", "bob")));
    assertThat(control.connected()).isFalse();
    away.leave();
    control.leave();
    until("the namespace is closed", () -> servers.stream().allMatch(
        one -> one.<Boolean>on(() -> Future.succeededFuture(one.dynamic.children().isEmpty()))));
    server().on(() -> server().io.disconnectUser(ana));
    away.comeBack();
    assertThat(away.connected()).isFalse();
    control.comeBack();
    assertThat(control.connected()).isTrue();
  }
}
