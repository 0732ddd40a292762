package dev.magpie.transport.admission;

import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.magpie.testing.Await;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.websocket.WebSocketHarness;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Requests that come faster than their responses are read. */
class RequestGateTest {
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Duration IMPATIENT = Duration.ofMillis(2_000);
  private static final Buffer LARGE = Buffer.buffer(new byte[1_000_000]);
  private static final long AMPLE = 1L << 30;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final AtomicInteger handled = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();

  @AfterEach
  void close() {
    Await.await(vertx.close());
  }

  /** @param stall null for a server without a gate */
  private int serve(Duration stall, long pendingBytes, Handler<HttpServerRequest> handler) {
    return serve(stall, pendingBytes, TrustedProxies.NONE, handler);
  }

  private int serve(Duration stall, long pendingBytes, TrustedProxies proxies, Handler<HttpServerRequest> handler) {
    return Await.await(vertx.createHttpServer(WebSocketHarness.options().setStrictThreadMode(true))
        .connectionHandler(connection -> {
          connection.closeHandler(gone -> closed.incrementAndGet());
          if (stall != null) RequestGate.open(connection, vertx, pendingBytes, proxies, stall);
        })
        .requestHandler(request -> {
          handled.incrementAndGet();
          handler.handle(request);
        })
        .listen(0, "127.0.0.1")).actualPort();
  }

