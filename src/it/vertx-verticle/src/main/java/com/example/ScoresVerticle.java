package com.example;

import dev.magpie.core.Io;
import dev.magpie.core.Socket;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;

/** Live scores: clients follow matches, and report goals. Each instance serves its clients on its own event loop. */
public final class ScoresVerticle extends VerticleBase {
  private final int port;
  private HttpServer server;

  public ScoresVerticle(int port) {
    this.port = port;
  }

  @Override
  public Future<?> start() {
    Router router = Router.router(vertx);
    Io io = Io.create(vertx).mount(router, "/socket.io");
    io.onConnection(socket -> handle(io, socket));
    return io.ready()
        .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(port, "127.0.0.1"))
        .onSuccess(listening -> server = listening);
  }

  private void handle(Io io, Socket socket) {
    socket.onAck("follow", String.class, match -> socket.join("match:" + match));
    socket.onAck("goal", Goal.class, goal -> {
      io.to("match:" + goal.match()).emit("goal", goal);
      return Future.succeededFuture("noted");
    });
  }

  /** The port that it listens on, once it is deployed. */
  public int port() {
    return server.actualPort();
  }

  public record Goal(String match, String team, int minute) {}
}
