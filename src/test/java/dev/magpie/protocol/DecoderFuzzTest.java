package dev.magpie.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Fuzz;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DecoderFuzzTest {
  private static final List<byte[]> SOCKET_IO = bytes(
      "0{\"token\":\"x\"}", "0/admin?a=b&c=%20,", "1/custom,", "2[\"message\",1,\"2\",{\"a\":[null,true,1.5e3,\"\\u001e\"]}]", "2/custom,12[\"e\"]", "30[]", "3/n,456[{}]",
      "52-[\"e\",{\"_placeholder\":true,\"num\":0},{\"num\":1,\"_placeholder\":true}]", "61-/custom,7[{\"_placeholder\":true,\"num\":0}]", "4{\"message\":\"m\"}", "2[\"套餐\",\"😀\"]",
      "2[\"d\",[[[[[[[[[[[[]]]]]]]]]]]]]", "2[\"n\",123456789012345678901234567890,-0.0,1e308]");

  private static final List<byte[]> PLAIN = bytes(
      "hello", "ping", "[\"event\",1,{\"a\":[]}]", "{\"event\":\"e\",\"args\":[1],\"ack\":7}", "{\"ack\":7,\"args\":[{\"$binary\":\"AQID\"}]}", "{\"auth\":{\"token\":\"x\"}}",
      "{\"resume\":{\"pid\":\"p\",\"offset\":\"o\"}}", " \n[\"套餐\"]", "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]");

  private static List<byte[]> bytes(String... texts) {
    return Stream.of(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }

  @Test
  void version5PacketsAreReadOrRefused() {
    assertThat(new Fuzz(5, SOCKET_IO).run(ProtocolException.class, bytes -> read(SocketIoFormat.V5.newDecoder(DecoderLimits.DEFAULT), bytes))).isPositive();
  }

  @Test
  void version4PacketsAreReadOrRefused() {
    assertThat(new Fuzz(6, SOCKET_IO).run(ProtocolException.class, bytes -> read(SocketIoFormat.V4.newDecoder(DecoderLimits.DEFAULT), bytes))).isPositive();
  }

  @Test
  void anyPlainTextIsRead() {
    assertThat(new Fuzz(7, PLAIN).run(ProtocolException.class, bytes -> {
      for (PlainJsonFormat format : List.of(PlainJsonFormat.ARRAYS, PlainJsonFormat.MAGPIE_V1)) {
        assertThat(format.newDecoder(DecoderLimits.DEFAULT, "/").text(new String(bytes, StandardCharsets.UTF_8))).isPresent();
      }
    })).isPositive();
  }

  /** The packet, and attachments as long as it waits for some. */
  private static void read(PacketDecoder decoder, byte[] bytes) {
    decoder.text(new String(bytes, StandardCharsets.UTF_8));
    for (int attachment = 0; decoder.awaitingAttachments(); attachment++) {
      assertThat(attachment).isLessThan(DecoderLimits.DEFAULT.maxAttachments());
      decoder.binary(Buffer.buffer(bytes));
    }
  }
}
