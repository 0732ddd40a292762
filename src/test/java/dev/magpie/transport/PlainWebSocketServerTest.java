package dev.magpie.transport;

import static dev.magpie.testing.RawWebSocket.BINARY;
import static dev.magpie.testing.RawWebSocket.PING;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.header;
import static dev.magpie.testing.RawWebSocket.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlainWebSocketServerTest {
  private static final Duration INTERVAL = Duration.ofSeconds(25);
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** The heartbeats' clock stands still unless a test moves it. */
  private final AtomicLong nanos = new AtomicLong();

  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final BlockingQueue<PlainWebSocketLink> links = new LinkedBlockingQueue<>();
  private Vertx vertx;
  private ContextInternal context;
  private Deadlines deadlines;
  private PlainWebSocketServer server;
  private int port;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    context = ((VertxInternal) vertx).createEventLoopContext();
    deadlines = new Deadlines(nanos::get);
    PlainWebSocketOptions options =
        PlainWebSocketOptions.DEFAULT.withAllowOrigin(request -> !"https://evil.example".equals(request.getHeader("Origin")));
    listen(options, this::accept);
  }

  private void listen(PlainWebSocketOptions options, Function<PlainWebSocketLink, LinkListener> acceptor) {
    server = new PlainWebSocketServer(context, options, deadlines, acceptor);
    port =
        WebSocketHarness.await(
                vertx.createHttpServer(WebSocketHarness.options().setHost("127.0.0.1").setPort(0)).requestHandler(server::handle).listen())
            .actualPort();
  }

  @AfterEach
  void stop() {
    WebSocketHarness.await(vertx.close());
  }

  @Test
  void handsMessagesToItsListenerOnItsContext() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      client.sendText("hello").sendBinary(new byte[] {1, 2, 3});
      assertThat(hear()).isEqualTo("text hello");
      assertThat(hear()).isEqualTo("binary 3");
      client.sendClose(1000, "done");
    }
    assertThat(hear()).isEqualTo("close TRANSPORT_CLOSE code 1000, done");
  }

  @Test
  void sendsATextAndItsAttachmentsDirectlyBehindEachOther() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      PlainWebSocketLink link = link();
      on(() -> link.send(Message.of("[\"file\"]", List.of(Buffer.buffer("content")))));
      assertThat(client.readFrame().text()).isEqualTo("[\"file\"]");
      assertThat(client.readFrame()).satisfies(f -> assertThat(f.opcode()).isEqualTo(BINARY));
      assertThat(link.transportName()).isEqualTo("websocket");
      assertThat(link.handshake().query("room")).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ws", "/ws?echo=true"})
  void answersATextPingWithATextPong(String path) throws Exception {
    try (RawWebSocket client = RawWebSocket.connect(port, path)) {
      assertThat(client.sendText("ping").readFrame().text()).isEqualTo("pong");
      assertThat(client.sendText("ping").readFrame().opcode()).isEqualTo(TEXT);
      assertThat(heard).isEmpty();
    }
  }

  // Echo mode.

  @Test
  void sendsEveryFrameBackInEchoMode() throws Exception {
    try (RawWebSocket client = RawWebSocket.connect(port, "/ws?echo=true")) {
      assertThat(client.sendText("立即与服务器通信").readFrame().text()).isEqualTo("立即与服务器通信");
      byte[] tenMegabytes = new byte[10_000_000];
      tenMegabytes[9_999_999] = 1;
      Frame echo = client.sendBinary(tenMegabytes).readFrame();
      assertThat(echo.opcode()).isEqualTo(BINARY);
      assertThat(echo.payload()).isEqualTo(tenMegabytes);
      assertThat(links).isEmpty();
    }
  }

  @Test
  void slowsAnEchoClientDownThatDoesNotReadAndLosesNothing() throws Exception {
    int messages = 60;
    try (RawWebSocket client = RawWebSocket.connect(port, "/ws?echo=true")) {
      Thread writer =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < messages; i++) client.sendBinary(new byte[1_000_000 + i]);
                } catch (Exception e) {
                  heard.add(e.toString());
                }
              });
      writer.start();
      writer.join(500);
      assertThat(writer.isAlive()).isTrue(); // TCP holds it
      for (int i = 0; i < messages; i++) assertThat(client.readFrame().payload()).hasSize(1_000_000 + i);
      writer.join();
      assertThat(heard).isEmpty();
    }
  }

  // The handshake.

  @Test
  void refusesAnOriginWith403() throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      HttpAnswer answer = client.send(upgradeRequest("/ws", "Origin: https://evil.example")).readAnswer();
      assertThat(answer.status()).isEqualTo(403);
      assertThat(client.readEnd()).isTrue();
    }
    connect("/ws", "Origin: https://good.example").close();
  }

  @Test
  void agreesOnTheSubprotocolThatItSpeaks() throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      HttpAnswer answer = client.send(upgradeRequest("/ws", "Sec-WebSocket-Protocol: chat, magpie.v1")).readAnswer();
      assertThat(answer.headers()).containsEntry("sec-websocket-protocol", "magpie.v1");
      assertThat(link().subprotocol()).isEqualTo("magpie.v1");
    }
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      assertThat(client.send(upgradeRequest("/ws", "Sec-WebSocket-Protocol: chat")).readAnswer().headers())
          .doesNotContainKey("sec-websocket-protocol");
      assertThat(link().subprotocol()).isNull();
    }
  }

  @Test
  void closesWith1011WhenTheAcceptorFails() throws Exception {
    listen(
        PlainWebSocketOptions.DEFAULT,
        link -> {
          throw new IllegalStateException("expected by this test");
        });
    try (RawWebSocket client = RawWebSocket.connect(port, "/ws")) {
      assertThat(client.readClose().closeCode()).isEqualTo(1011);
    }
  }

  @Test
  void closesWith1009AboveSixteenMebibytes() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      client.send(header(true, 0, BINARY, true, (16 << 20) + 1));
      assertThat(client.readClose().closeCode()).isEqualTo(1009);
    }
    assertThat(hear()).startsWith("close PAYLOAD_TOO_LARGE code 1009");
  }

  // The end.

  @ParameterizedTest
  @EnumSource(CloseReason.class)
  void showsTheClientEachReason(CloseReason reason) throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      PlainWebSocketLink link = link();
      on(
          () -> {
            link.close(reason, "the detail");
            link.close(CloseReason.SERVER_ERROR); // nothing any more
            link.send(Message.text("nothing"));
          });
      Frame close = client.readClose();
      assertThat(close.closeCode()).isEqualTo(reason.code());
      assertThat(close.closeReason()).isEqualTo("the detail");
    }
    assertThat(hear()).isEqualTo("close " + reason + " the detail");
    assertThat(heard).isEmpty();
  }

  @Test
  void closesWithACodeOfTheApplication() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      PlainWebSocketLink link = link();
      on(() -> link.close(4404, "no such namespace"));
      assertThat(client.readClose().closeCode()).isEqualTo(4404);
    }
    assertThat(hear()).isEqualTo("close FORCED_SERVER_CLOSE no such namespace");
  }

  @Test
  void closesAllLinksAndWaitsForThem() throws Exception {
    try (RawWebSocket a = connect("/ws");
        RawWebSocket b = RawWebSocket.connect(port, "/ws?echo=true")) {
      b.sendText("ping").readFrame();
      assertThat(on(server::size)).isEqualTo(2);
      Future<Void> closed = on(() -> server.close(CloseReason.SERVER_SHUTTING_DOWN));
      assertThat(a.readClose().closeCode()).isEqualTo(1001);
      assertThat(b.readClose().closeCode()).isEqualTo(1001);
      assertThat(closed.isComplete()).isFalse();
      a.sendClose(1001, "");
      b.sendClose(1001, "");
      WebSocketHarness.await(closed);
      assertThat(on(server::size)).isZero();
      assertThat(on(deadlines::size)).isZero();
      try (RawWebSocket late = RawWebSocket.tcp(port)) {
        HttpAnswer answer = late.send(upgradeRequest("/ws")).readAnswer();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.headers()).containsKey("retry-after");
      }
    }
  }

  // The heartbeat.

  @Test
  void pingsOnceInAnInterval() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      link();
      advance(INTERVAL.plusMillis(20));
      assertThat(client.readFrame().opcode()).isEqualTo(PING);
      client.sendPong(new byte[0]).sendText("ping");
      assertThat(client.readFrame().text()).isEqualTo("pong");
      advance(INTERVAL.dividedBy(2));
      client.sendText("ping");
      assertThat(client.readFrame().text()).isEqualTo("pong"); // no ping in front of it
    }
  }

  @Test
  void closesAClientThatAnswersNothing() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      link();
      advance(INTERVAL.plusMillis(20));
      assertThat(client.readFrame().opcode()).isEqualTo(PING);
      advance(TIMEOUT.minusMillis(100));
      assertThat(heard).isEmpty();
      advance(Duration.ofMillis(200)); // suspect
      assertThat(heard).isEmpty();
      advance(Duration.ofMillis(100));
      assertThat(hear()).isEqualTo("close PING_TIMEOUT null");
      assertThat(client.readClose().closeCode()).isEqualTo(4000);
      assertThat(client.readEnd()).isTrue();
      assertThat(on(deadlines::size)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pong", "text ping", "message", "binary", "after it became suspect"})
  void neverClosesAClientThatAnswers(String how) throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      link();
      for (int i = 0; i < 5; i++) {
        advance(INTERVAL.plusMillis(20));
        assertThat(client.readFrame().opcode()).isEqualTo(PING);
        advance(how.startsWith("after") ? TIMEOUT.plusMillis(20) : TIMEOUT.minusMillis(20));
        switch (how) {
          case "text ping" -> client.sendText("ping");
          case "message" -> client.sendText("I live");
          case "binary" -> client.sendBinary(ascii("I live"));
          default -> client.sendPong(new byte[0]);
        }
        // What is answered now came behind the sign of life.
        client.sendText("ping");
        assertThat(client.readFrame().text()).isEqualTo("pong");
        if (how.equals("text ping")) client.readFrame();
      }
      heard.removeIf(line -> line.contains("I live") || line.equals("binary 6"));
      assertThat(heard).isEmpty();
    }
  }

  @Test
  void waitsOnceMoreForAClientInTheMiddleOfAMessage() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      link();
      client.send(header(true, 0, BINARY, true, 10_000)).send(new byte[5_000]);
      advance(INTERVAL.plusMillis(20));
      assertThat(client.readFrame().opcode()).isEqualTo(PING);
      advance(TIMEOUT.plusMillis(20));
      advance(TIMEOUT.minusMillis(100));
      assertThat(heard).isEmpty();
      advance(Duration.ofMillis(200));
      advance(Duration.ofMillis(100));
      assertThat(hear()).isEqualTo("close PING_TIMEOUT null");
    }
  }

  private LinkListener accept(PlainWebSocketLink link) {
    links.add(link);
    return new LinkListener() {
      @Override
      public void onText(String text) {
        hear("text " + text);
      }

      @Override
      public void onBinary(Buffer data) {
        hear("binary " + data.length());
      }

      @Override
      public void onClose(CloseReason reason, String detail) {
        hear("close " + reason + " " + detail);
      }

      private void hear(String line) {
        heard.add(Vertx.currentContext() == context ? line : "elsewhere: " + line);
      }
    };
  }

  /** Moves the heartbeats' clock and ticks once. */
  private void advance(Duration by) throws Exception {
    on(
        () -> {
          nanos.addAndGet(by.toNanos());
          deadlines.tick();
        });
  }

  private RawWebSocket connect(String path, String... headers) throws Exception {
    return RawWebSocket.connect(port, path, headers);
  }

  private PlainWebSocketLink link() throws Exception {
    return links.poll(RawWebSocket.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  private String hear() throws Exception {
    return heard.poll(RawWebSocket.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void on(Runnable action) throws Exception {
    on(
        () -> {
          action.run();
          return null;
        });
  }

  private <T> T on(Supplier<T> action) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    context.runOnContext(none -> result.complete(action.get()));
    return result.get(10, TimeUnit.SECONDS);
  }
}
