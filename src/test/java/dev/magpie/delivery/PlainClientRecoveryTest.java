package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a plain client finds when it comes back by {@code resume}, frame by frame: two instances of one server, on the embedded store. */
class PlainClientRecoveryTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path folder;
  private static Vertx vertx;
  private static Lab one;
  private static Lab two;

  private final String room = "room " + NAMES.incrementAndGet();

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    one = await(new Lab(0, Lab.embedded(folder), io -> {}).deploy(vertx));
    two = await(new Lab(0, Lab.embedded(folder), io -> {}).deploy(vertx));
  }

  @AfterAll
  static void stop() throws Exception {
    await(vertx.close());
  }

  /** A connection, and what came over it. */
  private static final class Plain implements AutoCloseable {
    private final RawWebSocket socket;
    private final List<String> texts = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final JsonObject open;
    private String offset;
    private int acks;

    private Plain(Lab at, Object pid, Object offset) throws IOException {
      this.socket = RawWebSocket.connect(at.port(), "/ws?ns=/chat", "Sec-WebSocket-Protocol: magpie.v1");
      this.offset = offset instanceof String text ? text : null;
      socket.sendText(new JsonObject()
          .put("resume", pid == null ? new JsonObject() : new JsonObject().put("pid", pid).put("offset", offset)).encode());
      this.open = new JsonObject(socket.readFrame().text()).getJsonObject("open");
    }

    String pid() {
      return open.getString("pid");
    }

    private JsonObject read() throws IOException {
      JsonObject frame = new JsonObject(socket.readFrame().text());
      if (frame.containsKey("id")) offset = frame.getString("id");
      if (frame.containsKey("event")) events.add(frame.getString("event"));
      if ("message".equals(frame.getString("event"))) texts.add(frame.getJsonArray("args").getJsonObject(0).getString("text"));
      return frame;
    }

    JsonObject ask(String event, JsonObject body) throws IOException {
      int ack = ++acks;
      socket.sendText(new JsonObject().put("event", event).put("args", new JsonArray().add(body)).put("ack", ack).encode());
      JsonObject frame = read();
      while (!Integer.valueOf(ack).equals(frame.getInteger("ack"))) frame = read();
      return frame.getJsonArray("args").getJsonObject(0);
    }

    Plain hears(String text) throws IOException {
      while (!texts.contains(text)) read();
      return this;
    }

    Plain hearsOf(String event) throws IOException {
      while (!events.contains(event)) read();
      return this;
    }

    Plain comesBack(Lab at) throws IOException {
      return new Plain(at, pid(), offset);
    }

    Plain cut() throws IOException {
      socket.reset();
      return this;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Plain member() throws IOException {
    Plain client = new Plain(one, null, null);
    assertThat(client.ask("join", room()).getBoolean("ok")).isTrue();
    return client;
  }

  private JsonObject room() {
    return new JsonObject().put("room", room);
  }

  private JsonObject text(String text) {
    return room().put("text", text).put("cid", "cid-of-this-test-" + NAMES.incrementAndGet());
  }

  private void say(Plain client, String text) throws IOException {
    assertThat(client.ask("message", text(text)).getBoolean("ok")).isTrue();
  }

  @Test
  void resumesBeforeItHasHeardAnything() throws Exception {
    try (Plain bob = new Plain(one, null, null); Plain back = bob.cut().comesBack(two)) {
      assertThat(back.open).isEqualTo(bob.open);
    }
  }

  @Test
  void resumesTimeAndAgainOnEitherInstance() throws Exception {
    try (Plain alice = member(); Plain bob = member()) {
      Plain now = bob;
      for (int i = 0; i < 4; i++) {
        now.cut();
        say(alice, "missed " + i);
        now = now.comesBack(i % 2 == 0 ? two : one);
        assertThat(now.pid()).isEqualTo(bob.pid());
        say(alice, "live " + i);
        assertThat(now.hears("live " + i).texts).containsExactly("missed " + i, "live " + i);
      }
      now.close();
    }
  }

  @Test
  void takesItsPlaceFromAConnectionThatStillSeemsAlive() throws Exception {
    try (Plain alice = member(); Plain bob = member()) {
      say(alice, "one");
      bob.hears("one");
      try (Plain back = bob.comesBack(two)) {
        assertThat(back.pid()).isEqualTo(bob.pid());
        bob.socket.skipToClose();
        say(alice, "two");
        assertThat(back.hears("two").texts).containsExactly("two");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"pid\":{}}", "{\"pid\":\"of-nobody-at-all-0000000\"}", "{\"offset\":[]}", "{\"offset\":\"zzz\"}",
      "{\"offset\":{\"$gt\":\"\"}}", "{\"offset\":\"AAAAAAAA.1\"}"})
  void startsAnewAndIsToldSoForWhatIsNoSession(String wrong) throws Exception {
    try (Plain alice = member(); Plain bob = member()) {
      JsonObject resume = new JsonObject(wrong);
      bob.cut();
      say(alice, "missed");
      boolean right = resume.isEmpty();
      try (Plain back = new Plain(two, resume.getValue("pid", bob.pid()), resume.getValue("offset", bob.offset))) {
        assertThat(back.pid().equals(bob.pid())).isEqualTo(right);
        if (right) return;
        back.hearsOf("sys:sync");
        JsonObject joined = back.ask("join", room());
        JsonArray history = back.ask("history", room().put("before", joined.getLong("seq") + 1)).getJsonArray("messages");
        assertThat(history).hasSize(1);
        assertThat(back.texts).isEmpty();
      }
    }
  }

  @Test
  void getsTheFirstAnswerForWhatItSendsAgain() throws Exception {
    try (Plain alice = member(); Plain bob = member()) {
      JsonObject message = text("once");
      JsonObject first = bob.ask("message", message);
      try (Plain back = bob.cut().comesBack(two)) {
        assertThat(back.ask("message", message)).isEqualTo(first);
        say(back, "after");
        assertThat(alice.hears("after").texts).containsExactly("once", "after");
      }
    }
  }
}
