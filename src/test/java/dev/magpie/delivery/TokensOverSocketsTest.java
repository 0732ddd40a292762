package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.auth.Tokens;
import dev.magpie.core.AuthenticationOptions;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Socket;
import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.log.Recovery;
import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens in real time over real sockets: two instances behind one port, which authenticate by Vert.x' own provider. */
class TokensOverSocketsTest {
  private static final int INSTANCES = 2;
  private static final String LOGGED = "/logged";

  /** Milliseconds: time for a client on a busy machine. */
  private static final long NOTICE = 8_000;

  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path folder;
  private static final List<Io> ios = new CopyOnWriteArrayList<>();
  /** Name and reason of each socket that has left. */
  private static final List<String> left = new CopyOnWriteArrayList<>();
  private static Vertx vertx;
  private static int port;
  private static OfficialClients clients;

  private final String ana = "ana" + NAMES.incrementAndGet();

  private static final class Server extends VerticleBase {
    private final AtomicInteger bound;

    Server(AtomicInteger bound) {
      this.bound = bound;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      Io io = Io.create(vertx, new IoOptions()).mount(router, "/socket.io").mountPlain(router, "/ws");
      ios.add(io);
      AuthenticationProvider jwt = JWTAuth.create(vertx, new JWTAuthOptions()
          .addPubSecKey(new PubSecKeyOptions().setAlgorithm("HS256").setBuffer(Tokens.SECRET)));
      AuthenticationOptions options = new AuthenticationOptions().setNotice(NOTICE);
      io.authenticate(jwt, options).onConnection(Server::connected);
      io.of(LOGGED).recoverable(Recovery.MEMORY).authenticate(jwt, options).onConnection(Server::connected);
      return io.ready().compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort).onSuccess(bound::set);
    }

    private static void connected(Socket socket) {
      socket.join("room of " + socket.userId());
      socket.onDisconnect(reason -> left.add(socket.userId() + " " + reason));
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
    ios.clear();
  }

  private static <T> T on(Io io, Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    io.context().runOnContext(turn -> action.get().onComplete(done));
    return await(done.future());
  }

  /** A token that is valid for so many seconds more. */
  private String token(long seconds) {
    return Tokens.hs256(ana, System.currentTimeMillis() / 1000 + seconds);
  }

  private static JsonObject body(String token) {
    return new JsonObject().put("token", token);
  }

  private Client official(String namespace, String token) throws Exception {
    return clients.open(ana + " " + NAMES.incrementAndGet(), "http://127.0.0.1:" + port + namespace,
        new JsonObject().put("auth", body(token)));
  }

  private void waitsUntilItHasLeft() {
    until(ana + " has left", () -> left.contains(ana + " token expired"));
  }

  /** The server's sockets of this test's user have a token that ends in so many seconds, whatever time it took to connect. */
  private void expireIn(long seconds) {
    User user = User.create(new JsonObject().put("sub", ana), new JsonObject().put("exp", System.currentTimeMillis() / 1000 + seconds));
    for (Io io : ios) on(io, () -> {
      for (String namespace : List.of("/", LOGGED))
        for (Socket socket : io.of(namespace).sockets()) if (ana.equals(socket.userId())) socket.renew(user);
      return Future.succeededFuture();
    });
  }

  @Test
  void theOfficialClientIsToldSendsANewTokenAndStays() throws Exception {
    Client client = official("/", token(600));
    client.next("connect");
    expireIn(9);
    JsonObject told = client.next("auth:expiring").getJsonArray("args").getJsonObject(0);
    assertThat(told.getLong("in")).isBetween(1L, NOTICE);
    String fresh = token(600);
    JsonObject answer = client.ask("auth:refresh", body(fresh));
    assertThat(answer.getBoolean("ok")).isTrue();
    long expires = answer.getLong("expires");
    assertThat(expires).isGreaterThan(told.getLong("at") + 300_000);
    until("the former token has ended", () -> System.currentTimeMillis() > told.getLong("at") + 1_500);
    assertThat(client.ask("auth:refresh", body(fresh))).isEqualTo(new JsonObject().put("ok", true).put("expires", expires));
    assertThat(client.all("disconnect")).isEmpty();
    assertThat(left).noneMatch(line -> line.startsWith(ana + " "));
  }

  @Test
  void theOfficialClientIsClosedAtTheExpiryAndComesBackByItself() throws Exception {
    Client client = official("/", token(600));
    client.next("connect");
    expireIn(1);
    assertThat(client.next("disconnect").getString("reason")).isEqualTo("transport close");
    waitsUntilItHasLeft();
    client.next("connect");
  }

  @Test
  void theOfficialClientIsToldThatItsTokenIsRefused() throws Exception {
    assertThat(official("/", token(-10)).next("connect_error").getString("message")).isEqualTo("unauthorized");
  }