  private static byte[] gets(int count) {
    return RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(count));
  }

  @Test
  void noRequestIsHandledBehindAResponseThatIsNotRead() throws Exception {
    int port = serve(PATIENT, AMPLE, request -> request.response().end(LARGE));
    try (RawWebSocket client = RawWebSocket.tcp(port).send(gets(200))) {
      until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
      assertThat(handled.get()).as("what the operating system's buffers hold").isLessThan(20);
      for (int i = 0; i < 200; i++) assertThat(client.readAnswer().body()).hasSize(LARGE.length());
    }
    assertThat(handled).hasValue(200);
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
  }

  @Test
  void withoutTheGateAllOfThemAreHandledAtOnce() throws Exception {
    int port = serve(null, AMPLE, request -> request.response().end(LARGE));
    try (RawWebSocket client = RawWebSocket.tcp(port).send(gets(60))) {
      until("handled.get() == 60", () -> handled.get() == 60);
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    AtomicInteger number = new AtomicInteger();
    int port = serve(PATIENT, AMPLE, request -> {
      String answer = Integer.toString(number.getAndIncrement());
      // Some answer at once, some later.
      if (answer.endsWith("7")) vertx.runOnContext(later -> request.response().end(answer));
      else request.response().end(answer);
    });
    try (RawWebSocket client = RawWebSocket.tcp(port).send(gets(3_000))) {
      for (int i = 0; i < 3_000; i++) assertThat(client.readAnswer().body()).isEqualTo(Integer.toString(i));
    }
  }

  @Test
  void bodiesBetweenPipelinedRequestsStayWhole() throws Exception {
    int port = serve(PATIENT, AMPLE, request -> request.body().onSuccess(body -> request.response().end(body)));
    byte[] post = RawWebSocket.ascii("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" + "x".repeat(20_000));
    try (RawWebSocket client = RawWebSocket.tcp(port).send(RawWebSocket.concat(post, gets(1), post, post))) {
      for (int length : new int[] {20_000, 0, 20_000, 20_000}) assertThat(client.readAnswer().body()).hasSize(length);
    }
  }

  @Test
  void anInterimResponseIsNotTheResponse() throws Exception {
    int port = serve(PATIENT, AMPLE, request -> {
      if (request.headers().contains("Expect")) request.response().writeContinue();
      request.body().onSuccess(body -> request.response().end(body));
    });
    try (RawWebSocket client = RawWebSocket.tcp(port)
        .send(RawWebSocket.ascii("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"))) {
      assertThat(client.readAnswer().status()).isEqualTo(100);
      client.send(RawWebSocket.concat(RawWebSocket.ascii("ab"), gets(1)));
      assertThat(client.readAnswer().body()).isEqualTo("ab");
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
  }

  @Test
  void whoTakesNothingOfAResponseIsClosed() throws Exception {
    int port = serve(IMPATIENT, AMPLE, request -> request.response().end(Buffer.buffer(new byte[20_000_000])));
    try (RawWebSocket client = RawWebSocket.tcp(port).send(gets(1))) {
      // Not by reading: then it would take something.
      until("the connection is closed", () -> closed.get() == 1);
      assertThat(MemoryBudget.of(vertx).leased()).isZero();
      assertThat(ends(client)).isTrue();
    }
  }

  @Test
  void whoReadsSlowlyIsServed() throws Exception {
    int port = serve(IMPATIENT, AMPLE, request -> request.response().end(Buffer.buffer(new byte[20_000_000])));
    try (RawWebSocket client = RawWebSocket.tcp(port).send(gets(1))) {
      long until = System.nanoTime() + 2 * IMPATIENT.toNanos();
      int read = 0;
      for (; System.nanoTime() < until; Thread.sleep(50)) read += client.readBytes(100_000).length;
      // Closed it would have been by now; the rest comes.
      client.readBytes(20_000_000 - read);
    }
  }

  @Test
  void aResponseThatTakesMoreThanItsAddressMayEndsItsConnection() throws Exception {
    int port = serve(PATIENT, 8_000_000, request -> request.response().end(Buffer.buffer(new byte[20_000_000])));
    try (RawWebSocket client = RawWebSocket.tcp(port).send(gets(1))) {
      assertThat(ends(client)).isTrue();
    }
    assertThat(MemoryBudget.of(vertx).refusals()).isPositive();
  }

  /** Three responses of 20 MB, of which the operating system takes a few; a client may hold 30 MB. */
  @ParameterizedTest
  @CsvSource({
    "203.0.113.1, 203.0.113.2, 203.0.113.3, true",
    "203.0.113.1, 203.0.113.1, 203.0.113.1, false",
    "203.0.113.1, ::ffff:203.0.113.1, 203.0.113.1, false",
    "2001:db8:0:1::1, 2001:db8:0:2::1, 2001:db8:0:3::1, true",
    "2001:db8::1, 2001:db8::2, 2001:db8::ffff:0:0:3, false",
    "unknown, unknown, unknown, true",
  })
  void behindATrustedProxyEachClientHasItsShare(String first, String second, String third, boolean allAreKept) throws Exception {
    int port = serve(PATIENT, 240_000_000, TrustedProxies.of(List.of("127.0.0.1")),
        request -> request.response().end(Buffer.buffer(new byte[20_000_000])));
    List<RawWebSocket> clients = new ArrayList<>();
    try {
      for (String address : List.of(first, second, third)) {
        byte[] request = RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + address + "\r\n\r\n");
        clients.add(RawWebSocket.tcp(port).send(request));
      }
      until("MemoryBudget.of(vertx).refusals() > 0 || MemoryBudget.of(vertx).leased() > 36_000_000",
          () -> MemoryBudget.of(vertx).refusals() > 0 || MemoryBudget.of(vertx).leased() > 36_000_000);
      until("handled.get() == 3", () -> handled.get() == 3);
      assertThat(MemoryBudget.of(vertx).refusals() == 0).isEqualTo(allAreKept);
    } finally {
      for (RawWebSocket client : clients) client.close();
    }
  }

  @Test
  void aRequestThatIsNotAnsweredYetCountsWithItsHeaders() throws Exception {
    AtomicReference<Runnable> answer = new AtomicReference<>();
    int port = serve(PATIENT, AMPLE, request -> {
      Context loop = vertx.getOrCreateContext();
      answer.set(() -> loop.runOnContext(late -> request.response().end("late")));
    });
    String headers = ("X-" + "a".repeat(100) + ": b\r\n").repeat(30);
    try (RawWebSocket client = RawWebSocket.tcp(port).send(RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"))) {
      // A head that comes in two pieces counts before its request is handled.
      until("the request is handled", () -> answer.get() != null);
      until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
      answer.get().run();
      assertThat(client.readAnswer().body()).isEqualTo("late");
      until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
    }
  }

  @Test
  void requestsThatAreAnsweredAtOnceAreNotCounted() throws Exception {
    int port = serve(PATIENT, AMPLE, request -> request.response().end(Long.toString(MemoryBudget.of(vertx).leased())));
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      for (int i = 0; i < 100; i++) assertThat(client.send(gets(1)).readAnswer().body()).isEqualTo("0");
    }
  }

  @Test
  void aHeadThatIsNotWholeCountsUntilItIs() throws Exception {
    int port = serve(PATIENT, AMPLE, request -> request.response().end("whole"));
    try (RawWebSocket client = RawWebSocket.tcp(port).send(RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: a\r\nX-A:"))) {
      until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
      assertThat(client.send(RawWebSocket.ascii(" b\r\n\r\n")).readAnswer().body()).isEqualTo("whole");
      until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
    }
    try (RawWebSocket client = RawWebSocket.tcp(port).send(RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: a\r\nX-A:"))) {
      until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
      client.reset();
      until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
    }
  }

  @Test
  void aLargeHeadThatFindsNoMemoryIsNotDecoded() throws Exception {
    int port = serve(PATIENT, 800_000, request -> request.response().end("served"));
    String headers = "X-A: b\r\n".repeat(500);
    byte[] head = RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: a\r\n" + headers.repeat(2) + "\r\n");
    try (RawWebSocket client = RawWebSocket.tcp(port).send(head)) {
      assertThat(ends(client)).isTrue();
    }
    assertThat(handled).hasValue(0);
    assertThat(MemoryBudget.of(vertx).refusals()).isPositive();
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
  }

  @Test
  void oneAddressHasOnlySoManyRequestsThatWait() throws Exception {
    int port = serve(PATIENT, 800_000, request -> {});
    String headers = "X-A: b\r\n".repeat(100);
    List<RawWebSocket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++)
        clients.add(RawWebSocket.tcp(port).send(RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n")));
      until("MemoryBudget.of(vertx).refusals() > 0", () -> MemoryBudget.of(vertx).refusals() > 0);
      assertThat(MemoryBudget.of(vertx).leased()).isLessThanOrEqualTo(MemoryBudget.PIECE);
    } finally {
      for (RawWebSocket client : clients) client.close();
    }
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
  }

  @Test
  void aRefusalWhereTheTotalIsUsedUpIsOneLine() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
      @Override
      protected void append(ILoggingEvent event) {
        lines.add(event.getFormattedMessage());
      }
    };
    Logger logger = (Logger) LoggerFactory.getLogger(PeerLog.class);
    Level before = logger.getLevel();
    logger.setLevel(Level.INFO);
    appender.start();
    logger.addAppender(appender);
    int port = serve(PATIENT, 400_000, TrustedProxies.of(List.of("127.0.0.1")), request -> {});
    String headers = "X-A: b\r\n".repeat(100);
    List<RawWebSocket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 50; i++) {
        byte[] request = RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113." + i + "\r\n" + headers + "\r\n");
        clients.add(RawWebSocket.tcp(port).send(request));
      }
      // Who is refused is closed, and so is the one that holds the most.
      MemoryBudget budget = MemoryBudget.of(vertx);
      until("all are handled, and some refused", () -> handled.get() == 50 && budget.refusals() > 0);
      until("two are closed for each refusal", () -> closed.get() == 2 * budget.refusals());
      until("each refusal has one line", () -> lines.size() == budget.refusals());
    } finally {
      logger.setLevel(before);
      logger.detachAppender(appender);
      for (RawWebSocket client : clients) client.close();
    }
  }

  @Test
  void aBodyThatStopsComingIsCutOff() throws Exception {
    int port = serve(IMPATIENT, AMPLE, request -> request.body().onSuccess(body -> request.response().end(body)));
    try (RawWebSocket client = RawWebSocket.tcp(port)
        .send(RawWebSocket.ascii("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc"))) {
      assertThat(client.readEnd()).isTrue();
    }
  }

  @Test
  void aBodyThatComesInPiecesIsRead() throws Exception {
    int port = serve(IMPATIENT, AMPLE, request -> request.body().onSuccess(body -> request.response().end(body)));
    try (RawWebSocket client = RawWebSocket.tcp(port)
        .send(RawWebSocket.ascii("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"))) {
      for (int i = 0; i < 10; i++) {
        client.send(new byte[10_000]);
        Thread.sleep(IMPATIENT.toMillis() / 7);
      }
      HttpAnswer answer = client.readAnswer();
      assertThat(answer.body()).hasSize(100_000);
    }
  }

  /** Whether nothing comes any more, behind what was sent before. */
  private static boolean ends(RawWebSocket client) {
    try {
      while (true) client.readBytes(1);
    } catch (IOException end) {
      return true;
    }
  }
}
