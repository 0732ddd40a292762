package dev.magpie.core;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import dev.magpie.transport.admission.AdmissionLimits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The events of the server's own parts, as socket.io has them: of rooms, namespaces, connections and requests. */
@Timeout(120)
class ServerEventsTest {
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final List<ConnectionError> errors = new CopyOnWriteArrayList<>();
  private MountedIo server;
  private Vertx clients;

  @BeforeEach
  void start() {
    clients = Vertx.vertx();
  }

  @AfterEach
  void stop() {
    await(clients.close());
    if (server != null) server.close();
  }

  private void serve(IoOptions options, Consumer<Io> application) {
    server = MountedIo.start(options, io -> {
      io.onConnectionError(errors::add);
      application.accept(io);
    });
  }

  private void serve(Consumer<Io> application) {
    serve(new IoOptions(), application);
  }

  private TestIo connect() {
    return await(TestIo.connect(clients, server.port));
  }

  // Rooms.

  private final class Seen implements RoomObserver {
    @Override
    public void created(String room) {
      seen.add("create " + room);
    }

    @Override
    public void joined(String room, String socketId) {
      seen.add("join " + room + " " + socketId);
    }

    @Override
    public void left(String room, String socketId) {
      seen.add("leave " + room + " " + socketId);
    }

    @Override
    public void deleted(String room) {
      seen.add("delete " + room);
    }
  }

  @Test
  void roomsAreCreatedJoinedLeftAndDeleted() throws Exception {
    serve(io -> {
      io.of("/").observeRooms(new Seen());
      io.onConnection(socket -> {
        socket.on("join", String.class, room -> socket.join(room));
        socket.on("leave", String.class, room -> socket.leave(room));
      });
    });
    TestIo ann = connect();
    TestIo bob = connect();
    await(ann.emit("join", "tea").emit("join", "tea").barrier());
    await(bob.emit("join", "tea").barrier());
    await(ann.emit("leave", "tea").emit("leave", "tea").barrier());
    await(bob.close());
    until("the room is gone", () -> seen.contains("delete tea"));
    assertThat(seen).startsWith(
        "create " + ann.id(), "join " + ann.id() + " " + ann.id(),
        "create " + bob.id(), "join " + bob.id() + " " + bob.id(),
        "create tea", "join tea " + ann.id(), "join tea " + bob.id(), "leave tea " + ann.id(),
        "leave " + bob.id() + " " + bob.id(), "delete " + bob.id(), "leave tea " + bob.id(), "delete tea");
    assertThat(seen).hasSize(12);
  }

  @Test
  void anObserverOfRoomsThatThrowsDisturbsNobody() throws Exception {
    serve(io -> {
      io.of("/").observeRooms(new RoomObserver() {
        @Override
        public void joined(String room, String socketId) {
          throw new IllegalStateException("broken");
        }
      }).observeRooms(new Seen());
      io.onConnection(socket -> socket.on("join", String.class, room -> socket.join(room)));
    });
    TestIo ann = connect();
    await(ann.emit("join", "tea").barrier());
    assertThat(seen).contains("join tea " + ann.id());
    assertThat(server.io.counters().get(Counters.Count.HANDLER_FAILURES)).isEqualTo(2);
  }

  // Namespaces.

  @Test
  void eachNewNamespaceIsReportedBeforeItsFirstClientIsAdmitted() throws Exception {
    serve(io -> {
      io.onNewNamespace(namespace -> {
        seen.add(namespace.name());
        namespace.use(context -> Future.failedFuture("closed by the handler"));
      });
      io.of("/").onConnection(socket -> {});
      io.of("/a");
      io.of("/a");
      io.of(Pattern.compile("/match-\\d+"));
    });
    assertThat(seen).containsExactly("/a");
    Future<TestIo> refused = TestIo.connect(clients, new TestIoOptions(server.port).setNamespace("/match-1"));
    until("refused", refused::isComplete);
    assertThat(refused.cause()).hasMessage("closed by the handler");
    assertThat(seen).containsExactly("/a", "/match-1");
  }

  // Connections.

  @Test
  void anUpgradeIsReportedToTheSocketsOfTheConnection() throws Exception {
    serve(io -> {
      for (Namespace namespace : List.of(io.of("/"), io.of("/second"))) {
        namespace.onConnection(socket -> socket.onUpgrade(to -> seen.add(namespace.name() + " " + to + " " + socket.transportName())));
      }
    });
    EnginePollingClient polling = new EnginePollingClient(server.port);
    polling.handshake();
    polling.send("40", "40/second,");
    polling.poll(2);
    assertThat(seen).isEmpty();
    try (EngineWebSocketClient client = EngineWebSocketClient.upgrade(server.port, polling.sid())) {
      client.expectNothingElse();
      assertThat(seen).containsExactlyInAnyOrder("/ websocket websocket", "/second websocket websocket");
    }
  }

