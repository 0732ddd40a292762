package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.delivery.SilentWire.Passes;
import dev.magpie.testing.MongoServer;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chat on a MongoDB out of process, which goes away and comes back. */
class DatabaseAwayTest {
  @TempDir Path folder;

  @Test
  void losesNothingAndBlocksNobodyWhileItsDatabaseIsAway() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (MongoServer mongo = MongoServer.start(folder.resolve("mongo")); OfficialClients clients = OfficialClients.start(folder)) {
      Lab one = await(new Lab(0, Lab.mongo(mongo.connectionString()), io -> {}).deploy(vertx));
      Lab two = await(new Lab(0, Lab.mongo(mongo.connectionString()), io -> {}).deploy(vertx));
      Client alice = member(clients, "alice", one);
      Client bob = member(clients, "bob", two);
      say(alice, "before");
      bob.hears("before");
      bob.leave();
      say(alice, "missed");
      bob.comeBackAt(one.chat());
      assertThat(bob.connected()).isTrue();

      mongo.kill();
      JsonObject message = text("while it is away");
      Client.Answer answer = alice.emit("message", message);
      // The loops answer what needs no database while it is still away.
      Client carol = clients.open("carol", one.chat(), new JsonObject());
      for (int i = 0; i < 10; i++) assertThat(bob.ask("typing", room()).getBoolean("ok")).isTrue();
      alice.next("typing");
      bob.assertTexts("before", "missed");
      assertThat(answer.isThere()).isFalse();

      mongo.startAgain();
      JsonObject said = answer.await();
      assertThat(said.getBoolean("ok")).isTrue();
      assertThat(carol.connected()).isFalse();
      say(bob, "after");
      for (Client client : List.of(alice, bob)) client.hears("after").assertTexts("before", "missed", "while it is away", "after");
      assertThat(alice.ask("message", message)).isEqualTo(said);
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void servesBeforeItsDatabaseIsThereAndTheChatOnceItIs() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (MongoServer mongo = MongoServer.start(folder.resolve("mongo")); OfficialClients clients = OfficialClients.start(folder)) {
      mongo.kill();
      Lab lab = await(new Lab(0, Lab.mongo(mongo.connectionString()), io -> {}).deploy(vertx));
      mongo.startAgain();
      Client alice = member(clients, "alice", lab);
      say(alice, "at last");
      alice.hears("at last");
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void answersAndClosesThoughItsDatabaseNeverAnswers() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (MongoServer mongo = MongoServer.start(folder.resolve("mongo"));
        SilentWire wire = new SilentWire(mongo.port(), Passes.NOTHING);
        OfficialClients clients = OfficialClients.start(folder)) {
      // A database that accepts and says nothing does not keep a server from starting,
      Lab lab = await(new Lab(0, Lab.mongo(wire.connectionString()), io -> {}).deploy(vertx));
      wire.lets(Passes.ALL);
      Client alice = member(clients, "alice", lab);
      say(alice, "at last");
      // one that seems alive does not keep it from answering,
      wire.lets(Passes.GREETINGS);
      Client.Answer answer = alice.emit("message", text("while it is silent"));
      Client carol = clients.open("carol", lab.chat(), new JsonObject());
      assertThat(carol.connected()).isFalse();
      assertThat(carol.ask("join", room()).getString("code")).isEqualTo("UNAVAILABLE");
      assertThat(carol.ask("join", room()).getString("code")).isEqualTo("UNAVAILABLE");
      assertThat(answer.isThere()).isFalse();
      wire.lets(Passes.ALL);
      assertThat(answer.await().getBoolean("ok")).isTrue();
      alice.hears("while it is silent").assertTexts("at last", "while it is silent");
      // and neither from closing.
      wire.lets(Passes.GREETINGS);
      alice.emit("message", text("never safe"));
      alice.emit("join", new JsonObject().put("room", "coffee"));
      await(vertx.close());
    } finally {
      await(vertx.close());
    }
  }

  private static Client member(OfficialClients clients, String name, Lab at) throws Exception {
    JsonObject auth = new JsonObject().put("token", "the-token-of-" + name + "-and-of-nobody-else");
    Client client = clients.open(name, at.chat(), new JsonObject().put("retries", -1).put("ackTimeout", 1_000).put("auth", auth));
    assertThat(client.connected()).isFalse();
    assertThat(client.ask("join", room().put("name", name)).getBoolean("ok")).isTrue();
    return client;
  }

  private static JsonObject room() {
    return new JsonObject().put("room", "tea");
  }

  private static JsonObject text(String text) {
    return room().put("text", text).put("cid", "cid-of-a-text-" + System.nanoTime());
  }

  private static void say(Client client, String text) throws Exception {
    assertThat(client.ask("message", text(text)).getBoolean("ok")).isTrue();
  }
}
