package dev.magpie;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.testing.TestIo;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The verticle that README shows, and the test that it shows for it. */
@ExtendWith(VertxExtension.class)
class LibraryExampleTest {

  static final class Shop extends VerticleBase {
    private int port;

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      Io io = Io.create(vertx, new IoOptions()).mount(router, "/socket.io").mountPlain(router, "/ws");
      io.onConnection(socket -> {
        socket.join(socket.query("roomid", "lobby"));
        socket.on("message", String.class, text -> io.emit("message", text));
        socket.on("addCart", item -> socket.to(socket.query("roomid", "lobby")).emit("addCart", "Server AddCart Ok"));
        socket.onAck("order", JsonObject.class, this::order);
      });
      return io.ready()
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort)
          .onSuccess(bound -> port = bound);
    }

    private Future<JsonObject> order(JsonObject order) {
      return Future.succeededFuture(new JsonObject().put("ok", true).put("item", order.getString("item")));
    }
  }

  @Test
  void aRoomHearsWhatItsOtherMembersDo(Vertx vertx, VertxTestContext context) {
    Checkpoint bobHeard = context.checkpoint();
    Checkpoint aliceDidNot = context.checkpoint();
    Shop shop = new Shop();
    vertx.deployVerticle(shop)
        .compose(id -> Future.all(TestIo.connect(vertx, shop.port, "roomid=1"), TestIo.connect(vertx, shop.port, "roomid=1")))
        .onComplete(context.succeeding(both -> {
          TestIo alice = both.resultAt(0);
          TestIo bob = both.resultAt(1);
          alice.on("addCart", args -> context.failNow("the sender got its own event"));
          bob.on("addCart", args -> context.verify(() -> {
            assertEquals("Server AddCart Ok", args.getString(0));
            bobHeard.flag();
          }));
          alice.emit("addCart", "addCart");
          alice.barrier().compose(sent -> bob.barrier()).onComplete(context.succeeding(done -> aliceDidNot.flag()));
        }));
  }

  @Test
  void aHandlersFutureIsTheAcknowledgement(Vertx vertx, VertxTestContext context) {
    Shop shop = new Shop();
    vertx.deployVerticle(shop)
        .compose(id -> TestIo.connect(vertx, shop.port))
        .compose(client -> client.emitWithAck("order", new JsonObject().put("item", "tea")))
        .onComplete(context.succeeding(answer -> context.verify(() -> {
          assertEquals(new JsonObject().put("ok", true).put("item", "tea"), answer.getJsonObject(0));
          context.completeNow();
        })));
  }
}
