package dev.magpie.transport.websocket;

import static dev.magpie.testing.RawWebSocket.CONTINUATION;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.fragment;
import static dev.magpie.testing.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455, section 8.1: what the Autobahn suite asks in its section 6, against a channel that echoes. */
class WebSocketTextTest {
  private static WebSocketHarness harness;

  @BeforeAll
  static void start() {
    harness = WebSocketHarness.echo();
  }

  @AfterAll
  static void stop() {
    harness.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121", // Hello-µ@ßöäüàá-UTF-8!!
        "cebae1bdb9cf83cebcceb5", // κόσμε
        "00", "7f", "c280", "dfbf", "e0a080", "efbfbf", "f0908080", "f48fbfbf", // first and last of each length
        "ed9fbf", "ee8080", "efbfbd", // around the surrogates, and the replacement character
        "efbfbe", "f09fbfbe", "f48fbfbe", // non-characters are valid
        "e5a597e9a490", // 套餐
        "f09f98800d0af09f988061" // emoji
      })
  void echoesValidTextHoweverItIsCut(String hex) throws Exception {
    byte[] text = bytes(hex);
    try (RawWebSocket client = harness.connect()) {
      client.send(frame(TEXT, text));
      assertThat(client.readFrame().payload()).isEqualTo(text);
      for (int cut = 0; cut <= text.length; cut++) {
        client.send(fragment(false, TEXT, Arrays.copyOf(text, cut)));
        client.send(fragment(true, CONTINUATION, Arrays.copyOfRange(text, cut, text.length)));
        assertThat(client.readFrame().payload()).isEqualTo(text);
      }
      client.send(fragment(false, TEXT, new byte[0]));
      for (byte b : text) client.send(fragment(false, CONTINUATION, new byte[] {b}));
      client.send(fragment(true, CONTINUATION, new byte[0]));
      assertThat(client.readFrame().payload()).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", "bf", "8080", "80bf80bf80bf", // continuation bytes alone
        "c0", "c3", "e0", "e0a0", "f0", "f09080", "fc", "fe", "ff", // cut at the end, or never valid
        "c020", "e02020", "f0202020", "c3c3", // no continuation byte
        "c080", "c1bf", "e09fbf", "e08080", "f0808080", "f08fbfbf", "f8808080af", "fc80808080af", // overlong
        "eda080", "edafbf", "edb080", "edbfbf", "eda080edb080", // surrogates
        "f4908080", "f5808080", "f888808080", "fc8480808080", // beyond U+10FFFF
        "cebae1bdb9cf83cebcceb5eda080656469746564", // valid, a surrogate, valid
        "6162636465666768c328", // behind eight bytes of ASCII
      })
  void closesWith1007WhenATextIsNotUtf8(String hex) throws Exception {
    byte[] text = bytes(hex);
    assertInvalid(frame(TEXT, text));
    for (int cut = 0; cut <= text.length; cut++) {
      assertInvalid(
          concat(fragment(false, TEXT, Arrays.copyOf(text, cut)),
          fragment(true, CONTINUATION, Arrays.copyOfRange(text, cut, text.length))));
    }
  }

  @Test
  void closesWith1007BeforeTheMessageIsWhole() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      client.send(concat(fragment(false, TEXT, ascii("fine so far")), fragment(false, CONTINUATION, bytes("f4908080"))));
      assertThat(client.readClose().closeCode()).isEqualTo(1007);
    }
  }

  @Test
  void closesWith1007BeforeTheFrameIsWhole() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      byte[] start = frame(TEXT, concat(bytes("c080"), new byte[9_998]));
      client.send(Arrays.copyOf(start, 50));
      assertThat(client.readClose().closeCode()).isEqualTo(1007);
    }
  }

  @Test
  void checksTextThatIsLongerThanItsScratchArray() throws Exception {
    String text = "鹊桥相会".repeat(20_000);
    try (RawWebSocket client = harness.connect()) {
      client.sendText(text);
      assertThat(client.readFrame().text()).isEqualTo(text);
      client.sendChopped(frame(TEXT, text.getBytes(StandardCharsets.UTF_8)), 1_001);
      assertThat(client.readFrame().text()).isEqualTo(text);
      client.send(frame(TEXT, concat(text.getBytes(StandardCharsets.UTF_8), bytes("e9a4"))));
      assertThat(client.readClose().closeCode()).isEqualTo(1007);
    }
  }

  @Test
  void leavesBinaryAlone() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      client.sendBinary(bytes("c080eda080ff"));
      assertThat(client.readFrame().payload()).isEqualTo(bytes("c080eda080ff"));
    }
  }

  private static void assertInvalid(byte[] frames) throws Exception {
    try (RawWebSocket client = harness.connect()) {
      client.send(frames);
      assertThat(client.readClose().closeCode()).isEqualTo(1007);
      assertThat(client.readEnd()).isTrue();
    }
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
