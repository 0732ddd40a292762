package dev.magpie.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.delivery.DoomedServer.Point;
import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EngineWebSocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A real server process ends at each point between a message and its acknowledgement, and is started again: the official client loses
 * nothing.
 */
class CommitPointsTest {
  private static final String DOOM = DoomedServer.DOOM;

  @TempDir Path folder;
  private LabProcess server;
  private OfficialClients clients;

  @BeforeEach
  void prepare() throws Exception {
    server = new LabProcess(folder);
    clients = OfficialClients.start(folder);
  }

  @AfterEach
  void end() throws Exception {
    clients.close();
    server.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"BEFORE_INSERT", "BETWEEN_INSERT_AND_PUBLISH", "BETWEEN_PUBLISH_AND_ACKNOWLEDGEMENT"})
  void isSaidOnceThoughTheServerEnds(Point point) throws Exception {
    server.start(point);
    Client alice = member("alice", server.chatOfOne());
    Client bob = member("bob", server.chatOfTwo());
    say(alice, "before");
    bob.hears("before");
    JsonObject doomed = text(DOOM);
    Client.Answer answer = alice.emit("message", doomed);
    server.awaitEnd();
    if (point == Point.BETWEEN_PUBLISH_AND_ACKNOWLEDGEMENT) bob.hears(DOOM);
    else bob.assertTexts("before");
    assertThat(answer.isThere()).isFalse();

    server.start(Point.NEVER);
    assertThat(alice.connected()).isTrue();
    assertThat(bob.connected()).isTrue();
    JsonObject said = answer.await();
    assertThat(said.getBoolean("ok")).isTrue();
    say(alice, "after");
    for (Client client : List.of(alice, bob)) client.hears("after").assertTexts("before", DOOM, "after");
    assertThat(alice.ask("message", doomed)).isEqualTo(said);
    assertThat(history(bob)).containsExactly("before", DOOM, "after");
    assertThat(clients.open("mallory", server.chatOfOne(), new JsonObject()).ask("join", room().put("name", "Alice")).getString("code"))
        .isEqualTo("NAME_TAKEN");
  }

  @Test
  void goesOnWithAReplayThatTheServerEndedIn() throws Exception {
    server.start(Point.MID_REPLAY);
    Client alice = member("alice", server.chatOfOne());
    Client bob = member("bob", server.chatOfTwo());
    bob.leave();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 150; i++) texts.add((i == 140 ? DOOM : "missed ") + i + " ".repeat(9_000) + ".");
    for (String text : texts) say(alice, text);
    bob.comeBack();
    server.awaitEnd();
    assertThat(bob.next("connect").getBoolean("recovered")).isTrue();
    bob.next("disconnect");
    int heard = bob.texts().size();
    assertThat(heard).isBetween(1, 140);

    server.start(Point.NEVER);
    assertThat(bob.connected()).isTrue();
    assertThat(alice.connected()).isTrue();
    say(alice, "after");
    texts.add("after");
    assertThat(bob.hears("after").texts()).isEqualTo(texts);
  }

  @Test
  void comesBackAfterTheServerEndedDuringItsUpgrade() throws Exception {
    server.start(Point.NEVER);
    Client bob = member("bob", server.chatOfTwo());
    EnginePollingClient client = new EnginePollingClient(server.port());
    client.handshake();
    String sid = client.sid();
    client.send("40/chat,{\"recovery\":true}");
    JsonObject opening = new JsonObject(((String) client.poll(1).get(0)).substring(8));
    client.send("42/chat,0" + new JsonArray().add("join").add(room().put("name", "carol")).encode());
    JsonObject message = text(DOOM);
    try (EngineWebSocketClient probe = EngineWebSocketClient.connect(server.port(), "/socket.io/?EIO=4&transport=websocket&sid=" + sid)) {
      probe.send("2probe");
      probe.expect("3probe");
      // Between the probe and the upgrade: what waits goes by the polling transport still.
      client.send("42/chat,1" + new JsonArray().add("message").add(message).encode());
      bob.hears(DOOM);
      server.kill();
    }

    server.start(Point.NEVER);
    assertThat(bob.connected()).isTrue();
    try (EngineWebSocketClient again = EngineWebSocketClient.connect(server.port(), "/socket.io/?EIO=4&transport=websocket")) {
      again.expectOpen();
      again.send("40/chat," + new JsonObject().put("pid", opening.getString("pid")).encode());
      assertThat(new JsonObject(again.expectStart("40/chat,").substring(8))).isEqualTo(opening);
      assertThat(next(again, "42/chat,[\"message\"")).contains(message.getString("cid"));
      again.send("42/chat,2" + new JsonArray().add("message").add(message).encode());
      assertThat(next(again, "43/chat,2")).contains("\"ok\":true");
    }
    bob.assertTexts(DOOM);
    assertThat(history(bob)).containsExactly(DOOM);
  }

  /** Who else is there, is said in between. */
  private static String next(EngineWebSocketClient client, String start) {
    while (true) if (client.receive() instanceof String text && text.startsWith(start)) return text;
  }

  private Client member(String name, String url) throws Exception {
    JsonObject auth = new JsonObject().put("token", "the-token-of-" + name + "-and-of-nobody-else");
    Client client = clients.open(name, url, new JsonObject().put("retries", -1).put("ackTimeout", 5_000).put("auth", auth));
    assertThat(client.connected()).isFalse();
    assertThat(client.ask("join", room().put("name", name)).getBoolean("ok")).isTrue();
    return client;
  }

  private static JsonObject room() {
    return new JsonObject().put("room", "tea");
  }

  private static JsonObject text(String text) {
    return room().put("text", text).put("cid", "cid-of-a-text-" + text.strip().hashCode() + "-" + System.nanoTime());
  }

  private static void say(Client client, String text) throws Exception {
    assertThat(client.ask("message", text(text)).getBoolean("ok")).isTrue();
  }

  private static List<String> history(Client client) throws Exception {
    JsonArray messages = client.ask("history", room().put("limit", 100)).getJsonArray("messages");
    return Arrays.stream(messages.stream().toArray()).map(message -> ((JsonObject) message).getString("text")).toList();
  }
}
