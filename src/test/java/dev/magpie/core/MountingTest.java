package dev.magpie.core;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.ext.auth.User;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BasicAuthHandler;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.SessionHandler;
import io.vertx.ext.web.handler.TimeoutHandler;
import io.vertx.ext.web.sstore.LocalSessionStore;
import io.vertx.ext.web.sstore.SessionStore;
import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An {@link Io} on the router of a user's own server, behind the user's own handlers. */
class MountingTest {
  private static final Pattern SID = Pattern.compile("\"sid\":\"([^\"]*)\"");
  private static final Pattern COOKIE = Pattern.compile("vertx-web.session=[^;]*");

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
  private Io io;
  private HttpServer server;

  /** What stands in front of the endpoint. */
  enum Front {
    NOTHING((vertx, router) -> {}),
    BODY_HANDLER((vertx, router) -> router.route().handler(BodyHandler.create(false))),
    SESSION_HANDLER((vertx, router) -> router.route().handler(SessionHandler.create(LocalSessionStore.create(vertx)))),
    BODY_AND_SESSION_HANDLER((vertx, router) -> router.route()
        .handler(SessionHandler.create(LocalSessionStore.create(vertx)))
        .handler(BodyHandler.create(false))),
    ASYNCHRONOUS_HANDLER((vertx, router) -> router.route().handler(MountingTest::takeTime)),
    TWO_ASYNCHRONOUS_HANDLERS((vertx, router) -> router.route().handler(MountingTest::takeTime).handler(MountingTest::takeTime));

    private final BiConsumer<Vertx, Router> mount;

    Front(BiConsumer<Vertx, Router> mount) {
      this.mount = mount;
    }
  }

