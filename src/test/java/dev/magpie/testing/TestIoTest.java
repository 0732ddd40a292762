package dev.magpie.testing;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server that says what a test tells it to, so that both sides of the wire are seen. */
class TestIoTest {
  private final Vertx vertx = Vertx.vertx();
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> requested = new LinkedBlockingQueue<>();
  private volatile BiConsumer<ServerWebSocket, String> script = (socket, text) -> {};
  private volatile ServerWebSocket server;
  private int port;

  @BeforeEach
  void listen() throws Exception {
    HttpServer http = vertx.createHttpServer().webSocketHandler(socket -> {
      server = socket;
      requested.add(socket.uri());
      socket.textMessageHandler(text -> {
        received.add(text);
        if (text.matches("40(/chat,)?(\\{.*)?"))
          socket.writeTextMessage(text.startsWith("40/chat,") ? "40/chat,{\"sid\":\"s1\"}" : "40{\"sid\":\"s1\"}");
        else if (text.startsWith("40/?barrier-")) socket.writeTextMessage("44" + text.substring(2) + "{\"message\":\"Invalid namespace\"}");
        else script.accept(socket, text);
      });
      socket.binaryMessageHandler(data -> received.add("binary " + data));
      socket.writeTextMessage("0{\"sid\":\"engine\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}");
    });
    port = await(http.listen(0, "127.0.0.1")).actualPort();
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private String receive() throws InterruptedException {
    return received.poll(10, TimeUnit.SECONDS);
  }

  private TestIo connect() throws Exception {
    TestIo io = await(TestIo.connect(vertx, port));
    assertThat(receive()).isEqualTo("40");
    return io;
  }

  @Test
  void connectsToTheMainNamespaceWithItsQuery() throws Exception {
    assertThat(await(TestIo.connect(vertx, port, "roomid=1")).id()).isEqualTo("s1");
    assertThat(requested.poll(10, TimeUnit.SECONDS)).isEqualTo("/socket.io/?EIO=4&transport=websocket&roomid=1");
    assertThat(receive()).isEqualTo("40");
  }

  @Test
  void connectsToANamespaceWithAuth() throws Exception {
    await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace("/chat").setAuth(new JsonObject().put("token", "x"))));
    assertThat(receive()).isEqualTo("40/chat,{\"token\":\"x\"}");
  }

  @Test
  void failsWithTheServersWordsWhenItIsRefused() {
    script = (socket, text) -> socket.writeTextMessage("44/closed,{\"message\":\"no\",\"data\":{\"code\":7}}");
    assertThatThrownBy(() -> await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace("/closed"))))
        .hasCauseInstanceOf(TestIo.ConnectRefused.class).hasRootCauseMessage("no")
        .satisfies(e -> assertThat(((TestIo.ConnectRefused) e.getCause()).data()).isEqualTo(new JsonObject().put("code", 7)));
  }

  @Test
  void emitsTextAndNestedBinary() throws Exception {
    connect().emit("e", 1, "套餐", new JsonObject().put("b", Buffer.buffer("x")));
    assertThat(receive()).isEqualTo("451-[\"e\",1,\"套餐\",{\"b\":{\"_placeholder\":true,\"num\":0}}]");
    assertThat(receive()).isEqualTo("binary x");
  }

  @Test
  void handsEventsToTheirHandlerAndKeepsThoseThatCameBefore() throws Exception {
    TestIo io = connect();
    server.writeTextMessage("42[\"e\",1]");
    await(io.barrier());
    List<JsonArray> heard = new CopyOnWriteArrayList<>();
    io.on("e", heard::add);
    server.writeTextMessage("42[\"e\",2]");
    await(io.barrier());
    assertThat(heard).containsExactly(new JsonArray().add(1), new JsonArray().add(2));
  }

  @Test
  void waitsForTheNextEvent() throws Exception {
    TestIo io = connect();
    Future<JsonArray> next = io.next("e");
    server.writeTextMessage("42[\"e\",1]");
    assertThat(await(next)).isEqualTo(new JsonArray().add(1));
    server.writeTextMessage("42[\"e\",2]");
    await(io.barrier());
    assertThat(await(io.next("e"))).isEqualTo(new JsonArray().add(2));
  }

  @Test
  void completesWithTheAcknowledgement() throws Exception {
    script = (socket, text) -> socket.writeTextMessage("430[\"ok\"]");
    assertThat(await(connect().emitWithAck("e", 1))).isEqualTo(new JsonArray().add("ok"));
    assertThat(receive()).isEqualTo("420[\"e\",1]");
  }

  @Test
  void acknowledgesWhatTheServerAsks() throws Exception {
    TestIo io = connect();
    io.onAck("question", arguments -> "answer " + arguments.getInteger(0));
    server.writeTextMessage("427[\"question\",42]");
    assertThat(receive()).isEqualTo("437[\"answer 42\"]");
  }

  @Test
  void passesABarrierWithoutTouchingANamespace() throws Exception {
    TestIo io = connect();
    await(io.barrier());
    assertThat(receive()).isEqualTo("40/?barrier-0,");
  }

  @Test
  void answersPings() throws Exception {
    connect();
    server.writeTextMessage("2");
    assertThat(receive()).isEqualTo("3");
  }

  @Test
  void tellsWhyItWasDisconnected() throws Exception {
    TestIo io = connect();
    server.writeTextMessage("41");
    assertThat(await(io.disconnected())).isEqualTo("io server disconnect");
  }

  @Test
  void failsWhatIsOpenWhenTheConnectionEnds() throws Exception {
    TestIo io = connect();
    Future<JsonArray> acknowledgement = io.emitWithAck("e");
    receive();
    server.close();
    assertThatThrownBy(() -> await(acknowledgement)).hasMessageContaining("the connection ended: transport close");
  }

  @Test
  void saysGoodbyeWhenItCloses() throws Exception {
    TestIo io = connect();
    await(io.close());
    assertThat(receive()).isEqualTo("41");
    assertThat(await(io.disconnected())).isEqualTo("io client disconnect");
  }
}
