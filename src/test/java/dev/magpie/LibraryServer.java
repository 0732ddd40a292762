package dev.magpie;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.log.Recovery;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;

/**
 * An application that uses Magpie as a library, for {@link LibraryClassPathTest}: two instances that hear each other over the event bus.
 * Prints one line: its port, or why it did not start.
 */
final class LibraryServer extends VerticleBase {
  private static final int INSTANCES = 2;

  private final Recovery recovery;

  private LibraryServer(Recovery recovery) {
    this.recovery = recovery;
  }

  /** @param args the recovery of the main namespace */
  public static void main(String[] args) {
    Recovery recovery = Recovery.valueOf(args[0]);
    Vertx vertx = Vertx.vertx();
    vertx.deployVerticle(() -> new LibraryServer(recovery), new DeploymentOptions().setInstances(INSTANCES)).onComplete(
        deployed -> System.out.println(vertx.sharedData().getLocalMap("library").get("port")),
        failure -> System.out.println(failure.getMessage()));
  }

  @Override
  public Future<?> start() {
    Router router = Router.router(vertx);
    Io io = Io.create(vertx, new IoOptions()).mount(router, "/socket.io").mountPlain(router, "/ws");
    io.onConnection(socket -> socket.on("say", String.class, text -> io.emit("said", text)));
    io.of("/").recoverable(recovery);
    return io.ready()
        .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
        .map(HttpServer::actualPort)
        .onSuccess(port -> vertx.sharedData().getLocalMap("library").put("port", port));
  }
}
