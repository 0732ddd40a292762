package dev.magpie.core;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.magpie.log.Recovery;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
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
      assertThat(refused).isInstanceOf(IllegalStateException.class)
          .hasMessage("an Io runs on an event loop, not on a worker: deploy its verticle with ThreadingModel.EVENT_LOOP, the default; "
              + "handlers that block are registered by socket.onBlocking or socket.onVirtual");
      test.completeNow();
    })));
  }

  @Test
  void refusesToLiveOnAVirtualThread(Vertx vertx, VertxTestContext test) {
    assumeTrue(Runtime.version().feature() >= 21, "only Java 21 and later have virtual threads");
    Deployable verticle = context -> Future.succeededFuture(Io.create(vertx));
    vertx.deployVerticle(verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
        .onComplete(test.failing(refused -> test.verify(() -> {
      assertThat(refused).isInstanceOf(IllegalStateException.class).hasMessageContaining("not on a virtual thread: deploy its verticle");
      test.completeNow();
    })));
  }

  @Test
  void theThreadThatMadeItRegistersHandlersUntilReady(Vertx vertx) {
    Io io = Io.create(vertx);
    io.onConnection(socket -> {}).use(context -> Future.succeededFuture()).on("news", args -> {}).onError((socket, event, failure) -> {});
    io.of("/chat").onConnection(socket -> {});
    io.of(Pattern.compile("/match-\\d+")).onConnection(socket -> {});
    io.ready();
    for (Runnable late : List.<Runnable>of(() -> io.onConnection(socket -> {}), () -> io.use(context -> Future.succeededFuture()),
        () -> io.on("news", args -> {}), () -> io.on("news", (args, ack) -> {}), () -> io.onError((socket, event, failure) -> {}),
        () -> io.of("/chat").onConnection(socket -> {}), () -> io.of("/chat").use(context -> Future.succeededFuture()),
        () -> io.of("/chat").recoverable(Recovery.MEMORY), () -> io.of("/new"), () -> io.of(Pattern.compile("/x-\\d+")))) {
      assertThatIllegalStateException().isThrownBy(late::run)
          .withMessageContainingAll("on thread " + Thread.currentThread().getName(), "io.context().runOnContext", "before io.ready()");
    }
    io.of("/chat").emit("from any thread");
    await(Future.future(done -> io.context().runOnContext(turn -> {
      io.of("/new").onConnection(socket -> {});
      done.complete();
    })));
  }

  @Test
  void anotherThreadRegistersNoHandler(Vertx vertx) throws Exception {
    Io io = Io.create(vertx);
    CompletableFuture<Socket> joined = new CompletableFuture<>();
    io.onConnection(joined::complete);
    io.context().runOnContext(turn -> FakeLink.joined(io));
    Socket socket = await(joined);
    List<Throwable> refusals = new ArrayList<>();
    Thread foreign = new Thread(() -> {
      for (Runnable late : List.<Runnable>of(() -> io.onConnection(other -> {}), () -> socket.on("e", args -> {}),
          () -> socket.on("e", String.class, text -> {}), () -> socket.once("e", args -> {}), () -> socket.off("e"),
          () -> socket.onAny((event, args) -> {}), () -> socket.use(event -> Future.succeededFuture()),
          () -> socket.onDisconnect(reason -> {}))) {
        try {
          late.run();
        } catch (IllegalStateException refused) {
          refusals.add(refused);
        }
      }
    }, "foreign");
    foreign.start();
    foreign.join(10_000);
    assertThat(refusals).hasSize(8).allMatch(refused -> refused.getMessage().contains("on thread foreign"));
  }

  @Test
  void itsEndAfterThatOfVertxSucceeds() {
    Vertx vertx = Vertx.vertx();
    Io io = Io.create(vertx);
    await(io.ready());
    await(vertx.close());
    await(io.close());
    await(io.drain(1_000));
    await(io.ready().otherwiseEmpty());
  }

  /** Remembers where it was made. */
  record Made(String name, @JsonIgnore String thread) {
    @JsonCreator
    Made(@JsonProperty("name") String name) {
      this(name, Thread.currentThread().getName());
    }
  }

  @Test
  void aBlockingHandlersArgumentsAreConvertedOnItsThread(Vertx vertx) {
    Io io = Io.create(vertx);
    CompletableFuture<Object> got = new CompletableFuture<>();
    io.onConnection(socket -> socket.onBlocking("slow", Made.class, made -> got.complete(made.thread() + " " + made.name())));
    io.context().runOnContext(turn -> FakeLink.joined(io).say("2[\"slow\",{\"name\":\"x\"}]"));
    assertThat(await(got).toString()).contains("worker").endsWith(" x");
  }

  @Test
  void aBlockingHandlersRefusedPayloadIsAnswered(Vertx vertx) {
    Io io = Io.create(vertx);
    io.onConnection(socket -> socket.onBlocking("slow", Integer.class, Integer.class, (first, second) -> first + second));
    FakeLink[] client = new FakeLink[1];
    io.context().runOnContext(turn -> {
      client[0] = FakeLink.joined(io);
      client[0].say("21[\"slow\",1,\"x\"]");
      client[0].say("22[\"slow\",1,2]");
    });
    List<String> heard = new CopyOnWriteArrayList<>();
    until("two answers", () -> {
      await(Future.future(done -> io.context().runOnContext(turn -> {
        heard.addAll(client[0].heard());
        done.complete();
      })));
      return heard.size() == 2;
    });
    assertThat(heard).containsExactly(
        "31[{\"error\":\"invalid payload\",\"event\":\"slow\",\"path\":\"args[1]\",\"expected\":\"a whole number of 32 bits\"}]", "32[3]");
  }

  @Test
  void aHandlerOnAVirtualThreadMayWaitAndKeepsTheOrderOfItsSocket(Vertx vertx) {
    assumeTrue(Runtime.version().feature() >= 21, "only Java 21 and later have virtual threads");
    Io io = Io.create(vertx);
    List<String> order = new CopyOnWriteArrayList<>();
    io.onConnection(socket -> {
      socket.onVirtual("wait", Integer.class, millis -> {
        Future.await(vertx.timer(millis));
        order.add(Thread.currentThread().toString().startsWith("VirtualThread") + " " + millis);
        return millis;
      });
      socket.onBlocking("block", Integer.class, number -> order.add("block " + number));
    });
    io.context().runOnContext(turn -> {
      FakeLink client = FakeLink.joined(io);
      client.say("2[\"wait\",100]");
      client.say("2[\"block\",1]");
      client.say("2[\"wait\",1]");
    });
    until("three calls", () -> order.size() == 3);
    assertThat(order).containsExactly("true 100", "block 1", "true 1");
  }

  @Test
  void withoutVirtualThreadsTheirHandlersAreRefusedAtTheRegistration(Vertx vertx) {
    assumeTrue(Runtime.version().feature() < 21, "this Java has virtual threads");
    Io io = Io.create(vertx);
    CompletableFuture<Socket> joined = new CompletableFuture<>();
    io.onConnection(socket -> {
      try {
        socket.onVirtual("e", String.class, text -> text);
      } catch (UnsupportedOperationException refused) {
        joined.completeExceptionally(refused);
      }
    });
    io.context().runOnContext(turn -> FakeLink.joined(io));
    assertThatThrownBy(() -> await(joined)).hasRootCauseMessage("onVirtual needs Java 21 or later, not " + Runtime.version().feature()
        + "; onBlocking runs handlers on worker threads");
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
