package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.core.Ack;
import dev.magpie.core.BroadcastOperator;
import dev.magpie.core.ClientError;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.RemoteSocket;
import dev.magpie.core.Socket;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application can say, ask and do, over real sockets: on one event loop, and on several that meet on the event bus. */
@ParameterizedClass(name = "instances: {0}")
@ValueSource(ints = {1, 4})
class EventsOverSocketsTest {
  /** Connections go to the loops in turn: with four instances each of these clients has a loop of its own. */
  private static final List<String> NAMES = List.of("alice", "bob", "carol", "dave");

  @Parameter
  int instances;

  private static Vertx vertx;
  private static int port;

  private final Map<String, TestIo> clients = new HashMap<>();
  private final Map<String, List<String>> heard = new HashMap<>();

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
    for (TestIo client : clients.values()) await(client.close());
  }

  // --- The application

  private static final class Server extends VerticleBase {
    private final AtomicInteger bound;
    private Io io;

    Server(AtomicInteger bound) {
      this.bound = bound;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      io = Io.create(vertx, new IoOptions()
          .setAllowRequest(handshake -> "no".equals(handshake.query("ticket")) ? Future.failedFuture("no ticket")
          : Future.succeededFuture())
          .addEngineMiddleware(request -> request.getHeader("X-Stop") == null ? Future.succeededFuture() : Future.failedFuture("stopped")));
      application();
      return io.mount(router, "/socket.io").ready()
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort)
          .onSuccess(bound::set);
    }

    private void application() {
      io.use(context -> context.auth().getString("name") == null ? Future.failedFuture(new ClientError("who are you?"))
          : Future.succeededFuture());
      io.onConnection(this::talk);
      io.on("who-serves", (args, ack) -> ack.send(args.getString(0) + " heard"));
      io.of(Pattern.compile("/match-\\d+")).onConnection(socket -> socket.emit("namespace", socket.namespace().name()));
      io.of((name, auth) -> name.startsWith("/private-") && "secret".equals(auth.getString("key")))
          .onConnection(socket -> socket.emit("namespace", socket.namespace().name()));
    }

    private void talk(Socket socket) {
      socket.data().put("name", socket.auth().getString("name"));
      socket.on("join", (args, ack) -> {
        socket.join(args.stream().map(String.class::cast).toArray(String[]::new));
        ack.send();
      });
      socket.on("say", (args, ack) -> {
        whom(socket, args.getJsonObject(0)).emit("said", args.getString(1));
        ack.send();
      });
      socket.on("ask", (args, ack) -> whom(socket,
          args.getJsonObject(0)).emitWithAck("asked").onSuccess(answers -> ack.send(new JsonObject()
          .put("answers", new JsonArray(answers.answers().stream().map(answer -> answer.getString(0)).sorted().toList()))
          .put("silent", answers.silent())
          .put("missing", answers.missing().size()))));
      socket.on("fetch", (args, ack) -> whom(socket, args.getJsonObject(0)).fetchSockets().onSuccess(found -> ack.send(
          new JsonArray(found.results().stream().map(RemoteSocket::data).map(data -> data.getString("name")).sorted().toList()))));
      socket.on("move", (args, ack) -> {
        BroadcastOperator whom = whom(socket, args.getJsonObject(0));
        if (args.getBoolean(1)) whom.socketsJoin(args.getString(2));
        else whom.socketsLeave(args.getString(2));
        ack.send();
      });
      socket.on("cut", (args, ack) -> {
        whom(socket, args.getJsonObject(0)).disconnectSockets(args.getBoolean(1));
        ack.send();
      });
      socket.on("servers", (args, ack) -> io.serverSideEmitWithAck("who-serves",
          "all").onSuccess(answers -> ack.send(answers.results().size(), answers.missing().size())));
      socket.on("handshake", (args, ack) -> ack.send(new JsonObject()
          .put("header", socket.handshake().header("x-mine"))
          .put("query", socket.query("room"))
          .put("address", socket.handshake().address())
          .put("secure", socket.handshake().secure())
          .put("time", socket.handshake().time())
          .put("transport", socket.transportName())));
      typed(socket);
      observed(socket);
      guarded(socket);
      socket.onDisconnect(reason -> io.to("watchers").emit("left", socket.data().getString("name"), reason));
    }

    private static void typed(Socket socket) {
      socket.onAck("order", Integer.class,
          amount -> amount > 0 ? Future.succeededFuture(amount * 2)
          : Future.failedFuture(new ClientError("amount: " + amount + "; allowed: more than 0")));
      socket.onAck("broken", String.class, text -> Future.failedFuture(new IllegalStateException("a password is in here")));
      socket.onBlocking("slow", Integer.class, millis -> {
        Thread.sleep(millis);
        return Thread.currentThread().getName().contains("worker");
      });
    }

    private static void observed(Socket socket) {
      socket.on("observe", args -> {
        socket.onAny((event, with) -> socket.emit("noted", "in second " + event));
        socket.prependAny((event, with) -> socket.emit("noted", "in first " + event));
        List<String> out = new ArrayList<>();
        socket.onAnyOutgoing((event, with) -> out.add("second " + event));
        socket.prependAnyOutgoing((event, with) -> out.add("first " + event));
        socket.on("sent", (none, ack) -> ack.send(new JsonArray(new ArrayList<>(out))));
        socket.on("enough", none -> socket.offAny().offAnyOutgoing());
      });
    }

    private static void guarded(Socket socket) {
      socket.on("guard", (args, ack) -> {
        socket.use(event -> "forbidden".equals(event.getString(0)) ? Future.failedFuture(new ClientError("not that"))
            : Future.succeededFuture());
        ack.send();
      });
      socket.on("forbidden", (JsonArray args, Ack ack) -> ack.send("was let through"));
    }

    /** {@code {by, to, except, local, unreliable, timeout}}; {@code by} is the socket or the io. */
    private BroadcastOperator whom(Socket socket, JsonObject asked) {
      BroadcastOperator whom = "socket".equals(asked.getString("by")) ? socket.broadcast() : io.all();
      whom = whom.to(names(asked, "to")).except(names(asked, "except")).compress(true);
      if (asked.getBoolean("local", false)) whom = whom.local();
      if (asked.getBoolean("unreliable", false)) whom = whom.unreliable();
      return asked.containsKey("timeout") ? whom.timeout(asked.getLong("timeout")) : whom;
    }

    private static String[] names(JsonObject asked, String key) {
      return asked.getJsonArray(key, new JsonArray()).stream().map(String.class::cast).toArray(String[]::new);
    }
  }

  // --- Its clients

  private static TestIoOptions as(String name) {
    return new TestIoOptions(port).setAuth(new JsonObject().put("name", name));
  }

  private void everybody() throws Exception {
    for (String name : NAMES) {
      TestIo client = await(TestIo.connect(vertx, as(name)));
      List<String> said = new CopyOnWriteArrayList<>();
      heard.put(name, said);
      client.on("said", args -> said.add(args.getString(0)));
      clients.put(name, client);
    }
  }

  private void room(String room, String... members) throws Exception {
    for (String member : members) await(clients.get(member).emitWithAck("join", room));
  }

  private JsonArray ask(String event, Object... args) throws Exception {
    return await(clients.get("alice").emitWithAck(event, args));
  }

  /** Who has heard what alice said, once it has arrived: every loop has answered a question behind it, every client made a round trip. */
  private List<String> whoHears(JsonObject whom) throws Exception {
    heard.values().forEach(List::clear);
    ask("say", whom, "hello");
    ask("fetch", new JsonObject());
    for (TestIo client : clients.values()) await(client.barrier());
    List<String> hearers = NAMES.stream().filter(name -> !heard.get(name).isEmpty()).toList();
    assertThat(heard.values()).allMatch(said -> said.size() <= 1, "nobody hears it twice");
    return hearers;
  }

  private static JsonObject whom(String by) {
    return new JsonObject().put("by", by);
  }

  private static JsonArray list(Object... items) {
    return new JsonArray(List.of(items));
  }

  // --- What must work

  @Test
  void eachAudienceHearsWhatIsMeantForIt() throws Exception {
    everybody();
    room("red", "alice", "bob");
    room("blue", "bob", "carol");
    assertThat(whoHears(whom("io"))).isEqualTo(NAMES);
    assertThat(whoHears(whom("socket"))).containsExactly("bob", "carol", "dave");
    assertThat(whoHears(whom("io").put("to", list("red")))).containsExactly("alice", "bob");
    assertThat(whoHears(whom("socket").put("to", list("red")))).containsExactly("bob");
    assertThat(whoHears(whom("io").put("to", list("red", "blue")))).containsExactly("alice", "bob", "carol");
    assertThat(whoHears(whom("io").put("to", list("red", "blue")).put("except", list("blue")))).containsExactly("alice");
    assertThat(whoHears(whom("io").put("except", list("red")))).containsExactly("carol", "dave");
    assertThat(whoHears(whom("io").put("to", list(clients.get("dave").id())))).containsExactly("dave");
    assertThat(whoHears(whom("io").put("to", list("nobody is in it")))).isEmpty();
    assertThat(whoHears(whom("io").put("unreliable", true))).isEqualTo(NAMES);
    List<String> local = whoHears(whom("io").put("local", true));
    if (instances == 1) assertThat(local).isEqualTo(NAMES);
    else assertThat(local).contains("alice").hasSizeLessThan(NAMES.size());
  }

  @Test
  void aBroadcastsAcknowledgementsAreCollectedAndTheSilentCounted() throws Exception {
    everybody();
    for (String name : List.of("alice", "bob", "carol")) clients.get(name).onAck("asked", args -> name);
    assertThat(ask("ask", whom("io").put("except", list(clients.get("dave").id()))).getJsonObject(0))
        .isEqualTo(new JsonObject().put("answers", list("alice", "bob", "carol")).put("silent", 0).put("missing", 0));
    // Dave never answers: those that did are not lost.
    assertThat(ask("ask", whom("io").put("timeout", 300)).getJsonObject(0))
        .isEqualTo(new JsonObject().put("answers", list("alice", "bob", "carol")).put("silent", 1).put("missing", 0));
  }

  @Test
  void theSocketsOfAllInstancesAreFoundMovedAndDisconnected() throws Exception {
    everybody();
    assertThat(ask("fetch", whom("io")).getJsonArray(0)).isEqualTo(new JsonArray(NAMES));
    ask("move", whom("io").put("except", list(clients.get("alice").id())), true, "others");
    assertThat(ask("fetch", whom("io").put("to", list("others"))).getJsonArray(0)).isEqualTo(list("bob", "carol", "dave"));
    assertThat(whoHears(whom("io").put("to", list("others")))).containsExactly("bob", "carol", "dave");
    ask("move", whom("io").put("to", list(clients.get("bob").id())), false, "others");
    assertThat(ask("fetch", whom("io").put("to", list("others"))).getJsonArray(0)).isEqualTo(list("carol", "dave"));
    room("watchers", "alice");
    Future<JsonArray> left = clients.get("alice").next("left");
    ask("cut", whom("io").put("to", list(clients.get("carol").id())), false);
    assertThat(await(clients.get("carol").disconnected())).isEqualTo("io server disconnect");
    assertThat(await(left)).isEqualTo(list("carol", "server namespace disconnect"));
    left = clients.get("alice").next("left");
    ask("cut", whom("io").put("to", list("others")), true);
    assertThat(await(left)).isEqualTo(list("dave", "server namespace disconnect"));
    assertThat(ask("fetch", whom("io")).getJsonArray(0)).isEqualTo(list("alice", "bob"));
  }

  @Test
  void disconnectReasonsTellTheWaysOfLeaving() throws Exception {
    everybody();
    room("watchers", "alice");
    Future<JsonArray> left = clients.get("alice").next("left");
    await(clients.get("bob").close());
    assertThat(await(left)).isEqualTo(list("bob", "client namespace disconnect"));
    left = clients.get("alice").next("left");
    await(clients.get("carol").drop());
    assertThat(await(left)).isEqualTo(list("carol", "transport close"));
  }

  @Test
  void serversAnswerEachOther() throws Exception {
    everybody();
    assertThat(ask("servers")).isEqualTo(list(instances - 1, 0));
  }

  @Test
  void aHandshakeIsKnownToItsHandlers() throws Exception {
    clients.put("alice", await(TestIo.connect(vertx, as("alice").setQuery("room=5&x=%E5%A5%97").addHeader("X-Mine", "yes"))));
    JsonObject handshake = ask("handshake").getJsonObject(0);
    assertThat(Instant.parse(handshake.getString("time"))).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
    handshake.remove("time");
    assertThat(handshake).isEqualTo(new JsonObject().put("header", "yes").put("query", "5").put("address", "127.0.0.1").put("secure", false)
        .put("transport", "websocket"));
  }

  @Test
  void eachKindOfMiddlewareRefusesAtItsDoor() throws Exception {
    assertThatThrownBy(() -> await(TestIo.connect(vertx, as("eve").setQuery("ticket=no")))).hasMessageContaining("403");
    assertThatThrownBy(() -> await(TestIo.connect(vertx, as("eve").addHeader("X-Stop", "1")))).hasMessageContaining("403");
    assertThatThrownBy(() -> await(TestIo.connect(vertx, new TestIoOptions(port)))).hasRootCauseMessage("who are you?");
    everybody();
    assertThat(ask("forbidden")).isEqualTo(list("was let through"));
    ask("guard");
    assertThat(ask("forbidden")).isEqualTo(list(new JsonObject().put("error", "not that")));
    assertThat(ask("order", 1)).isEqualTo(list(2));
  }

  @Test
  void namespacesAreMadeByPatternAndByPredicate() throws Exception {
    for (String name : List.of("/match-7", "/private-x")) {
      TestIo client = await(TestIo.connect(vertx, as("alice").setNamespace(name).setAuth(new JsonObject().put("key", "secret"))));
      assertThat(await(client.next("namespace"))).isEqualTo(list(name));
      await(client.close());
    }
    for (String name : List.of("/match-", "/match-7x", "/private-x", "/other")) {
      assertThatThrownBy(() -> await(TestIo.connect(vertx, as("alice").setNamespace(name)))).hasRootCauseMessage("Invalid namespace");
    }
  }

  @Test
  void aFutureIsTheAcknowledgementAndAFailureSaysNoMoreThanItMay() throws Exception {
    everybody();
    assertThat(ask("order", 21)).isEqualTo(list(42));
    assertThat(ask("order", -1)).isEqualTo(list(new JsonObject().put("error", "amount: -1; allowed: more than 0")));
    assertThat(ask("order", "two"))
        .isEqualTo(list(new JsonObject().put("error", "invalid payload").put("event", "order").put("path", "args[0]")
            .put("expected", "a whole number of 32 bits")));
    assertThat(ask("broken", "")).isEqualTo(list(new JsonObject().put("error", "internal error")));
  }

  @Test
  void aBlockingHandlerStallsNobody() throws Exception {
    everybody();
    Future<JsonArray> slow = clients.get("alice").emitWithAck("slow", 400);
    // Its own socket's other events, and those of others on its loop, are handled meanwhile.
    assertThat(ask("order", 1)).isEqualTo(list(2));
    for (TestIo client : clients.values()) assertThat(await(client.emitWithAck("order", 3))).isEqualTo(list(6));
    assertThat(slow.isComplete()).isFalse();
    assertThat(await(slow)).isEqualTo(list(true));
  }

  @Test
  void observersSeeWhatComesAndGoesInTheirOrder() throws Exception {
    everybody();
    TestIo alice = clients.get("alice");
    List<String> noted = new CopyOnWriteArrayList<>();
    alice.on("noted", args -> noted.add(args.getString(0)));
    alice.emit("observe").emit("something");
    await(alice.barrier());
    assertThat(noted).containsExactly("in first something", "in second something");
    assertThat(ask("sent").getJsonArray(0)).startsWith("first noted", "second noted", "first noted", "second noted");
    alice.emit("enough");
    await(alice.barrier());
    noted.clear();
    alice.emit("something");
    await(alice.barrier());
    assertThat(noted).isEmpty();
  }
}
