package dev.magpie;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Socket;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Deadlines;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.Message;
import dev.magpie.transport.Origins;
import dev.magpie.transport.engineio.EngineOptions;
import dev.magpie.transport.engineio.EngineServer;
import dev.magpie.transport.engineio.SessionDirectory;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.ext.web.Router;
import java.util.List;

/**
 * The set-up that the official protocol suites expect, on port 3000: Engine.IO, which echoes, at {@code /engine.io/}; Socket.IO at {@code
 * /socket.io/}. Arguments: port and number of gateway instances.
 */
public final class ConformanceServer extends VerticleBase {
  static final EngineOptions ENGINE =
      new EngineOptions(300, 200, 1_000_000, 10_000, true, false, false, 1 << 20, null, Origins.any(), null, List.of());

  private final int port;
  private final SessionDirectory sessions;

  ConformanceServer(int port, SessionDirectory sessions) {
    this.port = port;
    this.sessions = sessions;
  }

  public static void main(String[] args) {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 3000;
    int instances = args.length > 1 ? Integer.parseInt(args[1]) : 1;
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(instances));
    SessionDirectory sessions = new SessionDirectory();
    vertx.deployVerticle(() -> new ConformanceServer(port, sessions), new DeploymentOptions().setInstances(instances))
        .onSuccess(deployed -> System.out.println("conformance server on port " + port + ", instances " + instances))
        .onFailure(failed -> {
          System.err.println(failed.getMessage());
          System.exit(2);
        });
  }

  @Override
  public Future<?> start() {
    Deadlines deadlines = new Deadlines(System::nanoTime);
    vertx.setPeriodic(50, tick -> deadlines.tick());
    EngineServer echo = new EngineServer((ContextInternal) context, ENGINE, deadlines, sessions, (link, version) -> new Echo(link));
    Io io = Io.create(
        vertx,
        new IoOptions()
            .setPingInterval(300)
            .setPingTimeout(200)
            .setMaxPayload(1_000_000)
            .setConnectTimeout(1000)
            .setOrigins(List.of("*")),
        deadlines);
    for (String namespace : List.of("/", "/custom")) io.of(namespace).onConnection(ConformanceServer::greet);
    Router router = Router.router(vertx);
    io.mount(router, "/socket.io").mountPlain(router, "/ws");
    router.route("/engine.io/*").handler(routed -> echo.handle(routed.request()));
    HttpServerOptions options = new HttpServerOptions()
        .setHttp2ClearTextEnabled(false)
        .setPerMessageWebSocketCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false);
    return io.ready().compose(ready -> vertx.createHttpServer(options).requestHandler(router).listen(port, "127.0.0.1"));
  }

  private static void greet(Socket socket) {
    socket.emit("auth", socket.auth());
    socket.on("message", arguments -> socket.emit("message-back", arguments.getList().toArray()));
    socket.on("message-with-ack", (arguments, ack) -> ack.send(arguments.getList().toArray()));
  }

  private record Echo(Link link) implements LinkListener {
    @Override
    public void onText(String text) {
      link.send(Message.text(text));
    }

    @Override
    public void onBinary(Buffer data) {
      link.send(Message.binary(data));
    }

    @Override
    public void onClose(CloseReason reason, String detail) {}
  }
}
