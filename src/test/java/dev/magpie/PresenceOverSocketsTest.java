package dev.magpie;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.core.PresenceEvents;
import dev.magpie.core.PresenceOptions;
import dev.magpie.core.RoomPresence;
import dev.magpie.log.Recovery;
import dev.magpie.state.PresenceMember;
import dev.magpie.testing.RawWebSocket;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is present in a room of two instances, over real sockets. */
class PresenceOverSocketsTest {
  /** The members of this namespace have left as soon as their last socket has, and every change is sent at once. */
  private static final String EAGER = "/eager";
  /** Whoever is lost here stays for longer than any test takes. */
  private static final String PATIENT = "/patient";
  /** As the eager one, with a grace time. */
  private static final String BRIEF = "/brief";
  private static final String RECOVERABLE = "/recoverable";
  private static final String SILENT = "/silent";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final List<Io> instances = new CopyOnWriteArrayList<>();
  private static final List<String> handled = new CopyOnWriteArrayList<>();
  private static Vertx vertx;
  private static int port;

  private final List<TestIo> clients = new ArrayList<>();

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(3));
    AtomicInteger bound = new AtomicInteger();
    await(vertx.deployVerticle(() -> new Server(bound), new DeploymentOptions().setInstances(2)));
    port = bound.get();
  }

  @AfterAll
  static void stop() {
    await(vertx.close());
    instances.clear();
    handled.clear();
  }

  @AfterEach
  void leave() {
    for (TestIo client : clients) await(client.drop());
  }

  /** An application whose clients say by their auth who they are, and join and leave rooms as they like. */
  private static final class Server extends VerticleBase {
    private final AtomicInteger bound;

    Server(AtomicInteger bound) {
      this.bound = bound;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      Io io = Io.create(vertx, new IoOptions().setName("presence"));
      instances.add(io);
      io.of(RECOVERABLE).recoverable(Recovery.MEMORY);
      serve(io.of(EAGER), eager().setGrace(0).setPageSize(3)
          .onJoin((room, member) -> handled.add("joined " + room + " " + member.key()))
          .onLeave((room, member) -> handled.add("left " + room + " " + member.key())));
      serve(io.of(BRIEF), eager().setGrace(100));
      serve(io.of(PATIENT), eager().setGrace(600_000));
      serve(io.of(RECOVERABLE), eager().setGrace(600_000).setEvents("who"));
      serve(io.of(SILENT), eager().setEvents((PresenceEvents) null));
      return io.mount(router, "/socket.io").mountPlain(router, "/ws").ready()
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort)
          .onSuccess(bound::set);
    }

    private static PresenceOptions eager() {
      return new PresenceOptions().setInterval(0).setRooms(room -> !room.startsWith("private"))
          .setKey(socket -> socket.data().getString("name", socket.id()));
    }

    private static void serve(Namespace namespace, PresenceOptions options) {
      namespace.presence(options);
      namespace.onConnection(socket -> {
        if (!socket.recovered()) socket.data().put("name", socket.auth().getString("name", socket.query("name", "guest")));
        socket.on("enter", (args, ack) -> {
          socket.join(args.getString(0));
          ack.send();
        });
        socket.on("quit", (args, ack) -> {
          socket.leave(args.getString(0));
          ack.send();
        });
        socket.on("rename", args -> {
          socket.data().put("name", args.getString(1));
          namespace.presence(args.getString(0)).refresh(socket);
        });
      });
    }
  }

  // --- What clients hear

  @Test
  void whoJoinsIsSentWhoIsThereAndTheOthersAreToldOfIt() {
    TestIo ann = connect(EAGER, "ann");
    enter(ann, "tea");
    assertThat(hears(ann, "presence:state")).isEqualTo(state("tea", 1, "ann"));
    TestIo bob = connect(EAGER, "bob");
    enter(bob, "tea");
    assertThat(hears(bob, "presence:state")).isEqualTo(state("tea", 2, "ann", "bob"));
    assertThat(hears(ann, "presence:join")).isEqualTo(change("tea", 2, "bob"));
    enter(ann, "tea");
    quit(bob, "tea");
    assertThat(hears(ann, "presence:leave")).isEqualTo(change("tea", 1, "bob"));
  }

  @Test
  void aPlainWebSocketIsSentTheSame() throws Exception {
    TestIo ann = connect(EAGER, "ann");
    enter(ann, "coffee");
    try (RawWebSocket plain = RawWebSocket.connect(port, "/ws?ns=eager&name=bob&room=coffee")) {
      JsonArray state = new JsonArray(plain.readFrame().text());
      // Its room is joined before the handlers of the application know its name.
      assertThat(state.getString(0)).isEqualTo("presence:state");
      assertThat(state.getJsonObject(1).getInteger("count")).isEqualTo(2);
      plain.sendText("[\"rename\",\"coffee\",\"bob\"]");
      List<String> heard = new ArrayList<>();
      for (int i = 0; i < 2; i++) heard.add(new JsonArray(plain.readFrame().text()).getString(0));
      assertThat(heard).containsExactlyInAnyOrder("presence:join", "presence:leave");
    }
  }

  @Test
  void aMemberWithTwoDevicesIsThereUntilBothHaveGone() {
    TestIo watcher = connect(EAGER, "watcher");
    enter(watcher, "desk");
    TestIo phone = connect(EAGER, "ann");
    TestIo laptop = connect(EAGER, "ann");
    enter(phone, "desk");
    enter(laptop, "desk");
    assertThat(hears(watcher, "presence:join")).isEqualTo(change("desk", 2, "ann"));
    assertThat(hears(laptop, "presence:state")).isEqualTo(state("desk", 2, "watcher", "ann"));
    await(phone.drop());
    until("one socket has gone", () -> await(instances.get(0).of(EAGER).count("desk")).sockets() == 2);
    assertThat(members(EAGER, "desk")).containsExactly("ann", "watcher");
    await(laptop.drop());
    assertThat(hears(watcher, "presence:leave")).isEqualTo(change("desk", 1, "ann"));
  }

  @Test
  void whoReconnectsWithinTheGraceTimeWasNeverAway() {
    TestIo watcher = connect(PATIENT, "watcher");
    List<String> heard = new CopyOnWriteArrayList<>();
    watcher.on("presence:join", args -> heard.add("join " + args));
    watcher.on("presence:leave", args -> heard.add("leave " + args));
    enter(watcher, "lift");
    for (int i = 0; i < 5; i++) {
      TestIo ann = connect(PATIENT, "ann");
      enter(ann, "lift");
      await(ann.next("presence:state"));
      await(ann.drop());
      until("it has gone", () -> await(instances.get(0).of(PATIENT).count("lift")).sockets() == 1);
    }
    assertThat(members(PATIENT, "lift")).containsExactly("ann", "watcher");
    await(watcher.barrier());
    assertThat(heard).hasSize(1);
  }

  @Test
  void whoLeavesTheRoomDoesNotStayForTheGraceTime() {
    TestIo watcher = connect(PATIENT, "watcher");
    enter(watcher, "door");
    TestIo ann = connect(PATIENT, "ann");
    enter(ann, "door");
    quit(ann, "door");
    assertThat(hears(watcher, "presence:leave")).isEqualTo(change("door", 1, "ann"));
  }

  @Test
  void aClientReadsTheRoomPageByPage() {
    for (String name : List.of("a", "b", "c", "d", "e", "f", "g")) enter(connect(EAGER, name), "hall");
    until("all are there", () -> members(EAGER, "hall").size() == 7);
    TestIo reader = connect(EAGER, "z");
    enter(reader, "hall");
    JsonObject page = await(reader.next("presence:state")).getJsonObject(0);
    List<String> read = new ArrayList<>(names(page));
    assertThat(read).hasSize(3);
    while (page.getString("next") != null) {
      page = await(reader.emitWithAck("presence:list", new JsonObject().put("room", "hall").put("after", page.getString("next"))))
          .getJsonObject(0);
      assertThat(page.getInteger("count")).isEqualTo(8);
      read.addAll(names(page));
    }
    assertThat(read).containsExactlyInAnyOrder("a", "b", "c", "d", "e", "f", "g", "z");
  }

  @Test
  void aPageIsForThoseInTheRoomOnly() {
    TestIo ann = connect(EAGER, "ann");
    enter(ann, "vault");
    TestIo spy = connect(EAGER, "spy");
    assertThat(error(spy, new JsonObject().put("room", "vault"))).isEqualTo("room: one with presence that you are in");
    assertThat(error(spy, "vault")).isEqualTo("invalid payload");
    assertThat(error(ann, new JsonObject())).isEqualTo("room: the name of a room");
    assertThat(error(ann, new JsonObject().put("room", "vault").put("after", 7))).isEqualTo("after: the member \"next\" of a page");
    assertThat(error(ann, new JsonObject().put("room", "vault").put("after", "x"))).startsWith("after: the member \"next\" of a page");
  }

  @Test
  void aRoomThatThePredicateLeavesOutHasNoPresence() {
    TestIo ann = connect(EAGER, "ann");
    List<String> heard = new CopyOnWriteArrayList<>();
    ann.on("presence:state", args -> heard.add(args.getJsonObject(0).getString("room")));
    enter(ann, "private talk");
    enter(ann, "public talk");
    until("the state has come", () -> !heard.isEmpty());
    assertThat(heard).containsExactly("public talk");
    assertThat(members(EAGER, "private talk")).isEmpty();
    assertThat(members(EAGER, ann.id())).isEmpty();
  }

  @Test
  void withoutEventsOnlyTheApplicationKnows() {
    TestIo ann = connect(SILENT, "ann");
    List<String> heard = new CopyOnWriteArrayList<>();
    ann.on("presence:state", args -> heard.add("state"));
    enter(ann, "crypt");
    until("she is there", () -> members(SILENT, "crypt").equals(Set.of("ann")));
    await(ann.barrier());
    assertThat(heard).isEmpty();
  }

  @Test
  void inANamespaceWithRecoveryTheEventsCarryThePositionAndAreNotReplayed() {
    JsonObject auth = new JsonObject().put("name", "ann");
    TestIo ann = await(TestIo.connect(vertx, new TestIoOptions(port).setTimeout(PATIENCE).setNamespace(RECOVERABLE).setAuth(auth)));
    clients.add(ann);
    enter(ann, "boat");
    JsonArray state = await(ann.next("who:state"));
    assertThat(state).hasSize(2);
    assertThat(state.getString(1)).matches("[\\w-]+\\.\\w+");
    assertThat(state.getJsonObject(0).getInteger("count")).isEqualTo(1);
    assertThat(await(instances.get(0).of(RECOVERABLE).log().head())).isZero();
  }

  // --- What the application is told

  @Test
  void handlersOfEachInstanceAreCalledOncePerMember() {
    RoomPresence room = instances.get(1).of(EAGER).presence("stage");
    List<String> own = new CopyOnWriteArrayList<>();
    room.onJoin(member -> own.add("joined " + member.key())).onLeave(member -> own.add("left " + member.key()));
    until("the hub knows of the handlers", () -> await(room.count()) == 0);
    TestIo one = connect(EAGER, "ann");
    TestIo two = connect(EAGER, "ann");
    enter(one, "stage");
    enter(two, "stage");
    quit(one, "stage");
    quit(two, "stage");
    until("both instances and the room's handler were told",
        () -> own.size() == 2 && handled.stream().filter(each -> each.contains(" stage ")).count() == 4);
    assertThat(own).containsExactly("joined ann", "left ann");
    assertThat(handled.stream().filter(each -> each.contains(" stage "))).containsExactlyInAnyOrder(
        "joined stage ann", "joined stage ann", "left stage ann", "left stage ann");
    room.close();
  }

  @Test
  void theNumberOfSocketsInARoomIsCountedWithoutFetchingThem() {
    enter(connect(EAGER, "ann"), "pool");
    enter(connect(EAGER, "ann"), "pool");
    assertThat(await(instances.get(0).of(EAGER).count("pool")).sockets()).isEqualTo(2);
    until("she is there once", () -> await(instances.get(1).of(EAGER).presence("pool").count()) == 1);
  }

  /** Devices come, go, are cut off and change their names at random; in the end every list is who is there. */
  @ParameterizedTest
  @ValueSource(strings = {EAGER, BRIEF})
  void devicesThatComeAndGoAtRandomEndWithExactlyTheRightSet(String namespace) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String room = "random " + namespace;
    Map<String, Device> devices = new TreeMap<>();
    for (int step = 0; step < 120; step++) {
      // Four users with two devices each.
      String id = "user" + random.nextInt(4) + "/" + random.nextInt(2);
      Device there = devices.get(id);
      if (there == null) devices.put(id, new Device(namespace, id.substring(0, 5), room));
      else if (random.nextInt(4) == 0) there.rename("user" + random.nextInt(4));
      else devices.remove(id).leave(random.nextInt(3));
    }
    Set<String> right = new TreeSet<>();
    devices.values().forEach(device -> right.add(device.name));
    until("the server's list is right, seed " + seed, () -> members(namespace, room).equals(right));
    for (Device device : devices.values())
      until("each device's list is right, seed " + seed, () -> device.list.keySet().equals(right));
  }

  /** A client that keeps its list by the events alone, as a page does. */
  private final class Device {
    private final Map<String, JsonObject> list = new ConcurrentSkipListMap<>();
    private final String room;
    private final TestIo client;
    private String name;

    Device(String namespace, String name, String room) {
      this.name = name;
      this.room = room;
      client = connect(namespace, name);
      client.on("presence:state", args -> begin(args.getJsonObject(0)));
      client.on("presence:join", args -> add(args.getJsonObject(0)));
      client.on("presence:leave", args -> names(args.getJsonObject(0)).forEach(list::remove));
      enter(client, room);
    }

    private void begin(JsonObject state) {
      list.clear();
      page(state);
    }

    private void page(JsonObject page) {
      add(page);
      if (page.getString("next") != null)
        client.emitWithAck("presence:list", new JsonObject().put("room", room).put("after", page.getString("next")))
            .onSuccess(more -> page(more.getJsonObject(0)));
    }

    private void add(JsonObject members) {
      names(members).forEach(each -> list.put(each, new JsonObject()));
    }

    void rename(String other) {
      name = other;
      client.emit("rename", room, other);
      await(client.barrier());
    }

    void leave(int how) {
      switch (how) {
        case 0 -> quit(client, room);
        case 1 -> await(client.close());
        default -> await(client.drop());
      }
    }
  }

  private TestIo connect(String namespace, String name) {
    JsonObject auth = new JsonObject().put("name", name);
    TestIo client = await(TestIo.connect(vertx, new TestIoOptions(port).setTimeout(PATIENCE).setNamespace(namespace).setAuth(auth)));
    clients.add(client);
    return client;
  }

  private static void enter(TestIo client, String room) {
    await(client.emitWithAck("enter", room));
  }

  private static void quit(TestIo client, String room) {
    await(client.emitWithAck("quit", room));
  }

  private static Set<String> members(String namespace, String room) {
    Set<String> keys = new TreeSet<>();
    for (PresenceMember member : await(instances.get(0).of(namespace).presence(room).list())) keys.add(member.key());
    return keys;
  }

  private static String error(TestIo client, Object asked) {
    return await(client.emitWithAck("presence:list", asked)).getJsonObject(0).getString("error");
  }

  private static List<String> names(JsonObject body) {
    return body.getJsonArray("members").stream().map(member -> ((JsonObject) member).getString("id")).toList();
  }

  private static String hears(TestIo client, String event) {
    return await(client.next(event)).encode();
  }

  /** The arguments of a join or a leave. */
  private static String change(String room, int count, String... names) {
    return "[{\"room\":\"" + room + "\",\"members\":[" + described(names) + "],\"count\":" + count + "}]";
  }

  /** The arguments of a list that has no more pages. */
  private static String state(String room, int count, String... names) {
    return "[{\"room\":\"" + room + "\",\"members\":[" + described(names) + "],\"count\":" + count + ",\"next\":null}]";
  }

  private static String described(String... names) {
    return Stream.of(names).map(name -> "{\"id\":\"" + name + "\"}").collect(Collectors.joining(","));
  }
}
