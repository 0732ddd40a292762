package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.TextStream;
import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.log.Recovery;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of a durable namespace, as the official client on Node gets them, also when it comes back and after a restart. */
class TextStreamDeliveryTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path folder;
  private static OfficialClients clients;

  private final String room = "room " + NAMES.incrementAndGet();
  private final List<Io> instances = new CopyOnWriteArrayList<>();
  private Vertx vertx;
  private Lab one;
  private Lab two;

  @BeforeAll
  static void startClients() throws Exception {
    clients = OfficialClients.start(folder);
  }

  @AfterAll
  static void stopClients() {
    clients.close();
  }

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    one = await(lab().deploy(vertx));
    two = await(lab().deploy(vertx));
  }

  @AfterEach
  void stop() {
    await(vertx.close());
    instances.clear();
  }

  private Lab lab() {
    return new Lab(0, Lab.embedded(folder.resolve("data")), io -> {
      instances.add(io);
      Namespace namespace = io.of("/streams").recoverable(Recovery.DURABLE);
      namespace.onConnection(socket -> {
        if (!socket.recovered()) socket.join(socket.auth().getString("room"));
      });
    });
  }

  private TextStream stream(String id) {
    return instances.get(0).of("/streams").to(room).stream(id);
  }

  private Client member(Lab at) throws Exception {
    Client client = clients.open("member " + NAMES.incrementAndGet(), at.url("/streams"),
        new JsonObject().put("auth", new JsonObject().put("room", room)));
    assertThat(client.connected()).isFalse();
    return client;
  }

  private static JsonObject chunk(Client client) throws Exception {
    return client.next("stream").getJsonArray("args").getJsonObject(0);
  }

  private static JsonObject chunk(int at, String text, boolean done) {
    return new JsonObject().put("id", "a").put("at", at).put("text", text).put("done", done);
  }

  @Test
  void whoComesBackGetsTheTextSoFarAndThenTheRest() throws Exception {
    Client client = member(one);
    await(stream("a").append("Hel"));
    assertThat(chunk(client)).isEqualTo(chunk(0, "Hel", false));
    client.leave();
    await(stream("a").append("lo"));
    client.comeBackAt(two.url("/streams"));
    assertThat(client.connected()).isTrue();
    assertThat(chunk(client)).isEqualTo(chunk(0, "Hello", false));
    await(stream("a").end());
    assertThat(chunk(client)).isEqualTo(chunk(5, "", true));
  }

  @Test
  void afterARestartTheTextIsThere() throws Exception {
    await(stream("a").append("Hello"));
    await(stream("a").end());
    stop();
    start();
    assertThat(chunk(member(two))).isEqualTo(chunk(0, "Hello", true));
  }

  @Test
  void aTextThatTheServerLeavesUnfinishedIsToldAsAbortedAfterTheRestart() throws Exception {
    await(stream("a").append("Hel"));
    stop();
    start();
    assertThat(chunk(member(one))).isEqualTo(chunk(0, "Hel", true).put("aborted", true));
  }
}
