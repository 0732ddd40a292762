package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.magpie.testing.TestIo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ScoresVerticleTest {
  private final ScoresVerticle scores = new ScoresVerticle(0);

  @Test
  void whoFollowsAMatchHearsItsGoals(Vertx vertx, VertxTestContext context) {
    JsonObject goal = new JsonObject().put("match", "final").put("team", "red").put("minute", 12);
    vertx.deployVerticle(scores)
        .compose(id -> Future.all(TestIo.connect(vertx, scores.port()), TestIo.connect(vertx, scores.port())))
        .compose(both -> {
          TestIo fan = both.resultAt(0);
          TestIo referee = both.resultAt(1);
          return fan.emitWithAck("follow", "final")
              .compose(following -> referee.emitWithAck("goal", goal))
              .compose(noted -> fan.next("goal"));
        })
        .onComplete(context.succeeding(heard -> context.verify(() -> {
          assertEquals(goal, heard.getJsonObject(0));
          context.completeNow();
        })));
  }

  @Test
  void aGoalWithoutANumberIsRefused(Vertx vertx, VertxTestContext context) {
    vertx.deployVerticle(scores)
        .compose(id -> TestIo.connect(vertx, scores.port()))
        .compose(referee -> referee.emitWithAck("goal", new JsonObject().put("minute", "twelve")))
        .onComplete(context.succeeding(answer -> context.verify(() -> {
          assertEquals(true, answer.getJsonObject(0).containsKey("error"));
          context.completeNow();
        })));
  }
}
