package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.IoOptions;
import dev.magpie.state.StateOptions;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class GatewayOptionsTest {

  private static IoOptions io(JsonObject settings) {
    return GatewayOptions.from(settings).io(GatewayOptions.Listener.DEFAULT);
  }

  @Test
  void theLimitsOfRoomStateAndItsStoreAreThoseOfTheSettings() {
    JsonObject state = new JsonObject().put("provider", "some.Store").put("max_keys", 1).put("max_value_bytes", 2)
        .put("max_room_bytes", 3).put("stream_idle_ms", 4).put("stream_keep_ms", 5);
    IoOptions options = io(new JsonObject().put("state", state));
    assertThat(options.state()).isEqualTo(new StateOptions(1, 2, 3, 4, 5));
    assertThat(options.stateProvider()).isEqualTo("some.Store");
  }

  @Test
  void withoutSettingsTheyAreTheDefaults() {
    assertThat(io(new JsonObject()).state()).isEqualTo(StateOptions.DEFAULT);
    assertThat(io(new JsonObject()).stateProvider()).isNull();
  }
}
