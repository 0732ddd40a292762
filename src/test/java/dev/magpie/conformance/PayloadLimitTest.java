package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.testing.Rule;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PayloadLimitTest extends ConformanceTest {
  private static final int LIMIT = 1_000_000;

  private static String message(int bytes) {
    return "4" + "x".repeat(bytes - 1);
  }

  private static byte[] head(EnginePollingClient session, String framing) {
    return RawWebSocket.ascii("POST " + CALM + "/?" + session.query(session.sid()) + " HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n");
  }

  @Test
  @Rule(19)
  void aBodyOfTheLimitIsTaken() {
    EnginePollingClient session = session(CALM);
    assertThat(session.post(message(LIMIT)).body()).isEqualTo("ok");
    assertThat(session.get().bytes()).hasSize(LIMIT);
  }

  @Test
  @Rule(19)
  void aLongerBodyIs413AndEndsTheSession() throws Exception {
    EnginePollingClient session = session(CALM);
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      client.send(head(session, "Content-Length: " + (LIMIT + 1)));
      assertThat(client.readAnswer().status()).isEqualTo(413);
    }
    assertThat(session.get().status()).isEqualTo(400);
  }

  @Test
  @Rule(19)
  void theAnswerIsReadableThoughTheWholeBodyWasSent() throws Exception {
    for (int i = 0; i < 5; i++) {
      EnginePollingClient session = session(CALM);
      try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
        client.send(RawWebSocket.concat(head(session, "Content-Length: " + (LIMIT + 1)),
            message(LIMIT + 1).getBytes(StandardCharsets.US_ASCII)));
        Thread.sleep(50);
        assertThat(client.readAnswer().status()).isEqualTo(413);
        assertThat(client.readEnd()).isTrue();
      }
    }
  }

  @Test
  @Rule(19)
  void aBodyOfUnknownLengthIsCountedWhileItComes() throws Exception {
    EnginePollingClient session = session(CALM);
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      client.send(head(session, "Transfer-Encoding: chunked"));
      byte[] chunk = RawWebSocket.ascii("186a0\r\n" + "4".repeat(100_000) + "\r\n");
      for (int i = 0; i < 11; i++) client.send(chunk);
      assertThat(client.readAnswer().status()).isEqualTo(413);
    }
    assertThat(session.get().status()).isEqualTo(400);
  }

  @Test
  @Rule(19)
  void theLimitCountsBytesNotCharacters() throws Exception {
    EnginePollingClient session = session(CALM);
    byte[] body = ("4" + "套".repeat(LIMIT / 3)).getBytes(StandardCharsets.UTF_8);
    assertThat(body.length).isGreaterThan(LIMIT - 3).isLessThanOrEqualTo(LIMIT);
    session.send("4" + "套".repeat(LIMIT / 3));
    assertThat(session.get().bytes()).isEqualTo(body);
    assertThat(session.post("4" + "套".repeat(LIMIT / 3 + 1)).status()).isEqualTo(413);
  }

  @Test
  @Rule({19, 62})
  void aFrameMayBeAsLargeAsTheLimit() {
    try (EngineWebSocketClient client = webSocket(CALM)) {
      client.expectOpen();
      for (int bytes : new int[] {65_535, 65_536, 65_537, 262_145, LIMIT}) {
        client.send(message(bytes));
        client.expect(message(bytes));
      }
      client.send(Buffer.buffer(new byte[LIMIT]));
      client.expect(Buffer.buffer(new byte[LIMIT]));
    }
  }

  @Test
  @Rule(19)
  void aLongerMessageCloses1009WholeOrInFragments() throws Exception {
    byte[] tooLong = message(LIMIT + 1).getBytes(StandardCharsets.US_ASCII);
    byte[] half = new byte[LIMIT / 2 + 1];
    byte[][] cases = {
      RawWebSocket.frame(RawWebSocket.TEXT, tooLong),
      RawWebSocket.concat(RawWebSocket.fragment(false, RawWebSocket.BINARY, half),
      RawWebSocket.fragment(true, RawWebSocket.CONTINUATION, half)),
      RawWebSocket.header(true, 0, RawWebSocket.TEXT, true, 1L << 40)
    };
    for (byte[] frames : cases) {
      try (RawWebSocket client = RawWebSocket.connect(server.port(), CALM + "/?EIO=4&transport=websocket")) {
        client.send(frames);
        assertThat(client.skipToClose().closeCode()).isEqualTo(1009);
      }
    }
  }

  @Test
  @Rule(62)
  void compressionIsNotAgreedOn() throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      client.send(RawWebSocket.upgradeRequest(CALM + "/?EIO=4&transport=websocket",
          "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"));
      assertThat(client.readAnswer().headers()).doesNotContainKey("sec-websocket-extensions");
    }
  }

  @Test
  @Rule(57)
  void aTextCutInsideACodePointIsPutTogetherBeforeItIsRead() throws Exception {
    byte[] text = "4套餐😀".getBytes(StandardCharsets.UTF_8);
    try (RawWebSocket client = RawWebSocket.connect(server.port(), CALM + "/?EIO=4&transport=websocket")) {
      assertThat(client.readFrame().text()).startsWith("0{");
      for (int cut = 1; cut < text.length; cut++) {
        byte[] first = java.util.Arrays.copyOf(text, cut);
        byte[] rest = java.util.Arrays.copyOfRange(text, cut, text.length);
        client.send(RawWebSocket.fragment(false, RawWebSocket.TEXT, first))
            .send(RawWebSocket.fragment(true, RawWebSocket.CONTINUATION, rest));
        Frame echo = client.readFrame();
        assertThat(echo.payload()).isEqualTo(text);
      }
    }
  }
}
