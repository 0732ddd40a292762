package dev.magpie.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.transport.Message;
import dev.magpie.transport.plain.PlainWebSocket;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebSocketFramesTest {

  @Test
  void frameATextInItsShortestForm() {
    assertThat(hex(WebSocketFrames.text("Hello"))).isEqualTo("810548656c6c6f"); // RFC 6455, section 5.7
    assertThat(hex(WebSocketFrames.text(""))).isEqualTo("8100");
  }

  @ParameterizedTest
  @CsvSource({"125,827d", "126,827e007e", "65535,827effff", "65536,827f0000000000010000"})
  void haveALengthOfThreeForms(int length, String header) {
    SharedFrame frame = WebSocketFrames.binary(Buffer.buffer(new byte[length]));
    assertThat(hex(frame)).startsWith(header).hasSize(header.length() + 2 * length);
    assertThat(frame.length()).isEqualTo(header.length() / 2 + length);
  }

  @Test
  void putAttachmentsDirectlyBehindTheText() {
    List<Buffer> attachments = List.of(Buffer.buffer(new byte[] {1}), Buffer.buffer(new byte[] {2, 3}));
    assertThat(hex(WebSocketFrames.encode("4", "51-", null, attachments))).isEqualTo("810434" + "35312d" + "820101" + "82020203");
    assertThat(hex(WebSocketFrames.encode("4", "51-", new byte[] {4}, attachments)))
        .isEqualTo("810434" + "35312d" + "82020401" + "8203040203");
    assertThat(hex(WebSocketFrames.encode("4", null, null, attachments))).isEqualTo("820101" + "82020203");
  }

  @Test
  void encodeUtf8() {
    assertThat(hex(WebSocketFrames.encode("4", "鹊桥😀é", null, List.of()))).isEqualTo("810d34" + "e9b98ae6a1a5f09f9880c3a9");
  }

  @Test
  void writeAnUnpairedSurrogateAsAQuestionMark() {
    assertThat(hex(WebSocketFrames.text("\uD83D!"))).isEqualTo("81023f21");
  }

  @Test
  void closeWithCodeAndReason() {
    assertThat(hex(WebSocketFrames.close(1001, null))).isEqualTo("880203e9");
    assertThat(hex(WebSocketFrames.close(4008, "slow"))).isEqualTo("88060fa8" + "736c6f77");
    assertThat(hex(WebSocketFrames.close(1005, "never on the wire"))).isEqualTo("8800");
  }

  @Test
  void cutACloseReasonTo123Bytes() {
    assertThat(WebSocketFrames.close(1000, "x".repeat(200)).length()).isEqualTo(2 + 125);
    assertThat(WebSocketFrames.close(1000, "x" + "é".repeat(100)).length()).isEqualTo(2 + 2 + 123);
    assertThat(WebSocketFrames.close(1000, "é".repeat(100)).length()).isEqualTo(2 + 2 + 122);
  }

  @Test
  void refuseAPingOf126Bytes() {
    assertThat(hex(WebSocketFrames.ping("hi".getBytes(StandardCharsets.US_ASCII)))).isEqualTo("89026869");
    assertThatThrownBy(() -> WebSocketFrames.ping(new byte[126])).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void areEncodedOnceForAMessage() {
    Message message = Message.of("[\"news\"]", List.of(Buffer.buffer("x")));
    assertThat(message.form(PlainWebSocket.FRAMING)).isSameAs(message.form(PlainWebSocket.FRAMING));
    assertThat(hex(message.form(PlainWebSocket.FRAMING))).isEqualTo("8108" + "5b226e657773225d" + "820178");
    assertThat(hex(Message.binary(Buffer.buffer("x")).form(PlainWebSocket.FRAMING))).isEqualTo("820178");
  }

  @Test
  void surviveTheirReceivers() {
    SharedFrame frame = WebSocketFrames.text("shared");
    for (int i = 0; i < 3; i++) {
      var view = frame.view();
      view.skipBytes(view.readableBytes());
      view.release();
    }
    assertThat(hex(frame)).isEqualTo("8106" + "736861726564");
  }

  private static String hex(SharedFrame frame) {
    return HexFormat.of().formatHex(ByteBufUtil.getBytes(frame.view()));
  }
}