  @Test
  void aClientThatBeginsWithAWebSocketHasNoUpgrade() throws Exception {
    serve(io -> io.onConnection(socket -> socket.onUpgrade(seen::add)));
    await(connect().barrier());
    assertThat(seen).isEmpty();
  }

  // Requests that are refused.

  private ConnectionError refused(int status, String method, String query) {
    assertThat(new EnginePollingClient(server.port).request(method, query, null, Map.of()).status()).isEqualTo(status);
    until("reported", () -> !errors.isEmpty());
    assertThat(errors).hasSize(1);
    return errors.remove(0);
  }

  @Test
  void refusedRequestsAreReportedWithCodeMessageAndContext() {
    serve(io -> {});
    ConnectionError error = refused(400, "GET", "EIO=4&transport=carrier-pigeon");
    assertThat(error.code()).isZero();
    assertThat(error.message()).isEqualTo("Transport unknown");
    assertThat(error.status()).isEqualTo(400);
    assertThat(error.context()).containsExactly(Map.entry("transport", "carrier-pigeon"));
    assertThat(error.request().address()).isEqualTo("127.0.0.1");

    error = refused(400, "GET", "EIO=4&transport=polling&sid=gone");
    assertThat(error.code()).isEqualTo(1);
    assertThat(error.context()).containsExactly(Map.entry("sid", "gone"));

    error = refused(400, "POST", "EIO=4&transport=polling");
    assertThat(error.code()).isEqualTo(2);
    assertThat(error.context()).containsExactly(Map.entry("method", "POST"));

    error = refused(400, "GET", "EIO=4&transport=websocket");
    assertThat(error.code()).isEqualTo(3);
    assertThat(error.context()).containsExactly(Map.entry("transport", "websocket"));

    error = refused(400, "GET", "EIO=7&transport=polling");
    assertThat(error.code()).isEqualTo(5);
    assertThat(error.context()).containsExactly(Map.entry("protocol", "7"));
  }

  @Test
  void aCheckOfTheApplicationThatRefusesIsReportedForEachTransport() throws Exception {
    serve(new IoOptions().setAllowRequest(handshake -> Future.failedFuture("not today")), io -> {});
    ConnectionError polling = refused(403, "GET", "EIO=4&transport=polling");
    assertThat(polling.code()).isEqualTo(4);
    assertThat(polling.message()).isEqualTo("not today");
    for (String path : List.of("/socket.io/?EIO=4&transport=websocket", "/ws")) {
      assertThat(EngineWebSocketClient.refusal(server.port, path, Map.of())).isEqualTo(403);
      until("reported", () -> errors.size() == 1);
      ConnectionError error = errors.remove(0);
      assertThat(error.message()).isEqualTo("not today");
      assertThat(error.code()).isEqualTo(4);
      assertThat(error.request().uri()).isEqualTo(path);
    }
  }

  @Test
  void anOriginThatIsNotAdmittedIsReported() throws Exception {
    serve(io -> {});
    for (String path : List.of("/socket.io/?EIO=4&transport=websocket", "/ws")) {
      try (RawWebSocket client = RawWebSocket.tcp(server.port)) {
        client.send(RawWebSocket.upgradeRequest(path, "Origin: https://elsewhere.example"));
        assertThat(client.readAnswer().status()).isEqualTo(403);
      }
      until("reported", () -> errors.size() == 1);
      ConnectionError error = errors.remove(0);
      assertThat(error.code()).isEqualTo(4);
      assertThat(error.context()).containsExactly(Map.entry("origin", "https://elsewhere.example"));
    }
  }

  @Test
  void aServerThatIsFullReportsThatWithoutACodeOfEngineIo() {
    serve(new IoOptions().setAdmission(new AdmissionLimits(1, 1_000)), io -> {});
    connect();
    ConnectionError error = refused(503, "GET", "EIO=4&transport=polling");
    assertThat(error.code()).isEqualTo(-1);
    assertThat(error.status()).isEqualTo(503);
  }

  // Headers.

