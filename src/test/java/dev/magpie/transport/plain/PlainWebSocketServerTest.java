package dev.magpie.transport.plain;

import static dev.magpie.testing.RawWebSocket.BINARY;
import static dev.magpie.testing.RawWebSocket.PING;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.header;
import static dev.magpie.testing.RawWebSocket.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Await;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.Message;
import dev.magpie.transport.heartbeat.TimerWheel;
import dev.magpie.transport.websocket.WebSocketHarness;
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

  /** So that what a client has not read shows soon: the kernel would keep megabytes for it. */
  private static final int SEND_BUFFER = 64 << 10;

  /** The heartbeats' clock stands still unless a test moves it. */
  private final AtomicLong nanos = new AtomicLong();

  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final BlockingQueue<PlainWebSocketLink> links = new LinkedBlockingQueue<>();
  private Vertx vertx;
  private ContextInternal context;
  private TimerWheel timers;
  private PlainWebSocketServer server;
  private int port;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    context = ((VertxInternal) vertx).createEventLoopContext();
    timers = new TimerWheel(nanos::get);
    PlainWebSocketOptions options =
        PlainWebSocketOptions.DEFAULT.withAllowOrigin(request -> !"https://evil.example".equals(request.getHeader("Origin")));
    listen(options, this::accept);
  }

  private void listen(PlainWebSocketOptions options, Function<PlainWebSocketLink, LinkListener> acceptor) {
    server = new PlainWebSocketServer(context, options, timers, acceptor);
    port =
        Await.await(
                vertx.createHttpServer(WebSocketHarness.options().setHost("127.0.0.1").setPort(0).setSendBufferSize(SEND_BUFFER))
                .requestHandler(server::handle).listen())
            .actualPort();
  }

  @AfterEach
  void stop() {
    Await.await(vertx.close());
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
      assertThat(client.sendText("ping\n").readFrame().text()).as("as command lines send it").isEqualTo("pong");
      assertThat(client.sendText(" ping\r\n").readFrame().text()).isEqualTo("pong");
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
          .containsEntry("sec-websocket-protocol", "chat");
      assertThat(link().subprotocol()).as("what it does not speak").isNull();
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
      Await.await(closed);
      assertThat(on(server::size)).isZero();
      assertThat(on(timers::size)).isZero();
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
      PlainWebSocketLink link = link();
      advance(INTERVAL.dividedBy(2).minusMillis(50));
      assertThat(on(link::awaitsPong)).isFalse();
      awaitPing(link, client);
      assertThat(nanos.get()).isLessThanOrEqualTo(INTERVAL.plusMillis(100).toNanos());
      pong(client);
      advance(INTERVAL.minusMillis(100));
      client.sendText("ping");
      assertThat(client.readFrame().text()).isEqualTo("pong"); // no ping in front of it
      advance(Duration.ofMillis(200));
      assertThat(client.readFrame().opcode()).isEqualTo(PING);
    }
  }

  @Test
  void pingsAnIntervalApartHoweverLateTheirPongs() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      PlainWebSocketLink link = link();
      awaitPing(link, client);
      long first = nanos.get();
      for (int ping = 1; ping <= 5; ping++) {
        advance(Duration.ofMillis(777));
        pong(client);
        awaitPing(link, client);
        assertThat(nanos.get() - first)
            .isBetween(INTERVAL.multipliedBy(ping).minusMillis(50).toNanos(), INTERVAL.multipliedBy(ping).plusMillis(50).toNanos());
      }
    }
  }

  @Test
  void closesAClientThatAnswersNothing() throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      awaitPing(link(), client);
      advance(TIMEOUT.minusMillis(100));
      assertThat(heard).isEmpty();
      advance(Duration.ofMillis(300));
      assertThat(hear()).isEqualTo("close PING_TIMEOUT null");
      assertThat(client.readClose().closeCode()).isEqualTo(4000);
      assertThat(client.readEnd()).isTrue();
      assertThat(on(timers::size)).isZero();
      assertThat(on(timers.missedPongs()::connections)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-100, 20})
  void neverClosesAClientWhosePongComesBeforeItIsClosed(int afterTheDeadline) throws Exception {
    try (RawWebSocket client = connect("/ws")) {
      PlainWebSocketLink link = link();
      for (int i = 0; i < 5; i++) {
        awaitPing(link, client);
        advance(TIMEOUT.plusMillis(afterTheDeadline));
        pong(client);
        assertThat(heard).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void closesAClientThatTalksButNeverPongs(boolean strict) throws Exception {
    listen(PlainWebSocketOptions.DEFAULT.withStrictPong(strict), this::accept);
    try (RawWebSocket client = connect("/ws")) {
      awaitPing(link(), client);
      for (long passed = 0; passed < TIMEOUT.toMillis() - 1_000; passed += 1_000) {
        advance(Duration.ofSeconds(1));
        client.sendText("I live").sendText("ping");
        assertThat(client.readFrame().text()).isEqualTo("pong");
        assertThat(hear()).isEqualTo("text I live");
      }
      advance(Duration.ofSeconds(2));
      assertThat(hear()).isEqualTo("close PING_TIMEOUT null");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void waitsOnceMoreForAClientInTheMiddleOfAMessageUnlessToldNotTo(boolean strict) throws Exception {
    listen(PlainWebSocketOptions.DEFAULT.withStrictPong(strict), this::accept);
    try (RawWebSocket client = connect("/ws")) {
      PlainWebSocketLink link = link();
      client.sendText("ping").send(header(true, 0, BINARY, true, 10_000)).send(new byte[5_000]);
      assertThat(client.readFrame().text()).isEqualTo("pong");
      awaitPing(link, client);
      advance(TIMEOUT.minusMillis(100));
      assertThat(heard).isEmpty();
      advance(Duration.ofMillis(300));
      if (!strict) {
        assertThat(heard).isEmpty();
        advance(TIMEOUT);
      }
      assertThat(hear()).isEqualTo("close PING_TIMEOUT null");
    }
  }

  @Test
  void countsTheTimeOfThePongFromWhenItsPingHasLeft() throws Exception {
    try (RawWebSocket client = connectWithSmallWindow()) {
      PlainWebSocketLink link = link();
      int length = 16 << 20;
      on(() -> link.send(Message.binary(Buffer.buffer(new byte[length]))));
      // The client takes a little all the time: it is slow, and alive.
      long begun = nanos.get();
      long read = client.readBytes(10).length;
      while (nanos.get() - begun < TIMEOUT.multipliedBy(4).toNanos()) {
        advance(Duration.ofSeconds(5));
        client.readBytes(400_000);
        read += 400_000;
      }
      assertThat(heard).isEmpty();
      assertThat(on(link::awaitsPong)).isFalse();
      client.readBytes((int) (length + 10 - read));
      assertThat(client.readFrame().opcode()).isEqualTo(PING);
      while (!on(link::awaitsPong)) Thread.sleep(10);
      advance(TIMEOUT.minusMillis(200));
      assertThat(heard).isEmpty();
      pong(client);
    }
  }

  @Test
  void callsAClientThatTakesNotEvenItsPingSlowAndNotDead() throws Exception {
    try (RawWebSocket client = connectWithSmallWindow()) {
      PlainWebSocketLink link = link();
      on(() -> link.send(Message.binary(Buffer.buffer(new byte[16 << 20]))));
      // A first look, after ten seconds, may still see what the kernel took at the beginning.
      advance(INTERVAL.plusSeconds(21));
      assertThat(hear()).isEqualTo("close SLOW_CONSUMER a ping could not be written");
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

  /** Lets so much time pass for the heartbeats, with a tick every 50 ms, and what it wrote leave. */
  private void advance(Duration by) throws Exception {
    for (long left = by.toMillis(); left > 0; left -= 50) {
      long step = Duration.ofMillis(Math.min(50, left)).toNanos();
      on(
          () -> {
            nanos.addAndGet(step);
            timers.tick();
          });
    }
  }

  private void awaitPing(PlainWebSocketLink link, RawWebSocket client) throws Exception {
    while (!on(link::awaitsPong)) advance(Duration.ofMillis(50));
    assertThat(client.readFrame().opcode()).isEqualTo(PING);
  }

  /** Returns when the server has read it. */
  private static void pong(RawWebSocket client) throws Exception {
    client.sendPong(new byte[0]).sendText("ping");
    assertThat(client.readFrame().text()).isEqualTo("pong");
  }

  private RawWebSocket connectWithSmallWindow() throws Exception {
    return RawWebSocket.tcpWithSmallWindow(port, 8 << 10).upgrade("/ws");
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
