package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Response;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.Rule;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of Socket.IO 1.x and 2.x. */
class EngineIo3Test extends ConformanceTest {

  @Test
  @Rule({11, 60})
  void theHandshakeIsAPayloadWithALength() {
    Response handshake = client(CALM, 3).handshake();
    assertThat(handshake.body()).matches("\\d+:0\\{.*}");
    assertThat(new JsonObject(((String) handshake.packets().get(0)).substring(1)).fieldNames())
        .containsExactly("sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload");
  }

  @Test
  @Rule(60)
  void lengthsCountUtf16Units() {
    EnginePollingClient session = session(CALM, 3);
    assertThat(session.post("2:4€3:4😀5:4套餐ab").body()).isEqualTo("ok");
    assertThat(session.get().body()).isEqualTo("2:4€3:4😀5:4套餐ab");
  }

  @Test
  @Rule({17, 60})
  void binaryIsB4AndBase64ForThoseWhoAskForIt() {
    for (String b64 : new String[] {"1", "true"}) {
      EnginePollingClient session = client(CALM, 3).parameter("b64", b64);
      session.handshake();
      assertThat(session.post("10:b4AQIDBA==").body()).isEqualTo("ok");
      assertThat(session.get().body()).isEqualTo("10:b4AQIDBA==");
    }
  }

  @Test
  @Rule(60)
  void binaryIsAPayloadOfBytesForTheOthers() {
    EnginePollingClient session = session(CALM, 3);
    session.send("4text", Buffer.buffer(new byte[] {1, 2, 3, 4}));
    Response poll = session.get();
    assertThat(poll.header("Content-Type")).hasValue("application/octet-stream");
    assertThat(poll.bytes()).containsExactly(0, 5, 255, '4', 't', 'e', 'x', 't', 1, 5, 255, 4, 1, 2, 3, 4);
  }

  @Test
  @Rule({18, 60})
  void aBinaryBodyIsRead() {
    EnginePollingClient session = client(CALM, 3).parameter("b64", "1");
    session.handshake();
    Response post = session.post(new byte[] {0, 4, (byte) 255, '4', (byte) 0xE2, (byte) 0x82, (byte) 0xAC, 1, 3, (byte) 255, 4, 9, 8});
    assertThat(post.body()).isEqualTo("ok");
    assertThat(session.poll(2)).containsExactly("4€", Buffer.buffer(new byte[] {9, 8}));
  }

  @ParameterizedTest
  @ValueSource(strings = {"4a", "x:4a", "9:4a", "0:", "-1:4a", "2:4a3", "99999999999:4a", "2:7a"})
  @Rule({15, 60})
  void aPayloadThatIsNoneIs400AndEndsTheSession(String payload) {
    EnginePollingClient session = session(CALM, 3);
    assertThat(session.post(payload).status()).isEqualTo(400);
    assertThat(session.get().status()).isEqualTo(400);
  }

  @Test
  @Rule(53)
  void binaryFramesBeginWithA4BothWays() {
    try (EngineWebSocketClient client = webSocket(CALM, 3)) {
      client.expectOpen();
      client.send(Buffer.buffer(new byte[] {4, 1, 2, 3}));
      client.expect(Buffer.buffer(new byte[] {4, 1, 2, 3}));
    }
    try (EngineWebSocketClient client = webSocket(CALM, 4)) {
      client.expectOpen();
      client.send(Buffer.buffer(new byte[] {4, 1, 2, 3}));
      client.expect(Buffer.buffer(new byte[] {4, 1, 2, 3}));
    }
  }

  @Test
  @Rule({53, 60})
  void binaryIsB4AndBase64OnAWebSocketForThoseWhoAskForIt() {
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(server.port(), CALM + "/?EIO=3&transport=websocket&b64=1")) {
      client.expectOpen();
      client.send("b4AQIDBA==");
      client.expect("b4AQIDBA==");
      client.send("b3AQID");
      assertThat(client.expectClosed(1008).reason()).isEqualTo("binary packet that is not a message");
    }
  }

  @Test
  @Rule({38, 61})
  void theSocketsIdIsTheSessionsAndTheMainNamespaceIsJoinedUnasked() {
    EnginePollingClient session = client("/socket.io", 3);
    assertThat(session.handshake().packets()).hasSize(3).endsWith("40", "42[\"auth\",{}]");
    session.send("420[\"message\",1]");
    assertThat(session.poll(1)).containsExactly("42[\"message-back\",1]");
    session.send("40/custom?token=x");
    assertThat(session.poll(2)).containsExactly("40/custom,", "42/custom,[\"auth\",{\"token\":\"x\"}]");
    session.send("40/nope");
    // The type is named ERROR, its data a bare string.
    assertThat(session.poll(1)).containsExactly("44/nope,\"Invalid namespace\"");
  }

  private static String form(String payload) {
    return "d=" + URLEncoder.encode(payload.replace("\n", "\\n"), StandardCharsets.UTF_8);
  }

  @Test
  @Rule({18, 60})
  void jsonpAnswersAreCallsOfANumberedFunction() {
    Response handshake = request(JSONP, "GET", "EIO=3&transport=polling&j=7", null, Map.of());
    assertThat(handshake.header("Content-Type")).hasValue("text/javascript; charset=UTF-8");
    assertThat(handshake.header("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(handshake.body()).matches("(?s)___eio\\[7]\\(\"\\d+:0\\{.*\\);");
    String sid = handshake.body().replaceAll("(?s).*\\\\\"sid\\\\\":\\\\\"([^\\\\]+).*", "$1");
    String query = "EIO=3&transport=polling&j=0&sid=" + sid;

    String text = "4a\"b\\c\u2028\u2029</script>\n€";
    Response post = request(JSONP, "POST", query, form(text.length() + ":" + text).getBytes(),
        Map.of("Content-Type", "application/x-www-form-urlencoded"));
    assertThat(post.body()).isEqualTo("ok");
    String body = request(JSONP, "GET", query, null, Map.of()).body();
    assertThat(body).startsWith("___eio[0](\"").endsWith("\");").doesNotContain("\u2028").doesNotContain("\u2029");
    String payload = new JsonObject("{\"p\":" + body.substring("___eio[0](".length(), body.length() - 2) + "}").getString("p");
    assertThat(payload).isEqualTo(text.length() + ":" + text);
  }

  @Test
  @Rule(60)
  void aJsonpNumberIsDigitsOnly() {
    Response handshake = request(JSONP, "GET", "EIO=3&transport=polling&j=1%5D%3Balert(2)//", null, Map.of());
    assertThat(handshake.body()).startsWith("___eio[12](");
  }

  @Test
  @Rule(60)
  void jsonpIsRefusedWhereNoSettingTurnsItOn() {
    assertThat(get(CALM, "EIO=3&transport=polling&j=0").json().getInteger("code")).isEqualTo(3);
    assertThat(get(JSONP, "EIO=4&transport=polling&j=0").json().getInteger("code")).isEqualTo(3);
  }
}