  @Test
  void theOfficialClientCannotBecomeAnotherUser() throws Exception {
    Client client = official("/", token(600));
    client.next("connect");
    JsonObject answer = client.ask("auth:refresh", body(Tokens.hs256("bob", System.currentTimeMillis() / 1000 + 600)));
    assertThat(answer.getBoolean("ok")).isFalse();
    assertThat(answer.getString("code")).isEqualTo("other_user");
    assertThat(answer.getString("message")).doesNotContain("bob");
  }

  @Test
  void aPlainClientIsToldSendsANewTokenAndIsClosedByCode4401() throws Exception {
    try (RawWebSocket client = RawWebSocket.connect(port, "/ws", "Sec-WebSocket-Protocol: magpie.v1")) {
      client.sendText(new JsonObject().put("auth", new JsonObject().put("jwt", token(600))).encode());
      assertThat(client.readFrame().text()).startsWith("{\"open\":");
      JsonObject refresh = new JsonObject().put("event", "auth:refresh").put("args", new JsonArray().add(body(token(500)))).put("ack", 1);
      client.sendText(refresh.encode());
      assertThat(client.readFrame().text()).startsWith("{\"ack\":1,\"args\":[{\"ok\":true,\"expires\":");
      expireIn(2);
      assertThat(client.readFrame().text()).startsWith("{\"event\":\"auth:expiring\",\"args\":[{");
      RawWebSocket.Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(4401);
      assertThat(close.closeReason()).isEqualTo("token expired");
    }
    waitsUntilItHasLeft();
  }

  @Test
  void aTokenInTheHeaderExpiresWhileAPollIsParked() {
    EnginePollingClient client = new EnginePollingClient(port).header("Authorization", "Bearer " + token(600));
    client.handshake();
    client.send("40");
    assertThat(client.poll()).hasSize(1);
    expireIn(2);
    assertThat(client.poll()).hasSize(1).allMatch(packet -> packet.toString().startsWith("42[\"auth:expiring\""));
    EnginePollingClient.Pending parked = client.startGet();
    waitsUntilItHasLeft();
    assertThat(parked.await().body()).doesNotContain("42");
    assertThat(client.post("42[\"late\"]").status()).isEqualTo(400);
  }

  @Test
  void aTokenExpiresDuringAnUpgrade() throws Exception {
    EnginePollingClient client = new EnginePollingClient(port);
    client.handshake();
    client.send("40" + new JsonObject().put("jwt", token(600)));
    assertThat(client.poll()).hasSize(1);
    try (RawWebSocket probe = RawWebSocket.connect(port, "/socket.io/?EIO=4&transport=websocket&sid=" + client.sid())) {
      assertThat(probe.sendText("2probe").readFrame().text()).isEqualTo("3probe");
      expireIn(1);
      waitsUntilItHasLeft();
      assertThat(probe.skipToClose()).isNotNull();
    }
  }

  @Test
  void noBroadcastToARoomIsDeliveredAfterTheExpiry() throws Exception {
    Client expired = clients.open("no return of " + ana, "http://127.0.0.1:" + port + "/",
        new JsonObject().put("auth", body(token(600))).put("reconnection", false));
    expired.next("connect");
    Client other = clients.open("other of " + ana, "http://127.0.0.1:" + port + "/",
        new JsonObject().put("auth", body(Tokens.hs256("other of " + ana, System.currentTimeMillis() / 1000 + 600))));
    other.next("connect");
    expireIn(1);
    waitsUntilItHasLeft();
    Io io = ios.get(0);
    on(io, () -> {
      io.to("room of " + ana, "room of other of " + ana).emit("message", new JsonObject().put("text", "news"));
      return Future.succeededFuture();
    });
    other.hears("news");
    assertThat(expired.texts()).isEmpty();
  }

  @Test
  void aSessionIsRecoveredWithAFreshTokenAndNotWithOneThatHasExpired() throws Exception {
    Client away = official(LOGGED, token(600));
    assertThat(away.connected()).isFalse();
    JsonObject session = away.session();
    away.leave();
    assertThat(back(session, token(-10)).next("connect_error").getString("message")).isEqualTo("unauthorized");
    assertThat(back(session, token(600)).connected()).isTrue();
  }

  private Client back(JsonObject session, String token) throws Exception {
    return clients.open("back " + ana + " " + NAMES.incrementAndGet(), new JsonObject().put("op", "open")
        .put("url", "http://127.0.0.1:" + port + LOGGED).put("session", session).put("options", new JsonObject().put("auth", body(token))));
  }

  @Test
  void aUserThatIsDisconnectedIsCutEverywhereAndItsSessionIsNotRecovered() throws Exception {
    String token = token(600);
    Client phone = official(LOGGED, token);
    Client laptop = official("/", token);
    Client tablet = official("/", token);
    phone.next("connect");
    laptop.next("connect");
    tablet.next("connect");
    on(ios.get(1), () -> ios.get(1).disconnectUser(ana));
    for (Client client : List.of(phone, laptop, tablet))
      assertThat(client.next("disconnect").getString("reason")).isEqualTo("io server disconnect");
    phone.comeBack();
    assertThat(phone.connected()).isFalse();
  }
}
