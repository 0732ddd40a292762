package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ServedApplicationsTest {

  @Test
  void aListenerTellsWhatItServesAndWhereTheRestIs() throws IOException {
    GatewayOptions tutorial = GatewayOptions.from(new JsonObject(Files.readString(Path.of("conf/tutorial.json"))));
    JsonObject told = new ServedApplications(tutorial).describe(tutorial.http().listeners().get(0));
    assertThat(told.getInteger("port")).isEqualTo(8000);
    assertThat(told.getJsonArray("applications"))
        .containsExactly("tutorial-express", "tutorial-bot", "tutorial-rooms", "tutorial-mongo-bot");
    assertThat(told.getJsonObject("elsewhere").getMap()).containsOnlyKeys("tutorial-node", "tutorial-koa").containsValue(3000);
  }

  @Test
  void nothingIsToldOfAListenerOnAnotherAddress() {
    JsonArray listeners = new JsonArray()
        .add(new JsonObject().put("host", "0.0.0.0").put("port", 8000).put("applications", new JsonArray().add("chat")))
        .add(new JsonObject().put("host", "127.0.0.1").put("port", 9000).put("applications", new JsonArray().add("bot")));
    GatewayOptions options = GatewayOptions.from(new JsonObject().put("http", new JsonObject().put("listeners", listeners)));
    assertThat(new ServedApplications(options).describe(options.http().listeners().get(0)).getJsonObject("elsewhere")).isEmpty();
  }
}
