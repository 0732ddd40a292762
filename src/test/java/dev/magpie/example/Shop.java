package dev.magpie.example;

import dev.magpie.core.Io;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;

public final class Shop extends VerticleBase {
  private int port;

  public Shop(int port) {
    this.port = port;
  }

  @Override
  public Future<?> start() {
    Router router = Router.router(vertx);
    Io io = Io.create(vertx).mount(router, "/socket.io").mountPlain(router, "/ws");
    io.onConnection(socket -> {
      String room = socket.query("roomid", "lobby");                                         // ?roomid=1
      socket.join(room);
      socket.on("message", String.class, text -> io.emit("message", text));                  // to all
      socket.on("addCart", item -> socket.to(room).emit("addCart", "Server AddCart Ok"));    // to the room, except the sender
      socket.onAck("order", JsonObject.class, this::order);                                  // the future is the acknowledgement
    });
    return io.ready()
        .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(port, "127.0.0.1"))
        .map(HttpServer::actualPort)
        .onSuccess(bound -> port = bound);
  }

  private Future<JsonObject> order(JsonObject order) {
    return Future.succeededFuture(new JsonObject().put("ok", true).put("item", order.getString("item")));
  }

  public int port() {
    return port;
  }
}
