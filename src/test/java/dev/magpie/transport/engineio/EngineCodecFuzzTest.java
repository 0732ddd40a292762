package dev.magpie.transport.engineio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Fuzz;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EngineCodecFuzzTest {
  private static final List<byte[]> CORPUS =
      Stream.of("4a\u001ebAQIDBA==\u001e2probe\u001e3", "5", "6\u001e1", "2:4€10:b4AQIDBA==", "1:6", "12:4套餐 😀 \\n\\u001e", "d=2%3A4a%5Cn", "0{\"sid\":\"x\"}", "4" + "x".repeat(300))
          .map(text -> text.getBytes(StandardCharsets.UTF_8))
          .toList();

  @Test
  void version4PayloadsAreReadOrRefused() {
    assertThat(new Fuzz(1, CORPUS).run(EngineException.class, bytes -> EngineCodec.decodePayload(text(bytes)))).isPositive();
  }

  @Test
  void version3PayloadsAreReadOrRefused() {
    assertThat(new Fuzz(2, CORPUS).run(EngineException.class, bytes -> {
      Buffer body = Buffer.buffer(bytes);
      RequestBody.decode(body, 3, bytes.length % 3 == 0, bytes.length % 3 == 1);
    })).isPositive();
  }

  @Test
  void binaryPayloadsAreReadOrRefused() {
    List<byte[]> binary = List.of(new byte[] {0, 4, -1, '4', (byte) 0xE2, (byte) 0x82, (byte) 0xAC, 1, 3, -1, 4, 9, 8}, new byte[] {1, 1, 0, -1, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    assertThat(new Fuzz(3, binary).run(EngineException.class, bytes -> EngineCodec.decodeBinaryPayload3(Buffer.buffer(bytes)))).isPositive();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
