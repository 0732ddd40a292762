package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.log.Recovery;
import dev.magpie.state.VersionConflict;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Retained state of a durable namespace, as the official client on Node gets it, also when it comes back: two instances of one server, on
 * the embedded store.
 */
class RetainedStateDeliveryTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path folder;
  private static OfficialClients clients;

  private final String room = "room " + NAMES.incrementAndGet();
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
  }

  private static Lab lab() {
    return new Lab(0, Lab.embedded(folder.resolve("data")), RetainedStateDeliveryTest::application);
  }

  private static void application(Io io) {
    Namespace namespace = io.of("/state").recoverable(Recovery.DURABLE);
    namespace.onConnection(socket -> {
      String room = socket.auth().getString("room");
      if (!socket.recovered()) socket.join(room);
      socket.onAck("set", JsonObject.class, wanted -> {
        long version = wanted.getLong("version", -1L);
        String key = wanted.getString("key");
        return answer(version < 0 ? namespace.to(room).retain(key).emit("state", wanted.getString("value"))
            : namespace.to(room).retain(key).ifVersion(version).emit("state", wanted.getString("value")));
      });
      socket.onAck("remove", JsonObject.class, wanted -> answer(namespace.to(room).retain(wanted.getString("key")).remove()));
      socket.onAck("say", JsonObject.class, said -> {
        namespace.to(room).emit("message", said);
        return answer(Future.succeededFuture());
      });
    });
  }

  private static Future<JsonObject> answer(Future<?> done) {
    return done.map(result -> new JsonObject().put("ok", result))
        .recover(failure -> Future.succeededFuture(new JsonObject().put("failed", failure.getClass().getSimpleName())
        .put("message", failure.getMessage())));
  }

  private Client open(Lab at) throws Exception {
    Client client = clients.open("client " + NAMES.incrementAndGet(), at.url("/state"),
        new JsonObject().put("auth", new JsonObject().put("room", room).put("state", true)));
    assertThat(client.connected()).isFalse();
    return client;
  }

  private static long set(Client client, String key, String value) throws Exception {
    return client.ask("set", new JsonObject().put("key", key).put("value", value)).getLong("ok");
  }

  private static void say(Client client, String text) throws Exception {
    client.ask("say", new JsonObject().put("text", text));
  }

  /** The next value: what it is, its key, its version. */
  private static List<Object> next(Client client) throws InterruptedException {
    JsonObject line = client.next("state");
    JsonObject details = line.getJsonArray("args").getJsonObject(1);
    return List.of(line.getJsonArray("args").getString(0), details.getString("key"), details.getLong("version"));
  }

  @Test
  void aMemberOfAnyInstanceGetsTheValueAndItsChanges() throws Exception {
    Client alice = open(one);
    long first = set(alice, "score", "1:0");
    Client bob = open(two);
    assertThat(next(bob)).isEqualTo(List.of("1:0", "score", first));
    long second = set(alice, "score", "2:0");
    assertThat(next(bob)).isEqualTo(List.of("2:0", "score", second));
  }

  @Test
  void aClientThatRecoversGetsWhatItMissedThenTheValuesAndTheKeysThatWereRemoved() throws Exception {
    Client alice = open(one);
    set(alice, "kept", "old");
    set(alice, "removed", "old");
    Client bob = open(one);
    next(bob);
    next(bob);
    say(alice, "one");
    bob.hears("one").leave();
    say(alice, "two");
    long version = set(alice, "kept", "new");
    alice.ask("remove", new JsonObject().put("key", "removed"));
    bob.comeBackAt(two.url("/state"));
    assertThat(bob.connected()).isTrue();
    bob.next("message");
    assertThat(next(bob)).isEqualTo(List.of("new", "kept", version));
    assertThat(bob.next("state:removed").getJsonArray("args").getJsonObject(0))
        .isEqualTo(new JsonObject().put("room", room).put("key", "removed"));
    bob.assertTexts("one", "two");
  }

  @Test
  void aValueMovesNoClientBackInTheLog() throws Exception {
    Client alice = open(one);
    Client bob = open(two);
    set(alice, "score", "early");
    next(bob);
    for (int i = 0; i < 3; i++) {
      say(alice, "text " + i);
      set(alice, "score", "value " + i);
      bob.hears("text " + i);
      next(bob);
      bob.leave();
      bob.comeBack();
      assertThat(bob.connected()).isTrue();
      next(bob);
    }
    say(alice, "last");
    bob.hears("last").assertTexts("text 0", "text 1", "text 2", "last");
  }

  @Test
  void aClientThatPollsGetsMoreThanItsSendQueueHolds() throws Exception {
    Client alice = open(one);
    String large = "x".repeat(60_000);
    for (int i = 0; i < 30; i++) set(alice, "key " + i, large + i);
    JsonObject auth = new JsonObject().put("room", room).put("state", true);
    Client bob = clients.open("client " + NAMES.incrementAndGet(), two.url("/state"),
        new JsonObject().put("auth", auth).put("transports", new JsonArray().add("polling")));
    for (int i = 0; i < 30; i++) assertThat(next(bob).get(1)).isEqualTo("key " + i);
    set(alice, "key 30", "the last");
    assertThat(next(bob).get(0)).isEqualTo("the last");
    assertThat(bob.all("disconnect")).isEmpty();
  }

  @Test
  void aLostCompareAndSetIsToldWithThePresentVersion() throws Exception {
    Client alice = open(one);
    long version = set(alice, "cart", "one");
    Stream<Long> wrong = Stream.of(0L, version - 1);
    for (long expected : wrong.toList())
      assertThat(alice.ask("set", new JsonObject().put("key", "cart").put("value", "lost").put("version", expected)).getString("failed"))
          .isEqualTo(VersionConflict.class.getSimpleName());
    assertThat(alice.ask("set", new JsonObject().put("key", "cart").put("value", "two").put("version", version)).getLong("ok"))
        .isGreaterThan(version);
  }

  @Test
  void afterARestartTheValuesAndTheirVersionsAreThere() throws Exception {
    Client alice = open(one);
    set(alice, "gone", "old");
    alice.ask("remove", new JsonObject().put("key", "gone"));
    long version = set(alice, "cart", "one");
    alice.depart();
    stop();
    start();
    Client bob = open(two);
    assertThat(next(bob)).isEqualTo(List.of("one", "cart", version));
    JsonObject wanted = new JsonObject().put("key", "cart").put("value", "two");
    assertThat(bob.ask("set", wanted.copy().put("version", version - 1)).getString("message"))
        .isEqualTo("key \"cart\" has version " + version + ", not version " + (version - 1));
    long next = bob.ask("set", wanted.copy().put("version", version)).getLong("ok");
    assertThat(next).isGreaterThan(version);
    assertThat(next(open(one))).isEqualTo(List.of("two", "cart", next));
  }
}