  /** In another turn always: a worker that is done before this one has put its handler on would be none. */
  private static void takeTime(RoutingContext routed) {
    routed.vertx().executeBlocking(() -> "checked").onSuccess(checked -> routed.vertx().runOnContext(later -> routed.next()));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private void serve(Consumer<Router> mount) throws Exception {
    Promise<HttpServer> listening = Promise.promise();
    context.runOnContext(turn -> {
      Router router = Router.router(vertx);
      io = Io.create(vertx, new IoOptions());
      io.onConnection(socket -> socket.on("echo", String.class, text -> socket.emit("echo", text)));
      mount.accept(router);
      vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1").onComplete(listening);
    });
    server = await(listening.future());
  }

  private void mountAll(Router router) {
    io.mount(router, "/socket.io").mountPlain(router, "/ws");
  }

  // Handlers in front.

  @ParameterizedTest
  @EnumSource(Front.class)
  void servesAllWiresBehind(Front front) throws Exception {
    serve(router -> {
      front.mount.accept(vertx, router);
      mountAll(router);
    });
    assertServes("");
  }

  @ParameterizedTest
  @EnumSource(Front.class)
  void servesAllWiresOnASubRouterBehind(Front front) throws Exception {
    serve(router -> {
      Router sub = Router.router(vertx);
      front.mount.accept(vertx, sub);
      mountAll(sub);
      router.route("/rt/*").subRouter(sub);
    });
    assertServes("/rt");
  }

  @Test
  void servesASubRouterWhoseParentReadsBodies() throws Exception {
    serve(router -> {
      router.route().handler(BodyHandler.create(false));
      Router sub = Router.router(vertx);
      mountAll(sub);
      router.route("/rt/*").subRouter(sub);
    });
    assertServes("/rt");
  }

  @Test
  void aHandlerInFrontGuardsAllWires() throws Exception {
    serve(router -> {
      router.route().handler(routed -> {
        if (routed.request().getHeader("Authorization") == null) routed.fail(401);
        else routed.next();
      });
      mountAll(router);
    });
    assertThat(get("/socket.io/?EIO=4&transport=polling").status()).isEqualTo(401);
    assertThat(get("/socket.io/socket.io.js").status()).isEqualTo(401);
    assertThat(upgrade("/socket.io/?EIO=4&transport=websocket")).isEqualTo(401);
    assertThat(upgrade("/ws")).isEqualTo(401);
    assertThat(upgrade("/ws", "Authorization: yes")).isEqualTo(101);
    assertThat(get("/socket.io/?EIO=4&transport=polling", "Authorization: yes").status()).isEqualTo(200);
  }

  @Test
  void aRefusedPostThatWasPausedLeavesItsConnectionUsable() throws Exception {
    serve(router -> {
      router.post().handler(routed -> routed.fail(401));
      mountAll(router);
    });
    try (RawWebSocket client = RawWebSocket.tcp(server.actualPort())) {
      for (int i = 0; i < 3; i++) {
        client.send(ascii("POST /socket.io/?EIO=4 HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n")).send(new byte[300_000]);
        assertThat(client.readAnswer().status()).isEqualTo(401);
      }
    }
  }

  @Test
  void aTimeoutInFrontDoesNotEndAPollThatWaitsNorAWebSocket() throws Exception {
    AtomicInteger failed = new AtomicInteger();
    Promise<Void> timedOut = Promise.promise();
    serve(router -> {
      router.route().order(-1).handler(TimeoutHandler.create(50));
      router.route().order(-1).handler(routed -> {
        // Behind the timeout's own timer, which is older.
        if (routed.request().getHeader("X-Last") != null) vertx.setTimer(60, late -> vertx.runOnContext(turn -> timedOut.complete()));
        routed.next();
      });
      mountAll(router);
      router.route().failureHandler(routed -> {
        failed.incrementAndGet();
        routed.next();
      });
    });
    try (RawWebSocket webSocket = RawWebSocket.connect(server.actualPort(), "/ws");
        RawWebSocket poll = RawWebSocket.tcp(server.actualPort());
        RawWebSocket post = RawWebSocket.tcp(server.actualPort())) {
      String sid = handshake(poll, "");
      poll.send(request("GET", "/socket.io/?EIO=4&transport=polling&sid=" + sid, "", "X-Last: yes"));
      await(timedOut.future());
      assertThat(send(post, "", sid, "40").body()).isEqualTo("ok");
      assertThat(poll.readAnswer().body()).startsWith("40{");
      assertThat(webSocket.sendText("ping").readFrame().text()).isEqualTo("pong");
      assertThat(failed.get()).isZero();
    }
  }

  @Test
  void nothingKeepsTheRoutingContextOfAWebSocket() throws Exception {
    Queue<WeakReference<RoutingContext>> contexts = new ConcurrentLinkedQueue<>();
    serve(router -> {
      router.route().handler(routed -> {
        contexts.add(new WeakReference<>(routed));
        routed.next();
      });
      mountAll(router);
    });
    try (RawWebSocket plain = RawWebSocket.connect(server.actualPort(), "/ws");
        RawWebSocket engine = RawWebSocket.connect(server.actualPort(), "/socket.io/?EIO=4&transport=websocket")) {
      assertThat(plain.sendText("ping").readFrame().text()).isEqualTo("pong");
      assertThat(engine.readFrame().text()).startsWith("0{");
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (contexts.stream().anyMatch(routed -> routed.get() != null) && System.nanoTime() - until < 0) System.gc();
      assertThat(contexts).hasSize(2).allMatch(routed -> routed.get() == null);
    }
  }

  // The application's checks.

  @Test
  void allowRequestGuardsAllWires() throws Exception {
    serve(router -> {
      io = Io.create(vertx, new IoOptions().setAllowRequest(handshake -> Future.failedFuture("no ticket")));
      mountAll(router);
    });
    assertThat(get("/socket.io/?EIO=4&transport=polling").body()).contains("no ticket");
    assertThat(upgrade("/socket.io/?EIO=4&transport=websocket")).isEqualTo(403);
    assertThat(upgrade("/ws")).isEqualTo(403);
  }

  @Test
  void anEngineMiddlewareGuardsAllWires() throws Exception {
    serve(router -> {
      io = Io.create(vertx, new IoOptions().addEngineMiddleware(request -> Future.failedFuture("no pass")));
      mountAll(router);
    });
    assertThat(get("/socket.io/?EIO=4&transport=polling").body()).contains("no pass");
    assertThat(upgrade("/socket.io/?EIO=4&transport=websocket")).isEqualTo(403);
    assertThat(upgrade("/ws")).isEqualTo(403);
  }

  // What is known of the opening request.

  @Test
  void theUserAndNamedValuesOfHandlersInFrontReachMiddlewareAndHandlers() throws Exception {
    serve(router -> {
      router.route().handler(BasicAuthHandler.create(credentials -> Future.succeededFuture(User.fromName("ana"))));
      router.route().handler(routed -> {
        routed.put("tenant", "acme").put("of no interest", routed);
        routed.next();
      });
      tellWhatIsKnown(router, new IoOptions().setHandshakeValues(List.of("tenant", "of nobody")));
    });
    assertKnown("[\"known\",\"ana\",\"acme\",null]", "Authorization: Basic YW5hOmE=");
  }

  @Test
  void whatAnEngineMiddlewareSucceedsWithReachesMiddlewareAndHandlers() throws Exception {
    serve(router -> tellWhatIsKnown(router, new IoOptions()
        .addEngineMiddleware(request -> Future.succeededFuture(Map.of("tenant", "acme")))
        .addEngineMiddleware(request -> vertx.executeBlocking(() -> User.fromName("ana")))
        .addEngineMiddleware(request -> Future.succeededFuture("of no interest"))));
    assertKnown("[\"known\",\"ana\",\"acme\",null]");
  }

  @Test
  void nothingIsKnownWithoutHandlersInFront() throws Exception {
    serve(router -> tellWhatIsKnown(router, new IoOptions().setHandshakeValues(List.of("tenant"))));
    assertKnown("[\"known\",null,null,null]");
  }

  private void tellWhatIsKnown(Router router, IoOptions options) {
    io = Io.create(vertx, options);
    io.use(joining -> {
      User user = joining.handshake().user();
      if (user != null) joining.identify(user);
      return Future.succeededFuture();
    });
    io.onConnection(socket -> socket.emit("known", socket.userId(), socket.handshake().value("tenant"),
        socket.handshake().value("of no interest")));
    mountAll(router);
  }

  private void assertKnown(String event, String... headers) throws Exception {
    int port = server.actualPort();
    try (RawWebSocket poll = RawWebSocket.tcp(port);
        RawWebSocket engine = RawWebSocket.connect(port, "/socket.io/?EIO=4&transport=websocket", headers);
        RawWebSocket plain = RawWebSocket.connect(port, "/ws", headers)) {
      String sid = handshake(poll, "", headers);
      assertThat(send(poll, "", sid, "40", headers).body()).isEqualTo("ok");
      poll.send(request("GET", "/socket.io/?EIO=4&transport=polling&sid=" + sid, "", headers));
      assertThat(poll.readAnswer().body()).endsWith("42" + event);
      assertThat(engine.readFrame().text()).startsWith("0{");
      assertThat(engine.sendText("40").readFrame().text()).startsWith("40{");
      assertThat(engine.readFrame().text()).isEqualTo("42" + event);
      assertThat(plain.readFrame().text()).isEqualTo(event);
    }
  }

  @Test
  void aSessionHandlerInFrontSavesNothingWhenAPollThatWaitedIsAnswered() throws Exception {
    AtomicInteger saved = new AtomicInteger();
    SessionStore store = LocalSessionStore.create(vertx);
    SessionStore counted = (SessionStore) Proxy.newProxyInstance(SessionStore.class.getClassLoader(), new Class<?>[] {SessionStore.class},
        (proxy, method, arguments) -> {
          if (method.getName().equals("put")) saved.incrementAndGet();
          return method.invoke(store, arguments);
        });
    serve(router -> {
      router.route().handler(SessionHandler.create(counted));
      mountAll(router);
    });
    try (RawWebSocket poll = RawWebSocket.tcp(server.actualPort()); RawWebSocket post = RawWebSocket.tcp(server.actualPort())) {
      HttpAnswer open = poll.send(request("GET", "/socket.io/?EIO=4&transport=polling", "")).readAnswer();
      Matcher cookie = COOKIE.matcher(open.headers().get("set-cookie"));
      Matcher sid = SID.matcher(open.body());
      assertThat(cookie.find() && sid.find()).isTrue();
      assertThat(saved).hasValue(1);
      poll.send(request("GET", "/socket.io/?EIO=4&transport=polling&sid=" + sid.group(1), "", "Cookie: " + cookie.group()));
      assertThat(send(post, "", sid.group(1), "40").body()).isEqualTo("ok");
      assertThat(poll.readAnswer().body()).startsWith("40{");
      // By the first answer and that of the POST.
      assertThat(saved).hasValue(2);
    }
  }

  // Pipelining.

  @ParameterizedTest
  @EnumSource(Front.class)
  void nothingBehindARefusedUpgradeIsAnswered(Front front) throws Exception {
    serve(router -> {
      front.mount.accept(vertx, router);
      mountAll(router);
      router.get("/page").handler(routed -> routed.end("page"));
    });
    byte[] behind = ascii("GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
    String noKey = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n";
    String oldVersion = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n\r\n";
    assertLast(concat(ascii(noKey), behind), 400);
    assertLast(concat(ascii(oldVersion), behind), 426);
    assertLast(concat(upgradeRequest("/ws", "Origin: https://evil.example"), behind), 403, 400);
    assertLast(concat(upgradeRequest("/socket.io/?EIO=9&transport=websocket"), behind), 400);
  }

  @Test
  void anUpgradeWithARequestBehindItIsRefusedWhereHandlersInFrontTakeTheirTime() throws Exception {
    serve(router -> {
      router.route().handler(MountingTest::takeTime);
      mountAll(router);
      router.get("/page").handler(routed -> routed.end("page"));
    });
    // Without it: accepted.
    assertThat(upgrade("/ws")).isEqualTo(101);
    assertLast(concat(upgradeRequest("/ws"), ascii("GET /page HTTP/1.1\r\nHost: x\r\n\r\n")), 400);
  }

  // The end.

  @Test
  void anotherIoServesTheSameRouterOnceTheFirstIsClosed() throws Exception {
    Promise<Router> mounted = Promise.promise();
    serve(router -> {
      mountAll(router);
      mounted.complete(router);
    });
    assertServes("");
    Router router = await(mounted.future());
    await(io.close());
    assertThat(router.getRoutes()).isEmpty();
    assertThat(get("/socket.io/?EIO=4&transport=polling").status()).isEqualTo(404);
    Promise<Void> again = Promise.promise();
    context.runOnContext(turn -> {
      io = Io.create(vertx, new IoOptions());
      io.onConnection(socket -> socket.on("echo", String.class, text -> socket.emit("echo", text)));
      mountAll(router);
      again.complete();
    });
    await(again.future());
    assertServes("");
  }

  // What the tests look at.

  private void assertServes(String prefix) throws Exception {
    int port = server.actualPort();
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      client.send(request("GET", prefix + "/socket.io/?EIO=4&transport=polling", ""));
      HttpAnswer open = client.readAnswer();
      // A session's cookie makes its handler asynchronous.
      Matcher cookie = COOKIE.matcher(open.headers().getOrDefault("set-cookie", ""));
      String[] headers = cookie.find() ? new String[] {"Cookie: " + cookie.group()} : new String[0];
      Matcher sid = SID.matcher(open.body());
      assertThat(sid.find()).as(open.toString()).isTrue();
      for (String packet : new String[] {"40", "42[\"echo\",\"by polling\"]"}) {
        assertThat(send(client, prefix, sid.group(1), packet, headers).body()).isEqualTo("ok");
        client.send(request("GET", prefix + "/socket.io/?EIO=4&transport=polling&sid=" + sid.group(1), "", headers));
        assertThat(client.readAnswer().body()).startsWith(packet.substring(0, 2));
      }
      try (RawWebSocket plain = RawWebSocket.connect(port, prefix + "/ws", headers);
          RawWebSocket engine = RawWebSocket.connect(port, prefix + "/socket.io/?EIO=4&transport=websocket", headers)) {
        assertThat(plain.sendText("[\"echo\",\"plainly\"]").readFrame().text()).isEqualTo("[\"echo\",\"plainly\"]");
        assertThat(engine.readFrame().text()).startsWith("0{");
        engine.sendText("40");
        assertThat(engine.readFrame().text()).startsWith("40{");
        assertThat(engine.sendText("42[\"echo\",\"by WebSocket\"]").readFrame().text()).isEqualTo("42[\"echo\",\"by WebSocket\"]");
      }
    }
  }

  /** One answer of these statuses, and the end. */
  private void assertLast(byte[] requests, Integer... statuses) throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(server.actualPort())) {
      assertThat(client.send(requests).readAnswer().status()).isIn((Object[]) statuses);
      assertThat(client.readEnd()).as("nothing behind").isTrue();
    }
  }

  private String handshake(RawWebSocket client, String prefix, String... headers) throws IOException {
    Matcher sid = SID.matcher(client.send(request("GET", prefix + "/socket.io/?EIO=4&transport=polling", "", headers)).readAnswer().body());
    assertThat(sid.find()).isTrue();
    return sid.group(1);
  }

  private static HttpAnswer send(RawWebSocket client, String prefix, String sid, String packet, String... headers) throws IOException {
    return client.send(request("POST", prefix + "/socket.io/?EIO=4&transport=polling&sid=" + sid, packet, headers)).readAnswer();
  }

  private HttpAnswer get(String path, String... headers) throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(server.actualPort())) {
      return client.send(request("GET", path, "", headers)).readAnswer();
    }
  }

  private int upgrade(String path, String... headers) throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(server.actualPort())) {
      return client.send(upgradeRequest(path, headers)).readAnswer().status();
    } catch (EOFException closed) {
      return -1;
    }
  }

  private static byte[] request(String method, String path, String body, String... headers) {
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    for (String header : headers) head.append(header).append("\r\n");
    if (method.equals("POST")) head.append("Content-Length: ").append(body.length()).append("\r\n");
    return concat(ascii(head.append("\r\n").toString()), ascii(body));
  }
}