  @Test
  void headersAreAddedToTheAnswersOfEachTransport() throws Exception {
    serve(new IoOptions()
        .setInitialHeaders((headers, request) -> headers.set("Set-Cookie", "first=" + request.path().length()))
        .setHeaders((headers, request) -> headers.set("X-Served-By", "magpie")), io -> {});
    EnginePollingClient polling = new EnginePollingClient(server.port);
    EnginePollingClient.Response opened = polling.handshake();
    assertThat(opened.header("Set-Cookie")).contains("first=11");
    assertThat(opened.header("X-Served-By")).contains("magpie");
    EnginePollingClient.Response post = polling.post("40");
    assertThat(post.header("Set-Cookie")).isEmpty();
    assertThat(post.header("X-Served-By")).contains("magpie");
    assertThat(polling.get().header("X-Served-By")).contains("magpie");
    for (String path : List.of("/socket.io/?EIO=4&transport=websocket", "/ws")) {
      RawWebSocket.HttpAnswer answer = upgrade(path);
      assertThat(answer.headers()).containsEntry("x-served-by", "magpie").containsKey("set-cookie");
    }
    RawWebSocket.HttpAnswer later = upgrade("/socket.io/?EIO=4&transport=websocket&sid=" + polling.sid());
    assertThat(later.headers()).containsEntry("x-served-by", "magpie").doesNotContainKey("set-cookie");
    // A refused request serves no connection.
    assertThat(polling.request("GET", "EIO=4&transport=polling&sid=gone", null, Map.of()).header("X-Served-By")).isEmpty();
  }

  private RawWebSocket.HttpAnswer upgrade(String path) throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(server.port)) {
      RawWebSocket.HttpAnswer answer = client.send(RawWebSocket.upgradeRequest(path)).readAnswer();
      assertThat(answer.status()).isEqualTo(101);
      return answer;
    }
  }

  @Test
  void aHeaderThatWouldEndItsLineIsNotWritten() throws Exception {
    serve(new IoOptions().setHeaders((headers, request) -> headers.set("X-Split", "a\r\nX-Injected: b")), io -> {});
    for (String path : List.of("/socket.io/?EIO=4&transport=websocket", "/ws")) {
      assertThat(upgrade(path).headers()).doesNotContainKeys("x-split", "x-injected");
    }
    EnginePollingClient.Response opened = new EnginePollingClient(server.port).handshake();
    assertThat(opened.header("X-Injected")).isEmpty();
  }

  // Relaying, counting.

  @Test
  void anArrayOfArgumentsIsRelayedAsItCame() throws Exception {
    serve(io -> io.onConnection(socket -> socket.onAny((event, args) -> {
      socket.broadcast().emitArgs(event, args);
      io.except(socket.id()).emitArgs("by io", args);
      socket.emitArgs("echo", args);
      socket.unreliable().emitArgs("now", args);
    })));
    TestIo ann = connect();
    TestIo bob = connect();
    JsonObject object = new JsonObject().put("list", new JsonArray().add(1).addNull());
    Buffer bytes = Buffer.buffer(new byte[] {1, 2, 3});
    ann.emit("draw", 1, null, object, bytes, new JsonArray().add("x"));
    for (JsonArray args : List.of(await(bob.next("draw")), await(bob.next("by io")), await(ann.next("echo")), await(ann.next("now")))) {
      assertThat(args.size()).isEqualTo(5);
      assertThat(args.getInteger(0)).isEqualTo(1);
      assertThat(args.getValue(1)).isNull();
      assertThat(args.getJsonObject(2)).isEqualTo(object);
      assertThat(args.getBuffer(3)).isEqualTo(bytes);
      assertThat(args.getJsonArray(4)).isEqualTo(new JsonArray().add("x"));
    }
  }

  @Test
  void socketsAreCountedOverAllInstances() throws Exception {
    serve(io -> {
      io.onConnection(socket -> socket.on("join", String.class, room -> socket.join(room)));
      io.of(Pattern.compile("/match-\\d+"));
    });
    MountedIo other = MountedIo.start(server.vertx, new IoOptions(), io -> io.onConnection(socket -> socket.join("tea")));
    TestIo ann = connect();
    connect();
    await(ann.emit("join", "tea").barrier());
    await(TestIo.connect(clients, other.port));
    await(TestIo.connect(clients, new TestIoOptions(server.port).setNamespace("/match-1")));
    until("both instances know each other", () -> await(server.io.count()).sockets() == 3);
    assertThat(await(other.io.count()).sockets()).isEqualTo(3);
    assertThat(await(server.io.local().count()).sockets()).isEqualTo(2);
    assertThat(await(server.io.to("tea").count())).isEqualTo(new ClusterCount(2, List.of()));
    assertThat(await(server.io.except(ann.id()).count()).sockets()).isEqualTo(2);
    assertThat(await(server.io.to("nobody").count()).sockets()).isZero();
  }
}
