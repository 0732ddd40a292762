package dev.magpie.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Emit;
import dev.magpie.core.BroadcastAnswers;
import dev.magpie.core.ClusterAnswers;
import dev.magpie.core.FakeClient;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.RemoteSocket;
import dev.magpie.core.Socket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Several instances in one process, each on its own loop: the first case of several nodes. */
@ExtendWith(VertxExtension.class)
class EventBusClusterTest {

  /** An instance with one client. */
  private static final class Instance extends VerticleBase {
    private final String name;
    Io io;
    FakeClient client;
    Socket socket;
    String deployment;

    Instance(String name) {
      this.name = name;
    }

    @Override
    public Future<?> start() {
      io = Io.create(vertx, new IoOptions().setName(name).setQueryTimeout(300));
      io.onConnection(joined -> socket = joined);
      io.of(Pattern.compile("/match-\\d+"));
      client = FakeClient.joined(io, "/");
      return io.ready();
    }

    /** On its own context. */
    <T> Future<T> call(Supplier<T> work) {
      Promise<T> done = Promise.promise();
      context.runOnContext(run -> {
        try {
          done.complete(work.get());
        } catch (Throwable failure) {
          done.fail(failure);
        }
      });
      return done.future();
    }

    /** What its client heard, once all that was published before has arrived. */
    Future<List<String>> heard() {
      Promise<Void> arrived = Promise.promise();
      String barrier = "barrier." + Math.random();
      var consumer = vertx.eventBus().consumer(barrier);
      // On this instance's context, behind what stands in its queue.
      return call(() -> consumer.handler(message -> arrived.complete()))
          .onSuccess(listening -> vertx.eventBus().publish(barrier, ""))
          .compose(listening -> arrived.future())
          .compose(all -> call(client::heard))
          .onComplete(all -> consumer.unregister());
    }
  }

  private final List<Instance> instances = new ArrayList<>();

  private Future<?> deploy(Vertx vertx, String... names) {
    List<Future<?>> deployed = new ArrayList<>();
    for (String name : names) {
      Instance instance = new Instance(name);
      instances.add(instance);
      deployed.add(vertx.deployVerticle(instance).onSuccess(id -> instance.deployment = id));
    }
    return Future.all(deployed);
  }

  private Future<List<List<String>>> allHeard() {
    return Future.all(instances.stream().map(Instance::heard).toList()).map(all -> all.list());
  }

