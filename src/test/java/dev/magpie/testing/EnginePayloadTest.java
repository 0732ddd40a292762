package dev.magpie.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

/** What the tests' own client holds the server to. */
class EnginePayloadTest {
  private static final Buffer DATA = Buffer.buffer(new byte[] {1, 2, 3});

  @Test
  void separatesPacketsOfVersion4() {
    assertThat(EnginePayload.encode4("4a", DATA, "2")).isEqualTo("4a\u001ebAQID\u001e2");
    assertThat(EnginePayload.decode4("4a\u001ebAQID\u001e2")).containsExactly("4a", DATA, "2");
  }

  @Test
  void countsPacketsOfVersion3InUtf16Units() {
    assertThat(EnginePayload.encode3("4€", "4😀", DATA)).isEqualTo("2:4€3:4😀6:b4AQID");
    assertThat(EnginePayload.decode3("2:4€3:4😀6:b4AQID")).containsExactly("4€", "4😀", DATA);
  }

  @Test
  void readsBinaryPayloadsOfVersion3() {
    byte[] payload = {0, 4, (byte) 255, '4', (byte) 0xe2, (byte) 0x82, (byte) 0xac, 1, 4, (byte) 255, 4, 1, 2, 3};
    assertThat(EnginePayload.encode3Binary("4€", DATA)).isEqualTo(payload);
    assertThat(EnginePayload.decode3(payload)).containsExactly("4€", DATA);
  }
}
