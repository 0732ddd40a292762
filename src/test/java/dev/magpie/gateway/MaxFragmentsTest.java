package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The setting {@code limits.max_fragments}, on both wires. */
@ExtendWith(VertxExtension.class)
class MaxFragmentsTest {

  @ParameterizedTest
  @ValueSource(strings = {"/ws?echo=true", "/socket.io/?EIO=4&transport=websocket"})
  void aMessageOfMoreFragmentsThanTheSettingIsClosedWith1009(String path, Vertx vertx) throws Exception {
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(new JsonObject()
        .put("http", new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", 0))))
        .put("limits", new JsonObject().put("max_fragments", 16))));
    vertx.deployVerticle(gateway).toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    String url = gateway.urls().get(0);
    try (RawWebSocket client = RawWebSocket.connect(Integer.parseInt(url.substring(url.lastIndexOf(':') + 1, url.length() - 1)), path)) {
      client.send(RawWebSocket.fragment(false, RawWebSocket.TEXT, new byte[0]));
      for (int i = 2; i <= 17; i++) client.send(RawWebSocket.fragment(false, RawWebSocket.CONTINUATION, new byte[0]));
      assertThat(client.skipToClose().closeReason()).isEqualTo("a message has more than 16 fragments");
    }
  }
}
