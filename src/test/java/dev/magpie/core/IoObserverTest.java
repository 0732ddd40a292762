package dev.magpie.core;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.BackpressureTest.Reader;
import dev.magpie.core.BackpressureTest.Wire;
import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import dev.magpie.transport.Handshake;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an observer sees of the clients of a server. */
@Timeout(120)
class IoObserverTest {
  private static final String EIGHT_KB = "x".repeat(8 << 10);

  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final AtomicReference<Socket> joined = new AtomicReference<>();
  private MountedIo server;
  private Vertx clients;

  private final class Seen implements IoObserver {
    @Override
    public void connected(Socket socket) {
      seen.add("connected " + socket.namespace().name());
    }

    @Override
    public void received(Socket socket, String event, JsonArray args) {
      seen.add("received " + event + " " + args.encode());
    }

    @Override
    public void handled(Socket socket, String event, long nanos) {
      seen.add("handled " + event + (nanos > 0 ? "" : " in no time"));
    }

    @Override
    public void sent(Socket socket, String event, JsonArray args) {
      if (!event.equals("data")) seen.add("sent " + event + " " + args.encode());
    }

    @Override
    public void broadcast(String namespace, String event, JsonArray args, int receivers) {
      seen.add("broadcast " + namespace + " " + event + " " + args.encode() + " to " + receivers);
    }

    @Override
    public void replaced(Socket socket, String key) {
      seen.add("replaced " + key);
    }

    @Override
    public void dropped(Socket socket, String event, Drop why) {
      seen.add("dropped " + event + " " + why);
    }

    @Override
    public void refused(String namespace, Handshake handshake, String reason) {
      seen.add("refused " + namespace + " " + reason);
    }

    @Override
    public void connectionRefused(ConnectionError error) {
      seen.add("connection refused " + error.code());
    }

