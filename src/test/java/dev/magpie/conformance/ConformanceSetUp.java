package dev.magpie.conformance;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Socket;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.Message;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.engineio.EngineOptions;
import dev.magpie.transport.engineio.EngineServer;
import dev.magpie.transport.engineio.SessionDirectory;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.ext.web.Router;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The set-up that the official protocol suites expect: Socket.IO at {@code /socket.io/}, plain WebSocket at {@code /ws}, and Engine.IO,
 * which echoes every message, at one path or several. On any number of gateway instances, which share one port and, for each path, their
 * sessions.
 */
public final class ConformanceSetUp {
  /** What the suites are written for. */
  public static final EngineOptions ENGINE =
      new EngineOptions(300, 200, 1_000_000, 10_000, true, false, false, 1 << 20, null, Origins.any(), null, List.of(),
      AdmissionLimits.NONE);

  /** The event {@code close-me} makes the server close the connection that sends it. */
  static final String CLOSE_ME = "close-me";

  private final Vertx vertx;
  private final Map<String, EngineOptions> engines;
  private final EngineOptions socketIo;
  private final Map<String, SessionDirectory> directories = new HashMap<>();
  private final AtomicLong requests = new AtomicLong();
  private volatile int port;

  private ConformanceSetUp(Vertx vertx, EngineOptions socketIo, Map<String, EngineOptions> engines) {
    this.vertx = vertx;
    this.socketIo = socketIo;
    this.engines = engines;
    engines.keySet().forEach(path -> directories.put(path, new SessionDirectory()));
  }

  /** As the suites expect it. */
  public static Future<ConformanceSetUp> start(int port, int instances) {
    return start(port, instances, ENGINE, Map.of("/engine.io", ENGINE));
  }

  /**
   * @param port 0 for a free one
   * @param socketIo whose heartbeat and payload limit are those of Socket.IO, too
   * @param engines echoing endpoints, by path
   */
  static Future<ConformanceSetUp> start(int port, int instances, EngineOptions socketIo, Map<String, EngineOptions> engines) {
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(instances));
    ConformanceSetUp setUp = new ConformanceSetUp(vertx, socketIo, engines);
    // Vert.x gives all that ask for the same negative port the same free one.
    return vertx.deployVerticle(() -> setUp.new Gateway(port == 0 ? -1 : port), new DeploymentOptions().setInstances(instances))
        .map(deployed -> setUp);
  }

  public int port() {
    return port;
  }

  /** How many sessions all instances have at this path. */
  int sessions(String path) {
    return directories.get(path).size();
  }

  /** How many requests were taken by all instances: what is sent after one was counted comes behind it. */
  long requests() {
    return requests.get();
  }

  /** Counted when it is on its way to its session, which another instance may own. */
  private void handle(Router router, HttpServerRequest request) {
    router.handle(request);
    requests.incrementAndGet();
  }

  public Future<Void> stop() {
    return vertx.close();
  }

  private final class Gateway extends VerticleBase {
    private final int wanted;
    private Io io;
    private HttpServer http;

    Gateway(int wanted) {
      this.wanted = wanted;
    }

    @Override
    public Future<?> start() {
      TimerWheel timers = new TimerWheel(System::nanoTime);
      vertx.setPeriodic(50, tick -> timers.tick());
      io = Io.create(vertx, ioOptions(), timers);
      for (String namespace : List.of("/", "/custom")) io.of(namespace).onConnection(this::greet);
      Router router = Router.router(vertx);
      io.mount(router, "/socket.io").mountPlain(router, "/ws");
      engines.forEach((path, options) -> {
        EngineServer echo =
            new EngineServer((ContextInternal) context, options, timers, directories.get(path), (link, version) -> new Echo(link));
        router.route(path + "/*").handler(routed -> {
          echo.allowOrigin(routed.request());
          echo.handle(routed.request());
        });
      });
      HttpServerOptions options = new HttpServerOptions()
          .setHttp2ClearTextEnabled(false)
          .setPerMessageWebSocketCompressionSupported(false)
          .setPerFrameWebSocketCompressionSupported(false);
      return io.ready()
          .compose(ready -> vertx.createHttpServer(options).requestHandler(request -> handle(router, request)).listen(wanted, "127.0.0.1"))
          .onSuccess(listening -> {
            http = listening;
            port = listening.actualPort();
          })
          // The suites go to localhost, which some clients take for ::1 alone.
          .compose(listening -> vertx.createHttpServer(options).requestHandler(request -> handle(router, request)).listen(port, "::1")
              .recover(absent -> Future.succeededFuture()));
    }

    private void greet(Socket socket) {
      socket.emit("auth", socket.auth());
      socket.on("message", arguments -> socket.emit("message-back", arguments.getList().toArray()));
      socket.on("message-with-ack", (arguments, ack) -> ack.send(arguments.getList().toArray()));
      socket.on(CLOSE_ME, arguments -> socket.disconnect(true));
    }

    /** As a gateway stops: nobody new, goodbye to those that are here, then the rest of the requests. */
    @Override
    public Future<?> stop() {
      Future<Void> shut = http.shutdown(2, TimeUnit.SECONDS);
      return io.close().eventually(() -> shut);
    }

    private IoOptions ioOptions() {
      return new IoOptions()
          .setPingInterval(socketIo.pingInterval())
          .setPingTimeout(socketIo.pingTimeout())
          .setMaxPayload(socketIo.maxPayload())
          .setConnectTimeout(1000)
          .setOrigins(List.of("*"));
    }
  }

  /** Sends back what it gets; the text {@code close} makes it close the connection, {@code burst} send a hundred messages. */
  private record Echo(Link link) implements LinkListener {
    @Override
    public void onText(String text) {
      if (text.equals("close-me")) {
        link.send(Message.text("farewell"));
        link.close(CloseReason.FORCED_SERVER_CLOSE);
      } else if (text.equals("burst")) {
        for (int i = 0; i < 100; i++) link.send(Message.text(Integer.toString(i)));
      } else {
        link.send(Message.text(text));
      }
    }

    @Override
    public void onBinary(Buffer data) {
      link.send(Message.binary(data));
    }

    @Override
    public void onClose(CloseReason reason, String detail) {}
  }
}
