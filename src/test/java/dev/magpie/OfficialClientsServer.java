package dev.magpie;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Emit;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Socket;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server as a developer would write it, which the official clients are tried on: a verticle with an {@link Io}, in some instances. */
final class OfficialClientsServer {
  private final int instances;
  private final IoOptions options;
  private Vertx vertx;

  OfficialClientsServer(int instances) {
    this(instances, new IoOptions());
  }

  OfficialClientsServer(int instances, IoOptions options) {
    this.instances = instances;
    this.options = options;
  }

  /** @param port 0 for a free one */
  int start(int port) throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(instances).setPreferNativeTransport(true));
    AtomicInteger bound = new AtomicInteger();
    vertx.deployVerticle(() -> new Server(port, bound, options), new DeploymentOptions().setInstances(instances))
        .toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    return bound.get();
  }

  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static final class Server extends VerticleBase {
    private final int port;
    private final AtomicInteger bound;
    private final IoOptions options;

    Server(int port, AtomicInteger bound, IoOptions options) {
      this.port = port;
      this.bound = bound;
      this.options = options;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      Io io = Io.create(vertx, options).mount(router, "/socket.io");
      for (String namespace : List.of("/", "/custom")) io.of(namespace).onConnection(socket -> {
        talk(socket);
        socket.onAck("upload", Upload.class, upload -> upload(socket, upload));
      });
      HttpServerOptions http = new HttpServerOptions().setHttp2ClearTextEnabled(false);
      return io.ready()
          .compose(ready -> vertx.createHttpServer(http).requestHandler(router).listen(port == 0 ? -1 : port, "127.0.0.1"))
          .map(HttpServer::actualPort)
          .onSuccess(bound::set);
    }

    record Part(byte[] data) {}

    record Upload(int number, byte[] data, LocalDate day, List<Part> parts) {}

    private Future<Upload> upload(Socket socket, Upload upload) {
      socket.emit("record", "socket", upload);
      socket.namespace().to(socket.id()).emit("record", "broadcast", upload);
      vertx.eventBus().publish(Addresses.EMIT,
          Emit.to(socket.id()).in(socket.namespace().name()).event("record", "bus", upload).toJson());
      return Future.succeededFuture(upload);
    }

    private static void talk(Socket socket) {
      socket.emit("auth", socket.auth());
      socket.on("message", arguments -> socket.emit("message-back", arguments.getList().toArray()));
      socket.on("message-with-ack", (arguments, ack) -> ack.send(arguments.getList().toArray()));
      socket.on("ask-client", arguments -> socket.emitWithAck("question", arguments.getList().toArray())
          .onSuccess(said -> socket.emit("client-said", said.getList().toArray())));
    }
  }
}
