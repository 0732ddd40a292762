package dev.magpie.transport.admission;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.engineio.EngineOptions;
import dev.magpie.transport.engineio.EngineServer;
import dev.magpie.transport.engineio.SessionDirectory;
import dev.magpie.transport.heartbeat.TimerWheel;
import dev.magpie.transport.http.RequestChecks;
import dev.magpie.transport.plain.PlainWebSocketOptions;
import dev.magpie.transport.plain.PlainWebSocketServer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whichever way a handshake ends, by whichever transport: its place is free again, and as many clients as before get in. */
class PlacesGivenBackTest {
  private static final int LIMIT = 3;
  private static final AdmissionLimits LIMITS = new AdmissionLimits(LIMIT, 1_000_000);

  enum Wire {
    POLLING("/engine.io/?EIO=4&transport=polling"),
    WEBSOCKET("/engine.io/?EIO=4&transport=websocket"),
    PLAIN("/ws");

    private final String path;

    Wire(String path) {
      this.path = path;
    }

    byte[] request(String... headers) {
      if (this != POLLING) return upgradeRequest(path, headers);
      StringBuilder head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
      for (String header : headers) head.append(header).append("\r\n");
      return ascii(head.append("\r\n").toString());
    }

    int admitted() {
      return this == POLLING ? 200 : 101;
    }
  }

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Admission admission = Admission.of(vertx);
  private final TimerWheel timers = new TimerWheel(System::nanoTime);
  private final SessionDirectory directory = new SessionDirectory();

  // What a test changes; read on the event loop.
  private volatile Function<HttpServerRequest, HttpServerRequest> arriving = Function.identity();
  private volatile Function<HttpServerRequest, Future<?>> middleware = request -> Future.succeededFuture();
  private volatile Function<Handshake, Future<?>> allowRequest = handshake -> Future.succeededFuture();
  private volatile Runnable accepting = () -> {};

  private EngineServer engine;
  private PlainWebSocketServer plain;
  private int port;

