package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.log.RecoveryOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the official client, version 4.8 on Node, finds when it comes back: two instances of one server, on the embedded store. */
class OfficialClientRecoveryTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path folder;
  private static Vertx vertx;
  private static Lab one;
  private static Lab two;
  private static OfficialClients clients;
  /** How often each cid arrived. */
  private static final Map<String, Integer> arrivals = new ConcurrentHashMap<>();
  private static final List<String> order = java.util.Collections.synchronizedList(new ArrayList<>());

  private final String room = "room " + NAMES.incrementAndGet();

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    one = await(lab(Lab.embedded(folder.resolve("data"))).deploy(vertx));
    two = await(lab(Lab.embedded(folder.resolve("data"))).deploy(vertx));
    clients = OfficialClients.start(folder);
  }

  private static Lab lab(RecoveryOptions recovery) {
    return new Lab(0, recovery, io -> io.of("/chat").onConnection(socket -> socket.onAny((event, args) -> {
      if (!args.isEmpty() && args.getValue(0) instanceof JsonObject body) {
        order.add(event + " " + body.getString("room"));
        if (body.getString("cid") != null) arrivals.merge(body.getString("cid"), 1, Integer::sum);
      }
    })));
  }

  @AfterAll
  static void stop() throws Exception {
    clients.close();
    await(vertx.close());
  }

  @Test
  void recoversBeforeItHasHeardAnything() throws Exception {
    Client bob = open();
    assertThat(bob.connected()).isFalse();
    bob.cut();
    assertThat(bob.connected()).isTrue();
  }

  @Test
  void seesNothingOfRecoveryWhenItJoins() throws Exception {
    Client bob = open();
    // Answered behind all that the server sent by itself.
    bob.ask("join", room());
    assertThat(bob.all("sys:offset")).isEmpty();
  }

  @Test
  void recoversASecondTimeAndAThird() throws Exception {
    Client alice = member();
    Client bob = member();
    for (String text : List.of("one", "two", "three")) {
      bob.leave();
      say(alice, text);
      bob.comeBack();
      assertThat(bob.connected()).isTrue();
      bob.hears(text);
    }
    settled(alice, bob).assertTexts("one", "two", "three");
  }

  @Test
  void recoversWhileTheOldConnectionStillSeemsAlive() throws Exception {
    Client alice = member();
    Client bob = member();
    bob.abandon();
    assertThat(bob.connected()).isTrue();
    say(alice, "after");
    settled(alice, bob).assertTexts("after");
  }

  @Test
  void recoversOnAnotherInstance() throws Exception {
    Client alice = member();
    Client bob = member();
    bob.leave();
    say(alice, "missed");
    bob.comeBackAt(two.chat());
    assertThat(bob.connected()).isTrue();
    say(alice, "live");
    settled(alice, bob).assertTexts("missed", "live");
    assertThat(ask(bob, "message", text("from the other instance")).getBoolean("ok")).isTrue();
    alice.hears("from the other instance");
  }

  @Test
  void isHereAgainForTheOthers() throws Exception {
    Client alice = member();
    Client bob = member();
    alice.next("joined");
    bob.leave();
    JsonObject left = body(alice.next("left"));
    bob.comeBackAt(two.chat());
    JsonObject joined = body(alice.next("joined"));
    assertThat(joined.getString("name")).isEqualTo(left.getString("name"));
    assertThat(joined.getInteger("count")).isEqualTo(2);
    assertThat(body(bob.next("joined"))).isEqualTo(joined);
  }

  @Test
  void startsAnewAfterTheWindowAndIsToldSo() throws Exception {
    elsewhere(options -> options.withWindow(300), lab -> {
      Client alice = member(lab);
      Client bob = member(lab);
      bob.leave();
      say(alice, "missed");
      TimeUnit.MILLISECONDS.sleep(600);
      readsTheHistoryInstead(alice, bob, "missed");
    });
  }

  @Test
  void startsAnewWhenItHasMissedTooMuchAndIsToldSo() throws Exception {
    elsewhere(options -> options.withMaxMissed(3), lab -> {
      Client alice = member(lab);
      Client bob = member(lab);
      bob.leave();
      for (int i = 0; i < 4; i++) say(alice, "missed " + i);
      readsTheHistoryInstead(alice, bob, "missed 0", "missed 1", "missed 2", "missed 3");
    });
  }

  @Test
  void startsAnewWhenTheLogHasForgottenAndIsToldSo() throws Exception {
    elsewhere(options -> options.withNamespaces(Map.of("/chat", dev.magpie.log.Recovery.MEMORY)).withMemoryEvents(5), lab -> {
      Client alice = member(lab);
      Client bob = member(lab);
      bob.leave();
      for (int i = 0; i < 8; i++) say(alice, "missed " + i);
      readsTheHistoryInstead(alice, bob, "missed 3", "missed 4", "missed 5", "missed 6", "missed 7");
    });
  }

  private void readsTheHistoryInstead(Client alice, Client bob, String... missed) throws Exception {
    bob.comeBack();
    assertThat(bob.connected()).isFalse();
    long g = body(bob.next("sys:sync")).getLong("g");
    JsonObject joined = ask(bob, "join", new JsonObject());
    assertThat(joined.getLong("seq")).isGreaterThanOrEqualTo(g);
    assertThat(texts(ask(bob, "history", new JsonObject().put("before", joined.getLong("seq") + 1)))).containsExactly(missed);
    bob.assertTexts();
    say(alice, "live");
    bob.hears("live");
  }

  @Test
  void keepsTwoNamespacesOfOneConnectionApart() throws Exception {
    Client alice = member();
    Client bob = member();
    Client bobs = clients.share(name(), bob, "/second");
    assertThat(bobs.connected()).isFalse();
    Client carol = clients.open(name(), one.url("/second"), new JsonObject());
    assertThat(carol.connected()).isFalse();
    bob.leave();
    bobs.next("disconnect");
    say(alice, "in the chat");
    carol.emit("say", new JsonObject().put("text", "in the second"));
    carol.hears("in the second");
    bob.comeBack();
    assertThat(bob.connected()).isTrue();
    // It comes back with the connection; to connect it as well would be a second CONNECT, which ends the connection.
    assertThat(bobs.connected()).isTrue();
    bobs.hears("in the second").assertTexts("in the second");
    settled(alice, bob).assertTexts("in the chat");

    // A place in the other log is no place in this one.
    JsonObject second = bobs.session();
    bob.leave();
    bob.believe(bob.session().getString("pid"), second.getString("offset"));
    bob.comeBack();
    assertThat(bob.connected()).isFalse();
    bob.next("sys:sync");
  }

  @Test
  void keepsItsPlaceThroughAFloodOfWhatIsNotKept() throws Exception {
    Client alice = member();
    Client bob = member();
    List<Client.Answer> typed = new ArrayList<>();
    for (int i = 0; i < 100; i++) typed.add(alice.emit("typing", room()));
    say(alice, "one");
    for (int i = 0; i < 100; i++) typed.add(alice.emit("typing", room()));
    for (Client.Answer answer : typed) assertThat(answer.await().getBoolean("ok")).isTrue();
    bob.hears("one");
    bob.next("typing");
    bob.leave();
    say(alice, "two");
    bob.comeBack();
    assertThat(bob.connected()).isTrue();
    settled(alice, bob).assertTexts("one", "two");
  }

  @Test
  void missesWhatWasSaidWhileItWasOutOfTheRoom() throws Exception {
    Client alice = member();
    Client bob = member();
    say(alice, "one");
    bob.hears("one");
    JsonObject before = bob.session();
    ask(bob, "leave", new JsonObject());
    say(alice, "while it was out");
    ask(bob, "join", new JsonObject());
    bob.leave();
    say(alice, "two");
    // Also when it has not seen that it left.
    bob.believe(before.getString("pid"), before.getString("offset"));
    bob.comeBack();
    assertThat(bob.connected()).isTrue();
    settled(alice, bob).assertTexts("one", "two");
  }

  @Test
  void doesNotHearWhatWasSaidInARoomThatItWasSentOutOfMeanwhile() throws Exception {
    Client alice = member();
    Client bob = member();
    JsonObject auth = new JsonObject().put("auth", new JsonObject().put("token", "a-token-of-two-windows-of-one-guest"));
    Client away = member(one, auth);
    String name = ask(member(two, auth), "join", new JsonObject()).getString("name");
    away.leave();
    say(alice, "before");
    JsonObject moderator = new JsonObject().put("moderator", Lab.MODERATOR);
    assertThat(ask(bob, "kick", moderator.copy().put("name", name)).getBoolean("ok")).isTrue();
    say(alice, "not for its ears");
    away.comeBack();
    assertThat(away.connected()).isTrue();
    assertThat(away.ask("history", room()).getString("code")).isEqualTo("NOT_MEMBER");
    assertThat(away.ask("join", room()).getString("code")).isEqualTo("FORBIDDEN");
    away.assertTexts();
  }

  @Test
  void goesOnWithTheSessionThatItsAuthNames() throws Exception {
    Client alice = member();
    Client bob = member();
    bob.leave();
    JsonObject session = bob.session();
    say(alice, "missed");
    // As a page does that kept both over its reload.
    Client reloaded = clients.open(name(), one.chat(), new JsonObject().put("auth", session));
    JsonObject connect = reloaded.next("connect");
    assertThat(connect.getString("pid")).isEqualTo(session.getString("pid"));
    reloaded.hears("missed");
    settled(alice, reloaded).assertTexts("missed");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{\"pid\":{}}", "{\"offset\":[]}", "{\"offset\":\"zzz\"}", "{\"offset\":{\"$gt\":\"\"}}", "{\"pid\":{\"$gt\":\"\"}}",
        "{\"pid\":7,\"offset\":7}", "{\"pid\":\"of-nobody-at-all-0000000\"}", "{\"pid\":\"large\"}",
    "{\"offset\":\"large\"}", "{\"offset\":\"AAAAAAAA.1\"}"
  })
  void getsAFreshSessionForWhatIsNone(String wrong) throws Exception {
    Client bob = member();
    JsonObject session = bob.leave().session().mergeIn(new JsonObject(wrong));
    for (String key : List.of("pid", "offset")) if ("large".equals(session.getValue(key))) session.put(key, "x".repeat(200_000));
    bob.believe(session.getValue("pid"), session.getValue("offset"));
    bob.comeBack();
    assertThat(bob.connected()).isFalse();
    bob.next("sys:sync");
    assertThat(ask(bob, "message", text("still of use")).getBoolean("ok")).isTrue();
  }

  @Test
  void doesNotTakeTurnsForEverWithItsDuplicate() throws Exception {
    Client bob = member(one, new JsonObject().put("reconnection", false));
    JsonObject session = bob.session();
    List<JsonObject> connects = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      JsonObject options = new JsonObject().put("reconnection", false).put("auth", session);
      connects.add(clients.open(name(), (i % 2 == 0 ? two : one).chat(), options).next("connect"));
    }
    assertThat(connects).extracting(connect -> connect.getString("pid").equals(session.getString("pid")))
        .containsExactly(true, true, true, false);
  }

  // --- What the client's queue does

  @Test
  void speaksBeforeItJoinsAgain() throws Exception {
    Client alice = member();
    Client bob = member();
    bob.leave();
    // So that it does not recover, and joins by itself, as a page does when it hears "connect".
    bob.believe("of-nobody-at-all-0000000", bob.session().getString("offset"));
    Client.Answer said = bob.emit("message", text("waited"));
    Client.Answer joined = bob.emit("join", room());
    bob.comeBack();
    assertThat(bob.connected()).isFalse();
    assertThat(said.await().getBoolean("ok")).isTrue();
    assertThat(joined.await().getBoolean("ok")).isTrue();
    settled(alice, bob).assertTexts("waited");
    assertThat(order.stream().filter(line -> line.endsWith(" " + room)).toList())
        .containsSubsequence("join " + room, "join " + room, "message " + room, "join " + room);
    settled(alice, alice).assertTexts("waited");
  }

  @Test
  void saysOnceWhatTheQueueSendsTwice() throws Exception {
    Client alice = member();
    Client bob = member();
    JsonObject message = text("once");
    // Written into the buffer, for the ping has expired, and sent again out of the queue: on reconnecting both go.
    bob.expire();
    Client.Answer said = bob.emit("message", message);
    bob.next("disconnect");
    bob.connected();
    JsonObject answer = said.await();
    assertThat(answer.getBoolean("ok")).isTrue();
    settled(alice, alice).assertTexts("once");
    assertThat(arrivals.get(message.getString("cid"))).isEqualTo(2);
    assertThat(ask(bob, "message", message)).isEqualTo(answer);
    // And by anybody, from anywhere, whenever.
    assertThat(ask(member(two), "message", message)).isEqualTo(answer);
    settled(alice, alice).assertTexts("once");
  }

  // --- Set-up

  private interface Step {
    void run(Lab lab) throws Exception;
  }

  /** On a server of its own. */
  private static void elsewhere(java.util.function.UnaryOperator<RecoveryOptions> options, Step step) throws Exception {
    Vertx own = Vertx.vertx();
    try {
      step.run(await(lab(options.apply(Lab.embedded(folder.resolve("data of " + NAMES.incrementAndGet())))).deploy(own)));
    } finally {
      await(own.close());
    }
  }

  private static String name() {
    return "client " + NAMES.incrementAndGet();
  }

  private static Client open() throws Exception {
    return open(one, new JsonObject());
  }

  private static Client open(Lab at, JsonObject more) throws Exception {
    String name = name();
    JsonObject auth = new JsonObject().put("token", "a-token-of-" + name.replace(' ', '-') + "-and-of-nobody-else");
    return clients.open(name, at.chat(), new JsonObject().put("retries", -1).put("ackTimeout", 5_000).put("auth", auth).mergeIn(more));
  }

  private Client member() throws Exception {
    return member(one);
  }

  private Client member(Lab at) throws Exception {
    return member(at, new JsonObject());
  }

  private Client member(Lab at, JsonObject more) throws Exception {
    Client client = open(at, more);
    assertThat(client.connected()).isFalse();
    assertThat(ask(client, "join", new JsonObject()).getBoolean("ok")).isTrue();
    return client;
  }

  private JsonObject room() {
    return new JsonObject().put("room", room);
  }

  private JsonObject text(String text) {
    return room().put("text", text).put("cid", "cid-of-this-test-" + NAMES.incrementAndGet());
  }

  private JsonObject ask(Client client, String event, JsonObject body) throws Exception {
    return client.ask(event, room().mergeIn(body));
  }

  private void say(Client client, String text) throws Exception {
    assertThat(ask(client, "message", text(text)).getBoolean("ok")).isTrue();
  }

  /** Whatever was said before has arrived by now. */
  private Client settled(Client speaker, Client listener) throws Exception {
    String last = "settled " + NAMES.incrementAndGet();
    say(speaker, last);
    listener.hears(last).forget(last);
    for (Client client : List.of(speaker)) client.hears(last).forget(last);
    return listener;
  }

  private static JsonObject body(JsonObject line) {
    return line.getJsonArray("args").getJsonObject(0);
  }

  private static String[] texts(JsonObject page) {
    JsonArray messages = page.getJsonArray("messages");
    return Arrays.stream(messages.stream().toArray()).map(message -> ((JsonObject) message).getString("text")).toArray(String[]::new);
  }
}
