package dev.magpie.chat;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.auth.Tokens;
import dev.magpie.bus.Emit;
import dev.magpie.core.IoOptions;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.log.Recovery;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chat's visitors as users: {@code guest:} and their public id, over reconnects, and beside users with tokens. */
class GuestsTest {
  private static final String TOKEN = "a-token-of-a-guest-that-is-long-enough";

  @TempDir Path data;
  private Vertx vertx;
  private int port;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    GatewayVerticle gateway = new GatewayVerticle();
    JsonObject listener = new JsonObject().put("port", 0).put("applications", new JsonArray().add("chat"));
    await(vertx.deployVerticle(gateway, new DeploymentOptions().setConfig(new JsonObject()
        .put("http", new JsonObject().put("listeners", new JsonArray().add(listener)))
        .put("recovery", new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory")))
        .put("auth", new JsonObject()
            .put("namespaces", new JsonObject().put("/chat", new JsonObject().put("require", false)))
            .put("jwt", new JsonObject().put("keys", new JsonArray()
                .add(new JsonObject().put("algorithm", "HS256").put("secret", Tokens.SECRET)))))
        .put("data", new JsonObject().put("path", data.toString())))));
    port = URI.create(gateway.urls().get(0)).getPort();
  }

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  /** A Socket.IO client of the chat. */
  private static final class Client implements AutoCloseable {
    final RawWebSocket socket;
    final String pid;

    Client(int port, JsonObject auth) throws IOException {
      socket = RawWebSocket.connect(port, "/socket.io/?EIO=4&transport=websocket");
      socket.readFrame();
      socket.sendText("40/chat," + auth.put("recovery", true));
      pid = new JsonObject(next("40/chat,")).getString("pid");
    }

    String next(String prefix) throws IOException {
      while (true) {
        String text = socket.readFrame().text();
        if (text.startsWith(prefix)) return text.substring(prefix.length());
      }
    }

    JsonObject join() throws IOException {
      socket.sendText("42/chat,1[\"join\",{\"room\":\"tea\",\"name\":\"ana\"}]");
      return new JsonArray(next("43/chat,1")).getJsonObject(0);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Client connect(JsonObject auth) throws IOException {
    return new Client(port, auth);
  }

  private static JsonObject auth(String token) {
    return new JsonObject().put("token", token);
  }

  /** Both are the user: what is sent to the user reaches them. */
  private void hears(String user, Client... clients) throws IOException {
    vertx.eventBus().publish("magpie.emit", Emit.toUser(user).in("/chat").event("told", user).toJson());
    for (Client client : clients) assertThat(client.next("42/chat,[\"told\"")).contains(user);
  }

  @Test
  void aVisitorIsTheUserOfItsPublicIdOnAllDevices() throws Exception {
    try (Client phone = connect(auth(TOKEN)); Client laptop = connect(auth(TOKEN))) {
      String author = phone.join().getString("author");
      hears("guest:" + author, phone, laptop);
    }
  }

  @Test
  void aVisitorThatGetsItsTokenIsTheUserOfThatToken() throws Exception {
    try (Client fresh = connect(new JsonObject())) {
      JsonObject joined = fresh.join();
      try (Client again = connect(auth(joined.getString("token")))) {
        hears("guest:" + joined.getString("author"), fresh, again);
      }
    }
  }

  @Test
  void aVisitorThatCameWithoutATokenRecoversItsSessionWithTheOneItGot() throws Exception {
    String pid;
    JsonObject joined;
    try (Client fresh = connect(new JsonObject())) {
      pid = fresh.pid;
      joined = fresh.join();
    }
    for (JsonObject auth : new JsonObject[] {auth(joined.getString("token")), new JsonObject()}) {
      try (Client back = connect(auth.put("pid", pid))) {
        assertThat(back.pid).isEqualTo(pid);
        assertThat(new JsonArray("[" + back.next("42/chat,[\"joined\",")).getJsonObject(0).getString("name")).isEqualTo("ana");
      }
    }
  }

  /** Stored by a version in which guests were no users. */
  @Test
  void aSessionThatWasStoredWithoutAUserIsRecovered() throws Exception {
    MountedIo before = MountedIo.start(vertx, new IoOptions(), io -> io.of("/chat").recoverable(Recovery.MEMORY).onConnection(socket -> {
      JsonObject noted = new JsonObject().put("uid", uid()).put("names", new JsonObject().put("tea", "ana"));
      socket.data().put("chat", noted);
      socket.join("tea").onSuccess(stored -> socket.emit("stored"));
    }));
    String pid;
    try (Client old = new Client(before.port, auth(TOKEN))) {
      old.next("42/chat,[\"stored\"");
      pid = old.pid;
    }
    until("it has left", () -> before.onLoop(() -> before.io.of("/chat").size() == 0));
    try (Client back = connect(auth(TOKEN).put("pid", pid))) {
      assertThat(back.pid).isEqualTo(pid);
    }
    try (Client fresh = connect(auth(TOKEN))) {
      hears("guest:" + fresh.join().getString("author"), fresh);
    }
  }

  /** Of the token of this test, as the chat makes it. */
  private static String uid() {
    return Visitor.uidOf(TOKEN);
  }

  @Test
  void aUserWithATokenOfTheSettingsIsThatUser() throws Exception {
    String token = Tokens.of("HS256", null, new JsonObject().put("iss", "https://id.example").put("sub", "ana")
        .put("exp", System.currentTimeMillis() / 1000 + 600), Tokens.secret());
    try (Client ana = connect(new JsonObject().put("jwt", token)); Client also = connect(auth(token))) {
      assertThat(ana.join().getBoolean("ok")).isTrue();
      hears("jwt:https://id.example#ana", ana, also);
    }
  }
}