    @Override
    public void disconnected(Socket socket, String reason) {
      seen.add("disconnected " + reason);
    }
  }

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
      io.observe(new Seen());
      io.onConnection(joined::set);
      application.accept(io);
    });
  }

  private TestIo connect() {
    return await(TestIo.connect(clients, server.port));
  }

  private Socket socket() {
    until("the client has joined", () -> joined.get() != null);
    return joined.get();
  }

  private void send(Consumer<Socket> action) {
    Socket socket = socket();
    server.onLoop(() -> {
      action.accept(socket);
      return null;
    });
  }

  private void fill(Socket socket) {
    send(to -> {
      for (int i = 0; i < 8_000 && !socket.writeQueueFull(); i++) socket.emit("data", EIGHT_KB);
    });
  }

  @Test
  void seesEventsOfClientsAndTheTimeOfTheirHandlers() throws Exception {
    serve(new IoOptions(), io -> io.onConnection(socket -> socket.on("work", args -> seen.add("works"))));
    TestIo ann = connect();
    await(ann.emit("work", 1, "two").emit("nobody listens").barrier());
    assertThat(seen).startsWith("connected /", "received work [1,\"two\"]", "works", "handled work", "received nobody listens []",
        "handled nobody listens");
  }

  @Test
  void seesAnEventThatMiddlewareRefusesAsReceivedOnly() throws Exception {
    serve(new IoOptions(), io -> io.onConnection(socket -> socket.use(event -> Future.failedFuture("no"))));
    await(connect().emit("work").barrier());
    assertThat(seen).contains("received work []").doesNotContain("handled work");
  }

  @Test
  void seesEventsToOneClientAndToMany() throws Exception {
    serve(new IoOptions(), io -> io.onConnection(socket -> socket.join("tea")));
    TestIo ann = connect();
    ann.onAck("ask", args -> "yes");
    TestIo bob = connect();
    await(bob.barrier());
    seen.clear();
    send(socket -> {
      socket.emit("one", 1);
      server.io.emit("all", 2);
      server.io.to("tea").except(ann.id()).emit("some", 3);
      server.io.to("nobody").emit("none", 4);
    });
    bob.onAck("ask", args -> "yes");
    Socket socket = socket();
    server.onLoopAsync(() -> socket.emitWithAck("ask"));
    server.onLoopAsync(() -> server.io.emitWithAck("ask"));
    assertThat(seen).containsExactly("sent one [1]", "broadcast / all [2] to 2", "broadcast / some [3] to 1", "sent ask []",
        "broadcast / ask [] to 2");
  }

  @Test
  void seesWhyASocketLeaves() throws Exception {
    serve(new IoOptions(), io -> {});
    TestIo ann = connect();
    await(ann.close());
    until("left", () -> seen.contains("disconnected client namespace disconnect"));
    joined.set(null);
    connect();
    send(Socket::disconnect);
    assertThat(seen).contains("disconnected server namespace disconnect");
  }

  @Test
  void seesClientsAndRequestsThatAreRefused() throws Exception {
    serve(new IoOptions(), io -> io.of("/staff").use(context -> Future.failedFuture("no staff")));
    Future<TestIo> refused = TestIo.connect(clients, new TestIoOptions(server.port).setNamespace("/staff"));
    until("refused", refused::isComplete);
    Future<TestIo> unknown = TestIo.connect(clients, new TestIoOptions(server.port).setNamespace("/unknown"));
    until("refused", unknown::isComplete);
    new EnginePollingClient(server.port).request("GET", "EIO=4&transport=polling&sid=gone", null, java.util.Map.of());
    until("all are seen", () -> seen.size() == 3);
    assertThat(seen).containsExactly("refused /staff no staff", "refused /unknown Invalid namespace", "connection refused 1");
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void seesEventsThatALaterOneReplaces(Wire wire) throws Exception {
    serve(new IoOptions(), io -> {});
    try (Reader client = wire.connect(server.port)) {
      fill(socket());
      send(socket -> {
        for (int price = 1; price <= 3; price++) socket.latest("price of tea").emit("price", price);
        server.io.latest("price, of milk").emit("price", 7);
        server.io.latest("price, of milk").emit("price", 8);
      });
      assertThat(seen).filteredOn(line -> line.startsWith("replaced"))
          .containsExactly("replaced price of tea", "replaced price of tea", "replaced price, of milk");
      assertThat(server.io.counters().get(Counters.Count.LATEST_REPLACED)).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void seesUnreliableEventsThatAreDropped(Wire wire) throws Exception {
    serve(new IoOptions(), io -> {});
    try (Reader client = wire.connect(server.port)) {
      fill(socket());
      send(socket -> {
        socket.unreliable().emit("position", 1);
        server.io.unreliable().emit("weather", 2);
      });
      assertThat(seen).contains("dropped position UNRELIABLE", "dropped weather UNRELIABLE");
      assertThat(seen).noneMatch(line -> line.startsWith("sent position"));
    }
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void seesAnEventForWhichTheQueueHasNoRoom(Wire wire) throws Exception {
    serve(new IoOptions().setSendQueueBytes(64 << 10), io -> {});
    try (Reader client = wire.connect(server.port)) {
      fill(socket());
      send(socket -> {
        for (int i = 0; i < 20 && socket.isConnected(); i++) socket.emit("data", EIGHT_KB);
      });
      assertThat(seen).contains("dropped data OVERFLOW");
    }
    until("left", () -> seen.contains("disconnected slow consumer"));
  }

  @Test
  void anObserverThatThrowsDisturbsNeitherClientsNorOtherObservers() throws Exception {
    server = MountedIo.start(new IoOptions(), io -> {
      io.observe(new IoObserver() {
        @Override
        public void received(Socket socket, String event, JsonArray args) {
          throw new IllegalStateException("broken");
        }
      }).observe(new Seen());
      io.onConnection(socket -> socket.on("work", (args, ack) -> ack.send("done")));
    });
    assertThat(await(connect().emitWithAck("work")).getString(0)).isEqualTo("done");
    assertThat(seen).contains("received work []", "handled work");
  }
}