  @Test
  void hearsABroadcastOnceOnEachInstance(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "", "")
        .compose(up -> instances.get(0).call(() -> {
          instances.get(0).io.emit("e", new JsonObject().put("a", 1), Buffer.buffer("xy"));
          // Its own clients have it at once.
          return instances.get(0).client.heard();
        }))
        .onSuccess(own -> test.verify(() -> assertThat(own).hasSize(2)))
        .compose(own -> allHeard())
        .onComplete(test.succeeding(heard -> test.verify(() -> {
          assertThat(heard.get(0)).isEmpty();
          List<String> whole = List.of("51-[\"e\",{\"a\":1},{\"_placeholder\":true,\"num\":0}]", "<2 bytes>");
          assertThat(heard.get(1)).isEqualTo(whole);
          assertThat(heard.get(2)).isEqualTo(whole);
          done.flag();
        })));
  }

  @Test
  void leavesOutWhoIsExceptedAndWhoIsElsewhereWhenLocal(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "")
        .compose(up -> instances.get(0).call(() -> {
          instances.get(0).socket.broadcast().emit("others");
          instances.get(0).io.local().emit("here");
          instances.get(0).io.to(instances.get(1).socket.id()).emit("you");
          return null;
        }))
        .compose(said -> allHeard())
        .onComplete(test.succeeding(heard -> test.verify(() -> {
          assertThat(heard.get(0)).containsExactly("2[\"here\"]");
          assertThat(heard.get(1)).containsExactly("2[\"others\"]", "2[\"you\"]");
          done.flag();
        })));
  }

  @Test
  void movesAndDisconnectsSocketsOfAllInstancesInTheOrderOfTheCalls(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "")
        .compose(up -> instances.get(0).call(() -> {
          Io io = instances.get(0).io;
          io.socketsJoin("tea", "milk");
          io.to("tea").emit("tea");
          io.socketsLeave("tea");
          io.to("tea").emit("none");
          io.in("milk").disconnectSockets(true);
          return null;
        }))
        .compose(said -> allHeard())
        .onComplete(test.succeeding(heard -> test.verify(() -> {
          assertThat(heard.get(0)).containsExactly("2[\"tea\"]", "1");
          assertThat(heard.get(1)).containsExactly("2[\"tea\"]", "1");
          assertThat(instances).noneMatch(instance -> instance.client.isOpen());
          done.flag();
        })));
  }

  @Test
  void fetchesTheSocketsOfAllInstances(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "", "")
        .compose(up -> instances.get(1).call(() -> instances.get(1).socket.data().put("user", "bob")))
        .compose(named -> instances.get(0).io.fetchSockets())
        .compose(found -> {
          test.verify(() -> {
            assertThat(found.isComplete()).isTrue();
            assertThat(found.results()).extracting(RemoteSocket::id)
                .containsExactlyInAnyOrderElementsOf(instances.stream().map(i -> i.socket.id()).toList());
          });
          RemoteSocket bob = found.results().stream().filter(socket -> socket.data().containsKey("user")).findFirst().orElseThrow();
          assertThat(bob.data()).isEqualTo(new JsonObject().put("user", "bob"));
          bob.emit("hello");
          return allHeard();
        })
        .onComplete(test.succeeding(heard -> test.verify(() -> {
          assertThat(heard).containsExactly(List.of(), List.of("2[\"hello\"]"), List.of());
          done.flag();
        })));
  }

  @Test
  void collectsAcknowledgementsOfAllInstancesAndCountsTheSilent(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "", "")
        .compose(up -> {
          Promise<BroadcastAnswers> answers = Promise.promise();
          instances.get(0).call(() -> instances.get(0).io.timeout(500).emitWithAck("ready?").onComplete(answers))
              .compose(asked -> allHeard()).onSuccess(heard -> {
            for (int i = 0; i < 2; i++) {
              Instance instance = instances.get(i);
              test.verify(() -> assertThat(heard.get(instances.indexOf(instance))).containsExactly("20[\"ready?\"]"));
              instance.call(() -> {
                instance.client.say("30[\"yes\"]");
                return null;
              });
            }
          });
          return answers.future();
        })
        .onComplete(test.succeeding(answers -> test.verify(() -> {
          assertThat(answers.answers()).containsExactly(new JsonArray().add("yes"), new JsonArray().add("yes"));
          assertThat(answers.answered()).hasSize(2).doesNotHaveDuplicates().doesNotContainAnyElementsOf(answers.silentSockets());
          assertThat(answers.silentSockets()).hasSize(1);
          assertThat(answers.silent()).isEqualTo(1);
          assertThat(answers.missing()).isEmpty();
          done.flag();
        })));
  }

  @Test
  void runsServerEventsOnTheOtherInstancesAlone(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "", "")
        .compose(up -> Future.all(instances.stream().map(instance -> instance.call(
            () -> instance.io.on("who", (args, ack) -> ack.send(instances.indexOf(instance), args.getValue(0))))).toList()))
        .compose(listening -> instances.get(0).io.serverSideEmitWithAck("who", "asks"))
        .onComplete(test.succeeding(answers -> test.verify(() -> {
          assertThat(answers.results()).containsExactlyInAnyOrder(new JsonArray().add(1).add("asks"), new JsonArray().add(2).add("asks"));
          assertThat(answers.isComplete()).isTrue();
          done.flag();
        })));
  }

  @Test
  void namesTheInstancesThatStaySilentInsteadOfFailing(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "", "")
        // The other two have no handler that would answer.
        .compose(up -> instances.get(1).call(() -> instances.get(1).io.on("who", (args, ack) -> ack.send("one"))))
        .compose(listening -> instances.get(0).io.serverSideEmitWithAck("who"))
        .onComplete(test.succeeding(answers -> test.verify(() -> {
          assertThat(answers.results()).containsExactly(new JsonArray().add("one"));
          assertThat(answers.missing()).containsExactly(instances.get(2).io.id());
          done.flag();
        })));
  }

  @Test
  void doesNotWaitForInstancesThatHaveLeft(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "", "")
        .compose(up -> vertx.undeploy(instances.get(2).deployment))
        .compose(left -> instances.get(0).io.fetchSockets())
        .onComplete(test.succeeding(found -> test.verify(() -> {
          assertThat(found.results()).hasSize(2);
          assertThat(found.isComplete()).isTrue();
          assertThat(instances.get(2).client.isOpen()).isFalse();
          done.flag();
        })));
  }

  @Test
  void keepsInstancesOfOtherNamesApart(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "tutorial")
        .compose(up -> instances.get(0).call(() -> {
          instances.get(0).io.emit("e");
          return null;
        }))
        .compose(said -> Future.all(allHeard(), instances.get(0).io.fetchSockets()))
        .onComplete(test.succeeding(both -> test.verify(() -> {
          List<List<String>> heard = both.resultAt(0);
          ClusterAnswers<RemoteSocket> found = both.resultAt(1);
          assertThat(heard).containsExactly(List.of("2[\"e\"]"), List.of());
          assertThat(found.results()).hasSize(1);
          done.flag();
        })));
  }

  @Test
  void deliversWhatAnyVerticlePublishesOnceToEachClient(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "")
        .compose(up -> instances.get(1).call(() -> {
          instances.get(1).socket.join("match:42");
          return null;
        }))
        .compose(joined -> {
          vertx.eventBus().publish(Addresses.EMIT, Emit.to("match:42").event("score", new JsonObject().put("home", 2)).toJson());
          vertx.eventBus().publish(Addresses.EMIT, Emit.toAll().except("match:42").event("news").toJson());
          vertx.eventBus().publish(Addresses.EMIT, new JsonObject().put("event", 5));
          vertx.eventBus().publish(Addresses.EMIT, "text");
          vertx.eventBus().publish(Addresses.EMIT, Emit.toAll().in("/none").event("news").toJson());
          return allHeard();
        })
        .compose(heard -> {
          test.verify(() -> assertThat(heard).containsExactly(List.of("2[\"news\"]"), List.of("2[\"score\",{\"home\":2}]")));
          return vertx.eventBus().request(Addresses.EMIT, new JsonObject().put("namespace", "/"));
        })
        .onComplete(test.failing(refused -> test.verify(() -> {
          assertThat(refused).hasMessageContaining("event: a name is required");
          done.flag();
        })));
  }

  @Test
  void aMisspeltKeyAtTheAddressForVerticlesReachesNobody(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    JsonObject misspelt = new JsonObject().put("event", "secret").put("room", "match:42");
    deploy(vertx, "", "")
        .compose(up -> {
          vertx.eventBus().publish(Addresses.EMIT, misspelt);
          return vertx.eventBus().request(Addresses.EMIT, misspelt).transform(asked -> {
            test.verify(() -> assertThat(asked.cause()).hasMessageContaining("room: no such key; allowed: namespace, rooms, except"));
            vertx.eventBus().publish(Addresses.EMIT, Emit.toAll().event("news").toJson());
            return allHeard();
          });
        })
        .onComplete(test.succeeding(heard -> test.verify(() -> {
          assertThat(heard).containsExactly(List.of("2[\"news\"]"), List.of("2[\"news\"]"));
          done.flag();
        })));
  }

  @Test
  void reachesTheMembersOfAFamilyOnAllInstances(Vertx vertx, VertxTestContext test) {
    Checkpoint done = test.checkpoint();
    deploy(vertx, "", "")
        .compose(up -> instances.get(1).call(() -> FakeClient.joined(instances.get(1).io, "/match-7")))
        .compose(client -> {
          return instances.get(0)
              .call(() -> {
                instances.get(0).io.of("/match-7").emit("by name");
                return instances.get(0).io.of("/match-7").name();
              })
              .compose(said -> instances.get(1).heard())
              .compose(all -> instances.get(1).call(client::heard));
        })
        .onComplete(test.succeeding(heard -> test.verify(() -> {
          assertThat(heard).containsExactly("2/match-7,[\"by name\"]");
          done.flag();
        })));
  }
}
