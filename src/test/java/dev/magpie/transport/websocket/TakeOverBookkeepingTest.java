package dev.magpie.transport.websocket;

import static dev.magpie.testing.RawWebSocket.BINARY;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.frame;
import static dev.magpie.testing.RawWebSocket.header;
import static dev.magpie.testing.RawWebSocket.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.websocket.WebSocketHarness.Echo;
import dev.magpie.transport.websocket.WebSocketHarness.Recorder;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TcpServerConfig;
import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.metrics.TransportMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import io.vertx.core.spi.observability.HttpRequest;
import io.vertx.core.spi.observability.HttpResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Vert.x counts, closes and frees for its own connections, and must go on doing for those taken over from it. */
class TakeOverBookkeepingTest {

  // Metrics.

  @Test
  void bringsVertxsGaugesBackToZero() throws Exception {
    Gauges gauges = new Gauges();
    Vertx vertx =
        Vertx.builder()
            .with(new VertxOptions().setMetricsOptions(new MetricsOptions().setEnabled(true)))
            .withMetrics(options -> gauges)
            .build();
    ContextInternal owner = ((VertxInternal) vertx).createEventLoopContext();
    Handler<HttpServerRequest> refusing =
        request ->
            WebSocketUpgrade.takeOver(request, WebSocketLimits.DEFAULT).ifPresent(upgrade -> upgrade.refuse(403, "no"));
    try (WebSocketHarness harness =
        WebSocketHarness.of(
            vertx,
            new HttpServerOptions(),
            h -> {
              Handler<HttpServerRequest> here = h.accepting(WebSocketLimits.DEFAULT, Echo::new);
              return request -> {
                if (request.path().equals("/refused")) refusing.handle(request);
                else if (request.path().equals("/moved")) acceptOn(owner, h, request);
                else here.handle(request);
              };
            })) {
      for (String path : List.of("/", "/moved", "/")) {
        RawWebSocket client = RawWebSocket.connect(harness.port, path);
        WebSocketChannel channel = harness.awaitOpened();
        assertThat(client.sendText("x".repeat(1_000)).readFrame().payload()).hasSize(1_000);
        assertThat(gauges.connections.get()).isEqualTo(1);
        assertThat(gauges.requests.get()).isZero();
        if (path.equals("/moved")) WebSocketHarness.on(channel, () -> channel.abort(CloseReason.FORCED_SERVER_CLOSE));
        else client.reset();
        harness.awaitClosed();
        client.close();
        assertThat(gauges.connections.get()).isZero();
      }
      try (RawWebSocket client = RawWebSocket.tcp(harness.port)) {
        assertThat(client.send(upgradeRequest("/refused")).readAnswer().status()).isEqualTo(403);
        assertThat(client.readEnd()).isTrue();
      }
    }
    assertThat(gauges.connections.get()).isZero();
    assertThat(gauges.requests.get()).isZero();
    assertThat(gauges.statuses).containsExactly(101, 101, 101, 403);
    assertThat(gauges.read.get()).isGreaterThan(3 * 1_000);
    assertThat(gauges.written.get()).isGreaterThan(3 * 1_000);
  }

  // Shutdown.

  @ParameterizedTest
  @ValueSource(strings = {"shutdown with grace", "shutdown at once", "close"})
  void givesEveryClient1001WhenTheServerStopsUnderLoad(String how) throws Exception {
    int clients = 200;
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (WebSocketHarness harness = WebSocketHarness.echo()) {
      List<RawWebSocket> connected = new ArrayList<>();
      for (int i = 0; i < clients; i++) connected.add(harness.connect());
      List<Future<Integer>> codes = new ArrayList<>();
      for (RawWebSocket client : connected) {
        client.sendText("load ".repeat(100));
        codes.add(threads.submit(() -> codeAtTheEnd(client)));
      }
      // Echoes of these fill both directions while the server stops; eight clients at a time read.
      for (RawWebSocket client : connected) for (int i = 0; i < 20; i++) client.sendText("load ".repeat(100));
      switch (how) {
        case "shutdown with grace" -> harness.server.shutdown(5, TimeUnit.SECONDS);
        case "shutdown at once" -> harness.server.shutdown(0, TimeUnit.SECONDS);
        default -> harness.server.close();
      }
      for (Future<Integer> code : codes) assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(1001);
      for (int i = 0; i < clients; i++) assertThat(harness.awaitClosed().why()).isEqualTo(CloseReason.SERVER_SHUTTING_DOWN);
    } finally {
      threads.shutdownNow();
    }
  }

  private static int codeAtTheEnd(RawWebSocket client) throws IOException {
    int code = client.skipToClose().closeCode();
    client.sendClose(code, "");
    client.readEnd();
    client.close();
    return code;
  }

  // Leaks.

  @Test
  void leaksNothingIn10000Upgrades() throws Exception {
    assertThat(leaksOf(() -> upgrades(10_000))).isEmpty();
  }

