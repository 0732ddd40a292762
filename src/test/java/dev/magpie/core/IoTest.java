package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What other threads may do with an instance, and what it does with them. */
@ExtendWith(VertxExtension.class)
class IoTest {

  @Test
  void takesWhatOtherThreadsSayToItsOwnThreadInTheirOrder(Vertx vertx, VertxTestContext test) {
    Checkpoint heard = test.checkpoint();
    Io io = Io.create(vertx);
    List<String> out = new ArrayList<>();
    io.loop().run(() -> {
      io.onConnection(socket -> socket.onAnyOutgoing((event, args) -> out.add(event + args + io.loop().isHere())));
      FakeLink.joined(io);
    });
    io.emit("first", 1);
    io.to("nobody").emit("none");
    io.emit("second", 2);
    io.fetchSockets().onComplete(test.succeeding(found -> test.verify(() -> {
      assertThat(io.loop().isHere()).isTrue();
      assertThat(found.results()).hasSize(1);
      assertThat(out).containsExactly("first[1]true", "second[2]true");
      heard.flag();
    })));
  }

  @Test
  void answersFromAnotherThread(Vertx vertx, VertxTestContext test) {
    Checkpoint answered = test.checkpoint();
    Io io = Io.create(vertx);
    io.loop().run(() -> {
      io.onConnection(socket -> {
        socket.on("ask", (args, ack) -> new Thread(() -> ack.send("from elsewhere")).start());
        socket.onAnyOutgoing((event, args) -> test.failNow("an answer is no event"));
      });
      FakeLink client = FakeLink.joined(io);
      client.say("21[\"ask\"]");
      vertx.setPeriodic(5, timer -> {
        if (client.messages.isEmpty()) return;
        vertx.cancelTimer(timer);
        test.verify(() -> assertThat(client.heard()).containsExactly("31[\"from elsewhere\"]"));
        answered.flag();
      });
    });
  }

  @Test
  @SuppressWarnings("deprecation") // A checkpoint that is passed twice has no other name yet.
  void runsBlockingHandlersOnAWorkerInTheOrderOfEachSocket(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint(2);
    Checkpoint served = test.checkpoint();
    Io io = Io.create(vertx);
    CountDownLatch release = new CountDownLatch(1);
    io.loop().run(() -> {
      io.onConnection(socket -> {
        socket.onBlocking("slow", Integer.class, number -> {
          assertThat(Context.isOnWorkerThread()).isTrue();
          if (number == 1) release.await(10, TimeUnit.SECONDS);
          return number;
        });
        socket.on("fast", args -> {
          served.flag();
          release.countDown();
        });
      });
      FakeLink first = FakeLink.joined(io);
      FakeLink second = FakeLink.joined(io);
      for (FakeLink client : List.of(first, second)) {
        client.say("21[\"slow\",1]");
        client.say("22[\"slow\",2]");
      }
      first.say("2[\"fast\"]");
      vertx.setPeriodic(5, timer -> {
        if (first.messages.size() < 2 || second.messages.size() < 2) return;
        vertx.cancelTimer(timer);
        for (FakeLink client : List.of(first, second)) {
          test.verify(() -> assertThat(client.heard()).containsExactly("31[1]", "32[2]"));
          done.flag();
        }
      });
    });
  }

  @Test
  void looksAtItsOwnDeadlines(Vertx vertx, VertxTestContext test) {
    Checkpoint given = test.checkpoint();
    Io io = Io.create(vertx, new IoOptions().setAckTimeout(50));
    io.loop().run(() -> {
      io.onConnection(socket -> socket.emitWithAck("question").onComplete(test.failing(late -> {
        test.verify(() -> assertThat(late).isInstanceOf(AckTimeoutException.class));
        given.flag();
      })));
      FakeLink.joined(io);
    });
  }

  @Test
  void refusesAReservedNameOnTheCallersOwnThread(Vertx vertx) {
    Io io = Io.create(vertx);
    assertThatIllegalArgumentException().isThrownBy(() -> io.emit("disconnect"));
  }

  @Test
  void refusesToLiveOnAWorker(Vertx vertx, VertxTestContext test) {
    Deployable worker = context -> Future.succeededFuture(Io.create(vertx));
    vertx.deployVerticle(worker, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER))
        .onComplete(test.failing(refused -> test.verify(() -> {
      assertThat(refused).isInstanceOf(IllegalStateException.class).hasMessageContaining("event loop");
      test.completeNow();
    })));
  }

  @Test
  void answersQuestionsOfNobodyElseAtOnce(Vertx vertx, VertxTestContext test) {
    Io io = Io.create(vertx);
    Future<ClusterAnswers<JsonArray>> answers = io.serverSideEmitWithAck("who");
    answers.onComplete(test.succeeding(none -> test.verify(() -> {
      assertThat(none.results()).isEmpty();
      assertThat(none.isComplete()).isTrue();
      test.completeNow();
    })));
  }
}
