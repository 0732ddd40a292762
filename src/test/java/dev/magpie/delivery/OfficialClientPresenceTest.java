package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.PresenceOptions;
import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the official client, version 4.8 on Node, is told of who is present: two instances of one server, in a namespace with recovery. */
class OfficialClientPresenceTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path folder;
  private static Vertx vertx;
  private static Lab one;
  private static Lab two;
  private static OfficialClients clients;
  private static final List<Io> instances = new CopyOnWriteArrayList<>();

  private final String room = "room " + NAMES.incrementAndGet();

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    one = await(lab().deploy(vertx));
    two = await(lab().deploy(vertx));
    clients = OfficialClients.start(folder);
  }

  private static Lab lab() {
    return new Lab(0, RecoveryOptions.DEFAULT, io -> {
      instances.add(io);
      Namespace here = io.of("/here").recoverable(Recovery.MEMORY).presence(new PresenceOptions().setInterval(0).setGrace(600_000));
      here.use(context -> {
        context.identify(context.auth().getString("name"));
        return Future.succeededFuture();
      });
      here.onConnection(socket -> socket.onAck("enter", JsonObject.class, body -> socket.join(body.getString("room")).map(done -> body)));
    });
  }

  @AfterAll
  static void stop() throws Exception {
    clients.close();
    await(vertx.close());
    instances.clear();
  }

  @Test
  void isToldWhoIsThereWhoComesAndWhoGoes() throws Exception {
    Client alice = member(one, "alice");
    assertThat(body(alice.next("presence:state")).encode()).isEqualTo(
        "{\"room\":\"" + room + "\",\"members\":[{\"id\":\"alice\"}],\"count\":1,\"next\":null}");
    Client bob = member(two, "bob");
    assertThat(members(bob.next("presence:state"))).containsExactly("alice", "bob");
    assertThat(members(alice.next("presence:join"))).containsExactly("bob");
  }

  @Test
  void wasNeverAwayWhenItRecoversOnAnotherInstance() throws Exception {
    Client alice = member(one, "alice");
    Client bob = member(one, "bob");
    bob.next("presence:state");
    for (Lab next : List.of(two, one)) {
      bob.leave();
      until("bob is away", () -> await(instances.get(0).of("/here").count(room)).sockets() == 1);
      bob.comeBackAt(next.url("/here"));
      assertThat(bob.connected()).isTrue();
      assertThat(members(bob.next("presence:state"))).containsExactly("alice", "bob");
    }
    assertThat(alice.ask("enter", new JsonObject().put("room", room))).isNotNull();
    assertThat(alice.all("presence:join")).hasSize(1);
    assertThat(alice.all("presence:leave")).isEmpty();
    assertThat(await(instances.get(1).of("/here").presence(room).count())).isEqualTo(2);
  }

  private Client member(Lab at, String name) throws Exception {
    Client client = clients.open(name + " in " + room, at.url("/here"),
        new JsonObject().put("auth", new JsonObject().put("name", name)));
    client.connected();
    client.ask("enter", new JsonObject().put("room", room));
    return client;
  }

  private static JsonObject body(JsonObject event) {
    return event.getJsonArray("args").getJsonObject(0);
  }

  private static List<String> members(JsonObject event) {
    JsonArray members = body(event).getJsonArray("members");
    return members.stream().map(member -> ((JsonObject) member).getString("id")).toList();
  }
}