  @Test
  void wouldSeeALeak() throws Exception {
    assertThat(
            leaksOf(
                () -> {
                  for (int i = 0; i < 100; i++) PooledByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1);
                }))
        .isNotEmpty();
  }

  /** Upgrades that end in every way: answered, refused, moved, reset, cut off in a frame, with a full send queue. */
  private static void upgrades(int count) throws Exception {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    ContextInternal owner = ((VertxInternal) vertx).createEventLoopContext();
    HttpServerOptions options = new HttpServerOptions().setCompressionSupported(true);
    try (WebSocketHarness harness =
        WebSocketHarness.of(
            vertx,
            options,
            h -> {
              Handler<HttpServerRequest> flooding = h.accepting(WebSocketLimits.DEFAULT, Flooding::new);
              return request -> {
                switch (request.path()) {
                  case "/refused" -> WebSocketUpgrade.takeOver(request, WebSocketLimits.DEFAULT).orElseThrow().refuse(403, "no");
                  case "/flood" -> flooding.handle(request);
                  case "/spoken-to" -> WebSocketUpgrade.takeOver(request, WebSocketLimits.DEFAULT).ifPresent(upgrade -> {
                    Echo echo = new Echo(h);
                    upgrade.speaksFirst().accept(owner, null, echo, echo::opened);
                  });
                  default -> acceptOn(owner, h, request);
                }
              };
            })) {
      for (int i = 0; i < count; i++) {
        String path = i % 16 < 8 ? "/" : "/spoken-to";
        try (RawWebSocket client = RawWebSocket.tcp(harness.port)) {
          switch (i % 8) {
            case 0 -> client.send(concat(upgradeRequest("/refused"), frame(TEXT, ascii("early"))));
            case 1 -> client.send(concat(upgradeRequest(path), frame(TEXT, ascii("early")))).reset();
            case 2 -> client.send(concat(upgradeRequest(path), header(true, 0, BINARY, true, 1_000), new byte[10])).readAnswer();
            case 3 -> client.upgrade(i % 64 == 3 ? "/flood" : path).sendText("x").readBytes(2);
            case 4 -> client.send(concat(upgradeRequest(path), frame(true, 4, TEXT, true, new byte[5]))).readAnswer();
            default -> assertThat(client.upgrade(path).sendText("m" + i).readFrame().text()).isEqualTo("m" + i);
          }
        }
      }
    }
  }

  private static List<String> leaksOf(Action action) throws Exception {
    Queue<String> leaks = new ConcurrentLinkedQueue<>();
    ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ByteBufUtil.setLeakListener((type, records) -> leaks.add(type + " " + records));
    try {
      action.run();
      // A leak is noticed when its buffer has been collected and another one is made.
      for (int i = 0; i < 5; i++) {
        System.gc();
        Thread.sleep(50);
        for (int j = 0; j < 100; j++) PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
      }
    } finally {
      ByteBufUtil.setLeakListener(null);
      ResourceLeakDetector.setLevel(before);
    }
    return List.copyOf(leaks);
  }

  private interface Action {
    void run() throws Exception;
  }

  private static void acceptOn(ContextInternal owner, WebSocketHarness harness, HttpServerRequest request) {
    Echo echo = new Echo(harness);
    WebSocketUpgrade.takeOver(request, WebSocketLimits.DEFAULT).ifPresent(upgrade -> upgrade.accept(owner, null, echo, echo::opened));
  }

  /** Sends more than anybody takes at the first word. */
  private static final class Flooding extends Recorder {
    private Flooding(WebSocketHarness harness) {
      super(harness);
    }

    @Override
    public void onText(String text) {
      for (int i = 0; i < 100 && channel.isOpen(); i++) channel.sendBinary(Buffer.buffer(new byte[100_000]));
    }
  }

  /** Counts as Vert.x's own gauges of active connections and requests do. */
  private static final class Gauges implements VertxMetrics, HttpServerMetrics<Object, Void>, TransportMetrics<Object> {
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong read = new AtomicLong();
    private final AtomicLong written = new AtomicLong();
    private final Queue<Integer> statuses = new ConcurrentLinkedQueue<>();

    @Override
    public HttpServerMetrics<?, ?> createHttpServerMetrics(HttpServerConfig config, SocketAddress tcp, SocketAddress udp) {
      return this;
    }

    @Override
    public TransportMetrics<?> createTcpServerMetrics(TcpServerConfig config, String protocol, SocketAddress address) {
      return this;
    }

    @Override
    public Object connected(SocketAddress address, String name) {
      connections.incrementAndGet();
      return new Object();
    }

    @Override
    public void disconnected(Object socket, SocketAddress address) {
      assertThat(socket).isNotNull();
      connections.decrementAndGet();
    }

    @Override
    public Object requestBegin(SocketAddress remote, HttpRequest request) {
      requests.incrementAndGet();
      return new Object();
    }

    @Override
    public void requestReset(Object request) {
      requests.decrementAndGet();
    }

    @Override
    public void responseEnd(Object request, HttpResponse response, long bytes) {
      statuses.add(response.statusCode());
      requests.decrementAndGet();
    }

    @Override
    public void bytesRead(Object socket, SocketAddress address, long bytes) {
      read.addAndGet(bytes);
    }

    @Override
    public void bytesWritten(Object socket, SocketAddress address, long bytes) {
      written.addAndGet(bytes);
    }
  }
}
