package dev.magpie.transport;

import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.frame;
import static dev.magpie.testing.RawWebSocket.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import org.junit.jupiter.api.Test;

class TakeOverTest {

  @Test
  void answersTheUpgradeWithTheKeysDigest() throws Exception {
    try (WebSocketHarness harness = WebSocketHarness.echo();
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      RawWebSocket.HttpAnswer answer = client.send(upgradeRequest("/")).readAnswer();
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.headers()).containsEntry("sec-websocket-accept", RawWebSocket.EXAMPLE_ACCEPT);
      assertThat(answer.headers()).containsOnlyKeys("upgrade", "connection", "sec-websocket-accept");
    }
  }

  @Test
  void losesNoFrameOfTheSegmentThatBroughtTheRequest() throws Exception {
    try (WebSocketHarness harness = WebSocketHarness.echo();
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      client.send(concat(upgradeRequest("/"), frame(TEXT, new byte[] {'a'}), frame(TEXT, new byte[] {'b'})));
      assertThat(client.readAnswer().status()).isEqualTo(101);
      assertThat(client.readFrame().text()).isEqualTo("a");
      assertThat(client.readFrame().text()).isEqualTo("b");
    }
  }
}
