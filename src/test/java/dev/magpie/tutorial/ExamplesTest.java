package dev.magpie.tutorial;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The score board and the live map, on four gateways. */
class ExamplesTest {
  private Vertx vertx;
  private int port;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    JsonArray applications = new JsonArray().add("example-scores").add("example-map");
    JsonArray listeners = new JsonArray().add(new JsonObject().put("port", 0).put("applications", applications));
    JsonObject config = new JsonObject().put("http", new JsonObject().put("listeners", listeners))
        .put("shutdown", new JsonObject().put("drain_ms", 1000));
    List<GatewayVerticle> gateways = new CopyOnWriteArrayList<>();
    await(vertx.deployVerticle(() -> {
      GatewayVerticle gateway = new GatewayVerticle();
      gateways.add(gateway);
      return gateway;
    }, new DeploymentOptions().setInstances(4).setConfig(config)));
    port = URI.create(gateways.get(0).urls().get(0)).getPort();
  }

  @AfterEach
  void end() throws Exception {
    await(vertx.close());
  }

  @Test
  void goalsAtTheSameMomentAllCountAndWhoComesLateHasTheScore() throws Exception {
    List<TestIo> players = List.of(client("/scores"), client("/scores"), client("/scores"));
    List<Future<JsonArray>> goals = new ArrayList<>();
    for (int i = 0; i < 4; i++) for (TestIo player : players) goals.add(player.emitWithAck("goal", goal("1", "home")));
    for (Future<JsonArray> goal : goals) assertThat(await(goal).getJsonObject(0).getBoolean("ok")).isTrue();
    TestIo late = client("/scores");
    assertThat(await(late.next("score")).getJsonObject(0).encode()).isEqualTo("{\"match\":\"1\",\"home\":12,\"away\":0}");
  }

  @Test
  void aMatchIsForgotten() throws Exception {
    TestIo player = client("/scores");
    await(player.emitWithAck("goal", goal("2", "away")));
    Future<JsonArray> removed = player.next("state:removed");
    await(player.emitWithAck("reset", new JsonObject().put("match", "2")));
    assertThat(await(removed).getJsonObject(0).encode()).isEqualTo("{\"room\":\"scores\",\"key\":\"2\"}");
  }

  @Test
  void anUnknownMatchOrSideIsRefused() throws Exception {
    TestIo player = client("/scores");
    assertThat(refusal(player, "goal", goal("7", "home"))).isEqualTo("match: one of 1, 2, 3");
    assertThat(refusal(player, "goal", goal("1", "left"))).isEqualTo("side: one of home, away");
    assertThat(refusal(player, "goal", goal("1", null))).isEqualTo("side: one of home, away");
    assertThat(refusal(player, "reset", new JsonObject())).isEqualTo("match: one of 1, 2, 3");
  }

  @Test
  void birdsAreSeenByWhoComesLateAndGoWithTheirConnection() throws Exception {
    TestIo first = client("/map");
    Future<JsonArray> placed = first.next("position");
    first.emit("move", new JsonObject().put("x", 40).put("y", 9_999));
    JsonObject position = await(placed).getJsonObject(0);
    assertThat(position.getInteger("x")).isEqualTo(40);
    assertThat(position.getInteger("y")).isEqualTo(600);
    try (RawWebSocket late = RawWebSocket.connect(port, "/ws?ns=/map")) {
      assertThat(late.readFrame().text()).startsWith("[\"you\",");
      assertThat(new JsonArray(late.readFrame().text()).getJsonObject(1)).isEqualTo(position);
      await(first.close());
      JsonObject place = new JsonObject().put("room", "map").put("key", position.getString("bird"));
      assertThat(late.readFrame().text()).isEqualTo("[\"state:removed\"," + place.encode() + "]");
    }
  }

  private static String refusal(TestIo client, String event, JsonObject request) throws Exception {
    return await(client.emitWithAck(event, request)).getJsonObject(0).getString("expected");
  }

  private TestIo client(String namespace) throws Exception {
    return await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace(namespace)));
  }

  private static JsonObject goal(String match, String side) {
    return new JsonObject().put("match", match).put("side", side);
  }
}
