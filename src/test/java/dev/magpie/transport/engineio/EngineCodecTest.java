package dev.magpie.transport.engineio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.Rule;
import dev.magpie.transport.Message;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineCodecTest {

  @Test
  @Rule(11)
  void theOpenPacketHasExactlyFiveKeys() {
    String open = EngineCodec.open("abc", true, EngineOptions.defaults());
    assertThat(open).startsWith("0");
    assertThat(new JsonObject(open.substring(1)).fieldNames())
        .containsExactlyInAnyOrder("sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload");
  }

  @Test
  @Rule(16)
  void separatesThePacketsOfAPayload() {
    StringBuilder payload = new StringBuilder();
    EngineCodec.append(payload, EnginePacket.message(Message.text("a")));
    EngineCodec.append(payload, EnginePacket.PING);
    assertThat(payload).hasToString("4a\u001e2");
  }

  @Test
  @Rule(17)
  void writesBinaryOfVersion4AsBase64WithoutAType() {
    StringBuilder payload = new StringBuilder();
    EngineCodec.append(payload, EnginePacket.message(Message.of("51-x", List.of(Buffer.buffer(new byte[] {1, 2, 3})))));
    assertThat(payload).hasToString("451-x\u001ebAQID");
  }

  @Test
  @Rule({16, 17})
  void readsAPayloadOfVersion4() {
    List<EnginePacket> packets = EngineCodec.decodePayload("4a\u001e3\u001ebAQID");
    assertThat(packets).extracting(EnginePacket::type)
        .containsExactly(EnginePacketType.MESSAGE, EnginePacketType.PONG, EnginePacketType.MESSAGE);
    assertThat(packets.get(2).binary()).isEqualTo(Buffer.buffer(new byte[] {1, 2, 3}));
  }

  @Test
  @Rule(17)
  void readsBase64ThatIsBrokenIntoLinesAsTheJavaClientDoes() {
    List<EnginePacket> packets = EngineCodec.decodePayload("bAQID\n");
    assertThat(packets.get(0).binary()).isEqualTo(Buffer.buffer(new byte[] {1, 2, 3}));
    assertThat(EngineCodec.decodePayload("bAQ\nID\n").get(0).binary()).isEqualTo(Buffer.buffer(new byte[] {1, 2, 3}));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "\u001e", "4a\u001e\u001e4b", "4a\u001e", "b!!!!", "7", "٣"})
  void refusesWhatIsNoPayloadOfVersion4(String payload) {
    assertThatThrownBy(() -> EngineCodec.decodePayload(payload)).isInstanceOf(EngineException.class);
  }

  @Test
  @Rule(60)
  void countsTheLengthsOfVersion3InUtf16Units() {
    String payload = EngineCodec.encodePayload3(List.of(EnginePacket.message(Message.text("€")), EnginePacket.message(Message.text("😀"))));
    assertThat(payload).isEqualTo("2:4€3:4😀");
    assertThat(EngineCodec.decodePayload3(payload)).extracting(EnginePacket::text).containsExactly("€", "😀");
  }

  @Test
  @Rule(60)
  void writesBinaryOfVersion3AsBase64BehindItsType() {
    assertThat(EngineCodec.encodePayload3(List.of(EnginePacket.message(Message.binary(Buffer.buffer(new byte[] {1, 2, 3, 4}))))))
        .isEqualTo("10:b4AQIDBA==");
  }

  @Test
  @Rule(60)
  void writesTheBinaryPayloadOfVersion3() {
    Buffer payload = EngineCodec.encodeBinaryPayload3(
        List.of(EnginePacket.message(Message.text("€")), EnginePacket.message(Message.binary(Buffer.buffer(new byte[] {1, 2, 3, 4})))));
    assertThat(payload.getBytes()).containsExactly(0, 4, 0xff, '4', 0xe2, 0x82, 0xac, 1, 5, 0xff, 4, 1, 2, 3, 4);
    List<EnginePacket> back = EngineCodec.decodeBinaryPayload3(payload);
    assertThat(back.get(0).text()).isEqualTo("€");
    assertThat(back.get(1).binary()).isEqualTo(Buffer.buffer(new byte[] {1, 2, 3, 4}));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4a", ":4a", "0:", "3:4a", "-1:4a", "x:4a", "99999999999:4a", "2:4a1"})
  void refusesWhatIsNoPayloadOfVersion3(String payload) {
    assertThatThrownBy(() -> EngineCodec.decodePayload3(payload)).isInstanceOf(EngineException.class);
  }

  @Test
  void refusesABinaryPayloadWhoseLengthRunsOverItsEnd() {
    assertThatThrownBy(() -> EngineCodec.decodeBinaryPayload3(Buffer.buffer(new byte[] {0, 9, (byte) 0xff, '4'})))
        .isInstanceOf(EngineException.class);
  }

  @Test
  @Rule(53)
  void binaryOfVersion3CarriesItsTypeAndThatOfVersion4DoesNot() {
    Buffer data = Buffer.buffer(new byte[] {4, 1, 2});
    assertThat(EngineCodec.decodeBinary(3, data).binary()).isEqualTo(Buffer.buffer(new byte[] {1, 2}));
    assertThat(EngineCodec.decodeBinary(4, data).binary()).isEqualTo(data);
  }
}
