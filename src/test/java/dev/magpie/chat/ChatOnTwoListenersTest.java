package dev.magpie.chat;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each listener's chat is one of its own: its members hear its messages, and nobody is shown who does not. Two gateways serve both. */
class ChatOnTwoListenersTest {
  @TempDir Path data;
  private Vertx vertx;
  private int one;
  private int two;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    JsonArray listeners = new JsonArray();
    for (String name : List.of("one", "two"))
      listeners.add(new JsonObject().put("name", name).put("port", 0).put("applications", new JsonArray().add("chat")));
    JsonObject config = new JsonObject()
        .put("http", new JsonObject().put("listeners", listeners))
        .put("chat", new JsonObject().put("moderators", new JsonArray().add("a-secret-of-moderators")))
        .put("recovery", new JsonObject().put("namespaces", new JsonObject().put("/chat", "durable")))
        .put("data", new JsonObject().put("path", data.toString()))
        .put("shutdown", new JsonObject().put("drain_ms", 1000));
    List<GatewayVerticle> gateways = new CopyOnWriteArrayList<>();
    await(vertx.deployVerticle(() -> {
      GatewayVerticle gateway = new GatewayVerticle();
      gateways.add(gateway);
      return gateway;
    }, new DeploymentOptions().setInstances(2).setConfig(config)));
    one = URI.create(gateways.get(0).urls().get(0)).getPort();
    two = URI.create(gateways.get(0).urls().get(1)).getPort();
  }

  @AfterEach
  void end() throws Exception {
    await(vertx.close());
  }

  @Test
  void whoIsShownAsAMemberHearsWhatIsSaid() throws Exception {
    TestIo alice = member(one, "alice");
    TestIo stranger = member(two, "stranger");
    TestIo bob = visitor(one);
    assertThat(ask(bob, "join", "name", "bob").getJsonArray("members")).containsExactly("alice", "bob");
    ask(alice, "message", "text", "who hears this?");
    assertThat(next(bob, "message").getString("text")).isEqualTo("who hears this?");
    assertThat(ask(stranger, "history", "limit", 10).getJsonArray("messages")).isEmpty();
  }

  @Test
  void aNameOnOneListenerIsFreeOnTheOther() throws Exception {
    member(one, "alice");
    assertThat(ask(visitor(two), "join", "name", "alice").getJsonArray("members")).containsExactly("alice");
  }

  @Test
  void comingAndGoingIsToldOnItsOwnListenerOnly() throws Exception {
    TestIo alice = member(one, "alice");
    TestIo stranger = member(two, "stranger");
    Future<JsonArray> joined = stranger.next("joined");
    member(one, "bob");
    assertThat(next(alice, "joined").getString("name")).isEqualTo("bob");
    await(stranger.barrier());
    assertThat(joined.isComplete()).isFalse();
  }

  @Test
  void aModeratorSendsOutOfItsOwnListenersRoomOnly() throws Exception {
    TestIo alice = member(one, "alice");
    TestIo namesake = member(two, "alice");
    TestIo moderator = visitor(one);
    assertThat(ask(moderator, "kick", "name", "alice", "moderator", "a-secret-of-moderators").getBoolean("ok")).isTrue();
    assertThat(next(alice, "kicked").getString("name")).isEqualTo("alice");
    assertThat(ask(namesake, "message", "text", "still here").getBoolean("ok")).isTrue();
  }

  private TestIo visitor(int port) throws Exception {
    return await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace("/chat")));
  }

  private TestIo member(int port, String name) throws Exception {
    TestIo member = visitor(port);
    assertThat(ask(member, "join", "name", name).getBoolean("ok")).isTrue();
    return member;
  }

  private static JsonObject ask(TestIo client, String event, Object... fields) throws Exception {
    JsonObject request = new JsonObject().put("room", "tea");
    for (int i = 0; i < fields.length; i += 2) request.put((String) fields[i], fields[i + 1]);
    return await(client.emitWithAck(event, request)).getJsonObject(0);
  }

  private static JsonObject next(TestIo client, String event) throws Exception {
    return await(client.next(event)).getJsonObject(0);
  }
}