  @BeforeEach
  void listen() throws Exception {
    ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    RequestChecks checks = new RequestChecks(List.of(request -> middleware.apply(request)), handshake -> allowRequest.apply(handshake));
    EngineOptions options = new EngineOptions(
        25_000, 20_000, 1_000_000, 10_000, true, false, false, 1 << 20, null, Origins.any(), checks.allowRequest(), checks.middlewares(),
        LIMITS);
    engine = new EngineServer(context, options, timers, directory, (link, version) -> accept());
    plain = new PlainWebSocketServer(context, PlainWebSocketOptions.DEFAULT.withAdmission(LIMITS).withChecks(checks), timers,
        link -> accept());
    port = on(context, () -> vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1")).actualPort();
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private void serve(HttpServerRequest request) {
    HttpServerRequest arrived = arriving.apply(request);
    if (request.path().equals("/ws")) plain.handle(arrived);
    else engine.handle(arrived);
  }

  private LinkListener accept() {
    accepting.run();
    return new Deaf();
  }

  // Refusals.

  @ParameterizedTest
  @EnumSource(Wire.class)
  void whereAllowRequestSaysNo(Wire wire) throws Exception {
    allowRequest = handshake -> Future.failedFuture("no ticket");
    for (int i = 0; i < 2 * LIMIT; i++) assertThat(answer(wire)).isEqualTo(403);
    allowRequest = handshake -> Future.succeededFuture();
    assertAllPlacesAreFree(wire);
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void whereAMiddlewareSaysNo(Wire wire) throws Exception {
    middleware = request -> Future.failedFuture("no pass");
    for (int i = 0; i < 2 * LIMIT; i++) assertThat(answer(wire)).isEqualTo(403);
    middleware = request -> Future.succeededFuture();
    assertAllPlacesAreFree(wire);
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void whereAllowRequestFails(Wire wire) throws Exception {
    allowRequest = handshake -> {
      throw new IllegalStateException("fault");
    };
    for (int i = 0; i < 2 * LIMIT; i++) assertThat(answer(wire)).isEqualTo(403);
    allowRequest = handshake -> Future.succeededFuture();
    assertAllPlacesAreFree(wire);
  }

  // Faults of the server's own.

  @ParameterizedTest
  @EnumSource(Wire.class)
  void whereTheLayerAboveFails(Wire wire) throws Exception {
    accepting = () -> {
      throw new OutOfMemoryError("Direct buffer memory");
    };
    for (int i = 0; i < 2 * LIMIT; i++) {
      // A WebSocket is open by then: it gets its answer, and a close frame.
      assertThat(answer(wire)).isEqualTo(wire == Wire.POLLING ? 500 : 101);
      awaitClients(0);
    }
    accepting = () -> {};
    assertAllPlacesAreFree(wire);
  }

  @Test
  void aFaultIsAnsweredWith500WithoutDetailAndNothingMoreOnItsConnection() throws Exception {
    accepting = () -> {
      throw new IllegalStateException("secret");
    };
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      client.send(RawWebSocket.concat(Wire.POLLING.request(), Wire.POLLING.request()));
      HttpAnswer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.body()).isEqualTo("500 Internal Server Error\n");
      assertThat(client.readEnd()).isTrue();
    }
  }

  /** The request itself throws at its first call, then at its second, until it is served without reaching the one that throws. */
  @ParameterizedTest
  @EnumSource(Wire.class)
  void whereverTheRequestCannotBeRead(Wire wire) throws Exception {
    int failed = 0;
    boolean reached = true;
    while (reached) {
      AtomicInteger calls = new AtomicInteger();
      int last = failed + 1;
      arriving = request -> failing(request, calls, last);
      int status = answer(wire);
      reached = calls.get() >= last;
      if (reached) assertThat(status).as("call %d", last).isIn(500, -1);
      else assertThat(status).isEqualTo(wire.admitted());
      if (!reached) break;
      failed++;
      awaitClients(0);
    }
    assertThat(failed).as("faults").isGreaterThan(5);
    arriving = Function.identity();
    awaitClients(wire == Wire.POLLING ? 1 : 0);
  }

  // Clients that go.

  @ParameterizedTest
  @EnumSource(Wire.class)
  void whereTheClientGoesBeforeItIsDecided(Wire wire) throws Exception {
    BlockingQueue<Promise<Object>> asked = new LinkedBlockingQueue<>();
    allowRequest = handshake -> {
      Promise<Object> decision = Promise.promise();
      asked.add(decision);
      return decision.future();
    };
    for (int i = 0; i < 2 * LIMIT; i++) {
      try (RawWebSocket client = RawWebSocket.tcp(port)) {
        client.send(wire.request());
        Promise<Object> decision = asked.poll(10, TimeUnit.SECONDS);
        assertThat(admission.clients()).isEqualTo(1);
        client.close();
        awaitClients(0);
        if (i % 2 == 0) decision.complete();
        else decision.fail("too late");
      }
    }
    allowRequest = handshake -> Future.succeededFuture();
    assertAllPlacesAreFree(wire);
  }

  // The endpoint's end.

  @ParameterizedTest
  @EnumSource(Wire.class)
  void whereTheEndpointClosesBeforeItIsDecided(Wire wire) throws Exception {
    BlockingQueue<Promise<Object>> asked = new LinkedBlockingQueue<>();
    allowRequest = handshake -> {
      Promise<Object> decision = Promise.promise();
      asked.add(decision);
      return decision.future();
    };
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      client.send(wire.request());
      Promise<Object> decision = asked.poll(10, TimeUnit.SECONDS);
      vertx.runOnContext(turn -> {
        engine.close(CloseReason.SERVER_SHUTTING_DOWN);
        plain.close(CloseReason.SERVER_SHUTTING_DOWN);
        decision.complete();
      });
      assertThat(client.readAnswer().status()).isEqualTo(wire.admitted());
    }
    awaitClients(0);
  }

  // Headers.

  @ParameterizedTest
  @EnumSource(Wire.class)
  void aHeaderThatIsSentTwiceIsServed(Wire wire) throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      BlockingQueue<Handshake> shaken = new LinkedBlockingQueue<>();
      allowRequest = handshake -> {
        shaken.add(handshake);
        return Future.succeededFuture();
      };
      client.send(wire.request("Via: a", "Via: b", "X-Forwarded-For: 192.0.2.1", "x-forwarded-for: 192.0.2.2"));
      assertThat(client.readAnswer().status()).isEqualTo(wire.admitted());
      Handshake handshake = shaken.poll(10, TimeUnit.SECONDS);
      assertThat(handshake.headers().getAll("via")).containsExactly("a", "b");
      assertThat(handshake.headers().getAll("X-Forwarded-For")).containsExactly("192.0.2.1", "192.0.2.2");
    }
  }

  // What the tests look at.

  /** As many as there are places, no one more, and all again when those have gone. */
  private void assertAllPlacesAreFree(Wire wire) throws Exception {
    awaitClients(0);
    for (int round = 0; round < 2; round++) {
      RawWebSocket[] clients = new RawWebSocket[LIMIT];
      String[] sids = new String[LIMIT];
      for (int i = 0; i < LIMIT; i++) {
        clients[i] = RawWebSocket.tcp(port).send(wire.request());
        HttpAnswer answer = clients[i].readAnswer();
        assertThat(answer.status()).isEqualTo(wire.admitted());
        sids[i] = Pattern.compile(".*\"sid\":\"([^\"]*)\".*").matcher(answer.body()).replaceAll("$1");
      }
      assertThat(answer(wire)).isEqualTo(503);
      for (int i = 0; i < LIMIT; i++) {
        if (wire == Wire.POLLING) {
          clients[i].send(ascii("POST " + wire.path + "&sid=" + sids[i] + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1"));
          assertThat(clients[i].readAnswer().status()).isEqualTo(200);
        }
        clients[i].close();
      }
      awaitClients(0);
    }
  }

  /** The status of the answer to a new client's request, which goes then; -1 where its connection is closed without. */
  private int answer(Wire wire) throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      return client.send(wire.request()).readAnswer().status();
    } catch (EOFException | SocketException closed) {
      return -1;
    }
  }

  private void awaitClients(int expected) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (admission.clients() != expected && System.nanoTime() - until < 0) LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    assertThat(admission.clients()).isEqualTo(expected);
  }

  private static HttpServerRequest failing(HttpServerRequest request, AtomicInteger calls, int last) {
    return (HttpServerRequest) Proxy.newProxyInstance(
        PlacesGivenBackTest.class.getClassLoader(), new Class<?>[] {HttpServerRequest.class}, (proxy, method, arguments) -> {
          if (calls.incrementAndGet() == last) throw new IllegalStateException("fault");
          try {
            return method.invoke(request, arguments);
          } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
          }
        });
  }

  private static <T> T on(ContextInternal context, java.util.function.Supplier<Future<T>> action) throws Exception {
    Promise<T> done = Promise.promise();
    context.runOnContext(turn -> action.get().onComplete(done));
    return await(done.future());
  }

  private static final class Deaf implements LinkListener {
    @Override
    public void onText(String text) {}

    @Override
    public void onBinary(Buffer data) {}

    @Override
    public void onDrain() {}

    @Override
    public void onClose(CloseReason reason, String detail) {}
  }
}
