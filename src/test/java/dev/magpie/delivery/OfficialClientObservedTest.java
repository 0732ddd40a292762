package dev.magpie.delivery;

import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.ConnectionError;
import dev.magpie.core.Io;
import dev.magpie.core.IoObserver;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Socket;
import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.testing.MountedIo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server sees of the official client, version 4.8 on Node, and how it paces what it sends to it. */
@Timeout(120)
class OfficialClientObservedTest {
  private static final int ROWS = 400;
  private static final AtomicInteger NAMES = new AtomicInteger();

  private static final List<String> seen = new CopyOnWriteArrayList<>();
  private static final List<ConnectionError> errors = new CopyOnWriteArrayList<>();

  @TempDir static Path folder;
  private static MountedIo server;
  private static OfficialClients clients;

  @BeforeAll
  static void start() throws Exception {
    IoOptions options = new IoOptions().setSendQueueBytes(128 << 10).setAllowRequest(
        handshake -> "no".equals(handshake.query("welcome")) ? Future.failedFuture("not welcome") : Future.succeededFuture());
    server = MountedIo.start(options, OfficialClientObservedTest::application);
    clients = OfficialClients.start(folder);
  }

  private static void application(Io io) {
    io.onConnectionError(errors::add);
    io.observe(new IoObserver() {
      @Override
      public void disconnected(Socket socket, String reason) {
        seen.add("disconnected " + socket.query("name") + " " + reason);
      }
    });
    io.onConnection(socket -> {
      socket.onUpgrade(transport -> seen.add("upgraded " + socket.query("name") + " " + transport));
      socket.on("rows", args -> pump(socket));
      socket.onAny((event, args) -> socket.broadcast().emitArgs("relayed " + event, args));
    });
  }

  /** Sends as fast as the client takes it, many times the size of the queue. */
  private static void pump(Socket socket) {
    AtomicInteger sent = new AtomicInteger();
    Runnable send = () -> {
      while (sent.get() < ROWS && !socket.writeQueueFull()) socket.emit("row", sent.getAndIncrement(), "x".repeat(8 << 10));
    };
    socket.drainHandler(drained -> send.run());
    send.run();
  }

  @AfterAll
  static void stop() {
    clients.close();
    server.close();
  }

  private static Client open(String name, String... transports) throws Exception {
    return clients.open(name, "http://127.0.0.1:" + server.port + "/",
        new JsonObject().put("transports", new JsonArray(List.of(transports))).put("query", new JsonObject().put("name", name)));
  }

  private static String name() {
    return "client " + NAMES.incrementAndGet();
  }

  @Test
  void itsUpgradeAndTheReasonOfItsEndAreSeen() throws Exception {
    String name = name();
    Client ann = open(name, "polling", "websocket");
    ann.next("connect");
    ann.webSocket();
    until("the upgrade is seen", () -> seen.contains("upgraded " + name + " websocket"));
    ann.depart();
    until("the end is seen", () -> seen.contains("disconnected " + name + " client namespace disconnect"));
  }

  @Test
  void itsRefusalIsReported() throws Exception {
    Client eve = clients.open(name(), "http://127.0.0.1:" + server.port + "/", new JsonObject().put("reconnection", false)
        .put("transports", new JsonArray().add("websocket")).put("query", new JsonObject().put("welcome", "no")));
    eve.next("connect_error");
    until("the refusal is reported", () -> !errors.isEmpty());
    assertThat(errors.get(0).code()).isEqualTo(4);
    assertThat(errors.get(0).message()).isEqualTo("not welcome");
  }

  @Test
  void itsArgumentsAreRelayedToAnother() throws Exception {
    Client ann = open(name(), "websocket");
    Client bob = open(name(), "websocket");
    ann.next("connect");
    bob.next("connect");
    ann.emit("draw", new JsonObject().put("points", new JsonArray().add(1).addNull().add(2.5)));
    assertThat(bob.next("relayed draw").getJsonArray("args"))
        .isEqualTo(new JsonArray().add(new JsonObject().put("points", new JsonArray().add(1).addNull().add(2.5))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "polling"})
  void itGetsAllRowsOfASenderThatPauses(String transport) throws Exception {
    String name = name();
    Client ann = open(name, transport);
    ann.next("connect");
    ann.emit("rows", new JsonObject());
    for (int row = 0; row < ROWS; row++) assertThat(ann.next("row").getJsonArray("args").getInteger(0)).isEqualTo(row);
    assertThat(seen).noneMatch(line -> line.startsWith("disconnected " + name));
  }
}
