package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Emit;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Retained;
import dev.magpie.state.RetainedValue;
import dev.magpie.state.StateLimitException;
import dev.magpie.state.StateOptions;
import dev.magpie.state.VersionConflict;
import dev.magpie.testing.Await;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Retained state over real sockets: on one event loop, and on several instances that share it. */
@ParameterizedClass(name = "instances: {0}")
@ValueSource(ints = {1, 3})
class RetainedStateTest {
  private static final AtomicInteger ROOMS = new AtomicInteger();

  @Parameter
  int instances;

  private static Vertx vertx;
  private static int port;
  private static final List<Io> ALL = new CopyOnWriteArrayList<>();

  private final String room = "room" + ROOMS.incrementAndGet();
  private final List<TestIo> clients = new ArrayList<>();
  private final WebSocketClient webSockets = vertx.createWebSocketClient();

  @BeforeParameterizedClassInvocation
  static void start(int instances) {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(instances + 1));
    AtomicInteger bound = new AtomicInteger();
    ALL.clear();
    await(vertx.deployVerticle(() -> new Server(bound), new DeploymentOptions().setInstances(instances)));
    port = bound.get();
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    await(vertx.close());
  }

  @AfterEach
  void leave() {
    for (TestIo client : clients) await(client.close());
    await(webSockets.close());
  }

  private static final class Server extends VerticleBase {
    private final AtomicInteger bound;

    Server(AtomicInteger bound) {
      this.bound = bound;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      Io io = Io.create(vertx, new IoOptions().setState(new StateOptions(3, 1_000, 2_000)));
      ALL.add(io);
      io.use(context -> {
        String user = context.handshake().query("user");
        if (user != null) context.identify(user);
        return Future.succeededFuture();
      });
      io.onConnection(socket -> socket.join(socket.query("room", "none")));
      return io.mount(router, "/socket.io").mountPlain(router, "/ws").ready()
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort)
          .onSuccess(bound::set);
    }
  }

  private Retained retained(String key) {
    return ALL.get(0).to(room).retain(key);
  }

  private TestIo join() {
    return join(new TestIoOptions(port));
  }

  private TestIo join(TestIoOptions options) {
    return connect(options.setQuery("room=" + room));
  }

  /** It is in its room when this returns. */
  private TestIo connect(TestIoOptions options) {
    TestIo client = await(TestIo.connect(vertx, options));
    clients.add(client);
    await(client.barrier());
    return client;
  }

  /** One member on each instance: connections go to the loops in turn. */
  private List<TestIo> joinEach() {
    List<TestIo> members = new ArrayList<>();
    for (int i = 0; i < instances; i++) members.add(join());
    return members;
  }

  private static JsonArray next(TestIo client, String event) {
    return await(client.next(event));
  }

  @Test
  void whoJoinsGetsThePresentValueAndThenEveryChange() {
    await(retained("score").emit("score", 1));
    await(retained("score").emit("score", 2));
    List<TestIo> members = joinEach();
    for (TestIo member : members) assertThat(next(member, "score")).containsExactly(2);
    await(retained("score").emit("score", 3));
    for (TestIo member : members) assertThat(next(member, "score")).containsExactly(3);
  }

  @Test
  void membersThatJoinedBeforeTheFirstUseGetTheEvent() {
    List<TestIo> members = joinEach();
    await(retained("a").emit("state", "first", Buffer.buffer("x")));
    for (TestIo member : members) assertThat(next(member, "state").getBuffer(1)).isEqualTo(Buffer.buffer("x"));
  }

  @Test
  void ofEachKeyTheNewestValueIsKeptInTheOrderOfTheChanges() {
    await(retained("a").emit("state", "a1"));
    await(retained("b").emit("state", "b1"));
    await(retained("a").emit("state", "a2"));
    TestIo member = join();
    assertThat(next(member, "state")).containsExactly("b1");
    assertThat(next(member, "state")).containsExactly("a2");
  }

  @Test
  void anInstanceThatLosesItsLastMemberAsksAgainForTheNext() {
    await(retained("a").emit("state", 1));
    for (TestIo member : joinEach()) {
      next(member, "state");
      await(member.close());
    }
    await(retained("a").emit("state", 2));
    for (TestIo member : joinEach()) assertThat(next(member, "state")).containsExactly(2);
  }

  @Test
  void anotherRoomGetsNothing() {
    TestIo other = connect(new TestIoOptions(port).setQuery("room=" + room + "-other"));
    TestIo member = join();
    await(retained("a").emit("state", 1));
    next(member, "state");
    List<Object> heard = new CopyOnWriteArrayList<>();
    other.on("state", heard::add);
    await(other.barrier());
    assertThat(heard).isEmpty();
  }

  @Test
  void aValueIsReplacedOnlyIfItHasTheExpectedVersion() {
    long first = await(retained("cart").ifVersion(0).emit("cart", "one"));
    long second = await(retained("cart").ifVersion(first).emit("cart", "two"));
    assertThat(second).isGreaterThan(first);
    assertThatThrownBy(() -> await(retained("cart").ifVersion(first).emit("cart", "lost"))).hasRootCauseInstanceOf(VersionConflict.class)
        .rootCause().hasMessage("key \"cart\" has version " + second + ", not version " + first)
        .extracting(conflict -> ((VersionConflict) conflict).version()).isEqualTo(second);
    assertThatThrownBy(() -> await(retained("cart").ifVersion(0).emit("cart", "lost"))).rootCause()
        .hasMessage("key \"cart\" has version " + second + ", not none");
    assertThatThrownBy(() -> await(retained("other").ifVersion(7).emit("cart", "lost"))).rootCause()
        .hasMessage("key \"other\" has no value, not version 7");
    assertThat(await(retained("cart").get())).contains(new RetainedValue("cart", new JsonArray().add("two"), second));
  }

  @Test
  void ofSeveralInstancesThatReplaceTheSameVersionOneSucceeds() {
    long first = await(retained("cart").emit("cart", "one"));
    List<Future<Long>> all = new ArrayList<>();
    for (Io io : ALL) for (int i = 0; i < 5; i++) all.add(io.to(room).retain("cart").ifVersion(first).emit("cart", i));
    for (Future<Long> one : all) await(one.transform(done -> Future.succeededFuture()));
    assertThat(all).filteredOn(Future::succeeded).hasSize(1);
  }

  @Test
  void aRemovedKeyIsToldToMembersAndIsNoMoreForThoseWhoJoin() {
    await(retained("a").emit("state", "a"));
    await(retained("b").emit("state", "b"));
    List<TestIo> members = joinEach();
    // Who has not got the value yet is not told that it went.
    for (TestIo member : members) for (String value : List.of("a", "b")) assertThat(next(member, "state")).containsExactly(value);
    assertThat(await(retained("a").remove())).isTrue();
    assertThat(await(retained("a").remove())).isFalse();
    for (TestIo member : members)
      assertThat(next(member, "state:removed")).containsExactly(new JsonObject().put("room", room).put("key", "a"));
    assertThat(await(retained("a").get())).isEmpty();
    TestIo late = join();
    assertThat(next(late, "state")).containsExactly("b");
    List<Object> heard = new CopyOnWriteArrayList<>();
    late.on("state:removed", heard::add);
    await(late.barrier());
    assertThat(heard).isEmpty();
  }

  @Test
  void aValueExpires() {
    List<TestIo> members = joinEach();
    await(retained("position").ttl(200).emit("position", 1, 2));
    for (TestIo member : members) {
      assertThat(next(member, "position")).containsExactly(1, 2);
      assertThat(next(member, "state:removed")).containsExactly(new JsonObject().put("room", room).put("key", "position"));
    }
    assertThat(await(retained("position").get())).isEmpty();
  }

  @Test
  void aValueThatIsSetAgainWithoutALimitStays() {
    await(retained("position").ttl(1).emit("position", 1));
    long version = await(retained("position").emit("position", 2));
    await(vertx.timer(50));
    assertThat(await(retained("position").get()).map(RetainedValue::version)).isEqualTo(Optional.of(version));
  }

  @Test
  void aClientThatAsksForItGetsRoomKeyAndVersionAsTheLastArgument() {
    long version = await(retained("a").emit("state", "one"));
    TestIo member = join(new TestIoOptions(port).setAuth(new JsonObject().put("state", true)));
    assertThat(next(member, "state")).containsExactly("one",
        new JsonObject().put("room", room).put("key", "a").put("version", version));
    await(retained("a").remove());
    JsonObject place = new JsonObject().put("room", room).put("key", "a");
    assertThat(next(member, "state:removed")).containsExactly(place, place.copy().put("version", version + 1));
  }

  @Test
  void aClientOfTheSubprotocolGetsThemBesideTheArguments() {
    long version = await(retained("a").emit("state", "one"));
    List<String> frames = new CopyOnWriteArrayList<>();
    await(webSockets.connect(new WebSocketConnectOptions().setPort(port).setHost("127.0.0.1").addSubProtocol("magpie.v1")
        .setURI("/ws?room=" + room)).compose(socket -> socket.textMessageHandler(frames::add).writeTextMessage("{\"auth\":{}}")));
    Await.until("the value has come", () -> frames.size() >= 2);
    assertThat(new JsonObject(frames.get(1))).isEqualTo(new JsonObject().put("event", "state").put("args", new JsonArray().add("one"))
        .put("state", new JsonObject().put("room", room).put("key", "a").put("version", version)));
  }

  @Test
  void aPlainClientGetsTheEvent() {
    await(retained("a").emit("state", "one"));
    List<String> frames = new CopyOnWriteArrayList<>();
    await(webSockets.connect(port, "127.0.0.1", "/ws?room=" + room).map(socket -> socket.textMessageHandler(frames::add)));
    Await.until("the value has come", () -> !frames.isEmpty());
    assertThat(frames.get(0)).isEqualTo("[\"state\",\"one\"]");
  }

  @Test
  void aUserHasStateThatEachOfItsDevicesGets() {
    List<TestIo> devices = new ArrayList<>();
    for (int i = 0; i < 2; i++) devices.add(device(room));
    Retained settings = ALL.get(0).toUser(room).retain("settings");
    await(settings.emit("settings", "dark"));
    devices.add(device(room));
    for (TestIo device : devices) assertThat(next(device, "settings")).containsExactly("dark");
    TestIo other = device("other");
    await(settings.remove());
    for (TestIo device : devices)
      assertThat(next(device, "state:removed")).containsExactly(new JsonObject().put("user", room).put("key", "settings"));
    List<Object> heard = new CopyOnWriteArrayList<>();
    other.on("settings", heard::add);
    await(other.barrier());
    assertThat(heard).isEmpty();
  }

  private TestIo device(String user) {
    return connect(new TestIoOptions(port).setQuery("user=" + user));
  }

  @Test
  void aMemberThatDoesNotReadGetsOfEachKeyTheNewestAndIsNotClosed() throws Exception {
    try (RawWebSocket slow = RawWebSocket.tcpWithSmallWindow(port, 8 << 10)) {
      slow.upgrade("/ws?room=" + room);
      String large = "x".repeat(900);
      Retained kept = ALL.get(0).to(room).retain("kept");
      // Far more than the socket's buffers and its send queue take.
      for (int i = 0; i < 8_000; i++) {
        if (i % 100 == 99) await(kept.emit("state", large, i));
        else kept.emit("state", large, i);
      }
      await(ALL.get(0).to(room).retain("last").emit("state", "the last"));
      // Each instance has sent all of it before this client reads: it would read as fast as a late instance sends.
      List<TestIo> witnesses = new ArrayList<>();
      for (int i = 0; i < instances; i++) witnesses.add(connect(new TestIoOptions(port).setQuery("room=" + room + "-witness")));
      await(ALL.get(0).to(room + "-witness").retain("a").emit("sent", 1));
      for (TestIo witness : witnesses) next(witness, "sent");
      List<String> texts = new ArrayList<>();
      do {
        texts.add(slow.readFrame().text());
      } while (!texts.get(texts.size() - 1).contains("the last"));
      assertThat(texts).hasSizeLessThan(8_000);
      assertThat(texts.get(texts.size() - 2)).endsWith(",7999]");
    }
  }

  @Test
  void whatIsTooLargeIsRefused() {
    refused(() -> retained("a").emit("state", "x".repeat(1_000)), "the value of key \"a\" has 1013 bytes; allowed: 1000");
    for (String key : List.of("a", "b")) await(retained(key).emit("state", "x".repeat(900)));
    refused(() -> retained("c").emit("state", "x".repeat(900)), "with key \"c\" its room has 2739 bytes; allowed: 2000");
    await(retained("c").emit("state", "x"));
    refused(() -> retained("d").emit("state", "x"), "key \"d\" is one more than a room may have; allowed: 3");
    await(retained("a").remove());
    await(retained("d").emit("state", "x"));
  }

  private static void refused(Supplier<Future<Long>> emit, String message) {
    assertThatThrownBy(() -> await(emit.get())).hasRootCauseInstanceOf(StateLimitException.class).rootCause().hasMessage(message);
  }

  @Test
  void retainedStateIsOfOneRoomAndOfAllItsMembers() {
    Io io = ALL.get(0);
    for (Supplier<Retained> wrong : List.<Supplier<Retained>>of(
        () -> io.all().retain("a"), () -> io.to("x", "y").retain("a"), () -> io.to("x").except("y").retain("a"),
        () -> io.to("x").local().retain("a"), () -> io.to("x").unreliable().retain("a"), () -> io.to("x").latest("b").retain("a"),
        () -> io.to("x").retain("a").ttl(0), () -> io.to("x").retain("a").ifVersion(-1)))
      assertThatThrownBy(wrong::get).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aVerticlePublishesAValueWhichIsSetOnceForAllInstances() {
    List<TestIo> members = joinEach();
    long before = await(retained("before").emit("before"));
    vertx.eventBus().publish(Addresses.EMIT, Emit.to(room).retain("a").event("state", "of a verticle").toJson());
    for (TestIo member : members) assertThat(next(member, "state")).containsExactly("of a verticle");
    // An event that all instances handle after it.
    vertx.eventBus().publish(Addresses.EMIT, Emit.to(room).event("barrier").toJson());
    for (TestIo member : members) next(member, "barrier");
    assertThat(await(retained("b").emit("state", "next"))).isEqualTo(before + 2);
  }

  @Test
  void aVerticleSendsAValueToWhicheverInstance() {
    TestIo member = join();
    for (int i = 0; i < instances; i++) {
      await(vertx.eventBus().request(Addresses.EMIT, Emit.to(room).retain("a").event("state", i).toJson()));
      assertThat(next(member, "state")).containsExactly(i);
    }
  }

  @Test
  void aVerticleThatRetainsForSeveralRoomsIsTold() {
    assertThatThrownBy(() -> await(vertx.eventBus().request(Addresses.EMIT, Emit.to("x", "y").retain("a").event("state").toJson())))
        .rootCause().hasMessage("retain: needs one room or one user, and neither except nor latest");
  }

  @Test
  void aVerticleRetainsForAUser() {
    JsonObject set = new JsonObject().put("users", new JsonArray().add(room)).put("event", "state").put("retain", "a");
    await(vertx.eventBus().request(Addresses.EMIT, set));
    TestIo device = connect(new TestIoOptions(port).setQuery("user=" + room));
    assertThat(next(device, "state")).isEmpty();
  }
}
