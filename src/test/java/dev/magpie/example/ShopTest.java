package dev.magpie.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.magpie.testing.TestIo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ShopTest {
  private final Shop shop = new Shop(0);

  @Test
  void aMemberOfARoomHearsTheOthers(Vertx vertx, VertxTestContext context) {
    Checkpoint bobHeard = context.checkpoint();
    Checkpoint aliceDidNot = context.checkpoint();
    vertx.deployVerticle(shop)
        .compose(id -> Future.all(TestIo.connect(vertx, shop.port(), "roomid=1"), TestIo.connect(vertx, shop.port(), "roomid=1")))
        .onComplete(context.succeeding(both -> {
          TestIo alice = both.resultAt(0);
          TestIo bob = both.resultAt(1);
          alice.on("addCart", args -> context.failNow("the sender got its own event"));
          bob.on("addCart", args -> bobHeard.flag());
          alice.emit("addCart", "tea");
          alice.barrier().compose(sent -> bob.barrier()).onComplete(context.succeeding(done -> aliceDidNot.flag()));
        }));
  }

  @Test
  void theFutureOfAHandlerIsTheAcknowledgement(Vertx vertx, VertxTestContext context) {
    vertx.deployVerticle(shop)
        .compose(id -> TestIo.connect(vertx, shop.port()))
        .compose(client -> client.emitWithAck("order", new JsonObject().put("item", "tea")))
        .onComplete(context.succeeding(answer -> context.verify(() -> {
          assertEquals(new JsonObject().put("ok", true).put("item", "tea"), answer.getJsonObject(0));
          context.completeNow();
        })));
  }
}
