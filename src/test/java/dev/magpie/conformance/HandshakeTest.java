package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Response;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.testing.Rule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HandshakeTest extends ConformanceTest {
  private static final String FIVE_KEYS = "[sid, upgrades, pingInterval, pingTimeout, maxPayload]";

  @Test
  void theFirstSubprotocolThatAClientOffersIsAnswered() throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      HttpAnswer answer = client.send(RawWebSocket.upgradeRequest(CALM + "/?EIO=4&transport=websocket",
          "Sec-WebSocket-Protocol: my-app, other")).readAnswer();
      assertThat(answer.headers()).containsEntry("sec-websocket-protocol", "my-app");
    }
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      HttpAnswer answer = client.send(RawWebSocket.upgradeRequest(CALM + "/?EIO=4&transport=websocket",
          "Sec-WebSocket-Protocol: a b\", ok")).readAnswer();
      assertThat(answer.headers()).as("what is no token is passed over").containsEntry("sec-websocket-protocol", "ok");
    }
  }

  @Test
  @Rule(11)
  void theOpenPacketOfPollingHasFiveKeysAndOffersTheUpgrade() {
    EnginePollingClient session = session(QUICK);
    JsonObject open = session.open();
    assertThat(open.fieldNames()).hasToString(FIVE_KEYS);
    assertThat(open.getJsonArray("upgrades")).isEqualTo(new JsonArray().add("websocket"));
    assertThat(open.getValue("pingInterval")).isEqualTo(300);
    assertThat(open.getValue("pingTimeout")).isEqualTo(200);
    assertThat(open.getValue("maxPayload")).isEqualTo(1_000_000);
  }

  @Test
  @Rule({11, 13})
  void theOpenPacketOfAWebSocketComesFirstAndOffersNoUpgrade() {
    try (EngineWebSocketClient webSocket = webSocket(CALM)) {
      JsonObject open = new JsonObject(webSocket.expectOpen().substring(1));
      assertThat(open.fieldNames()).hasToString(FIVE_KEYS);
      assertThat(open.getJsonArray("upgrades")).isEqualTo(new JsonArray());
      webSocket.expectNothingElseBeforeEcho();
    }
  }

  @Test
  @Rule(12)
  void theSessionsIdIsRandomAndNotTheSocketsId() {
    Set<String> sids = new HashSet<>();
    for (int i = 0; i < 20; i++) sids.add(session(CALM).sid());
    assertThat(sids).hasSize(20).allMatch(sid -> sid.matches("[A-Za-z0-9_-]{20}"));

    EnginePollingClient session = session("/socket.io");
    session.send("40");
    String connected = (String) session.poll(1).get(0);
    String sid = new JsonObject(connected.substring(2)).getString("sid");
    assertThat(sid).matches("~[A-Za-z0-9_-]{20}").isNotEqualTo(session.sid());
  }

  @Test
  @Rule(13)
  void theInitialPacketFollowsTheOpenPacket() {
    Response handshake = client(INITIAL_PACKET).handshake();
    assertThat(handshake.packets()).hasSize(2).last().isEqualTo("4welcome");
    try (EngineWebSocketClient webSocket = webSocket(INITIAL_PACKET)) {
      webSocket.expectOpen();
      webSocket.expect("4welcome");
      webSocket.expectNothingElseBeforeEcho();
    }
  }

  @Test
  @Rule(13)
  void nothingThatTheClientSendsEarlyOvertakesTheOpenPacket() throws Exception {
    byte[] request = RawWebSocket.upgradeRequest(CALM + "/?EIO=4&transport=websocket");
    byte[] early = RawWebSocket.frame(RawWebSocket.TEXT, "4early".getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 8; i++) {
      try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
        client.send(RawWebSocket.concat(request, early));
        assertThat(client.readAnswer().status()).isEqualTo(101);
        assertThat(client.readFrame().text()).startsWith("0{");
        assertThat(client.readFrame().text()).isEqualTo("4early");
      }
    }
  }

  @Test
  @Rule(13)
  void theOpenPacketIsNotReadTogetherWithTheAnswerToTheUpgrade() throws Exception {
    boolean apart = false;
    for (int i = 0; i < 50 && !apart; i++) {
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        client.getOutputStream().write(RawWebSocket.upgradeRequest(CALM + "/?EIO=4&transport=websocket"));
        byte[] read = new byte[4096];
        apart = new String(read, 0, client.getInputStream().read(read), StandardCharsets.US_ASCII).endsWith("\r\n\r\n");
      }
    }
    // A busy machine's client is late and finds both at once, though not every time.
    assertThat(apart).isTrue();
  }

  @Test
  @Rule(14)
  void pollsAreTextThatIsNotStoredWithItsLengthInBytes() {
    EnginePollingClient session = client(CALM);
    Response handshake = session.handshake();
    assertThat(handshake.header("Content-Type")).hasValue("text/plain; charset=UTF-8");
    assertThat(handshake.header("Cache-Control")).hasValue("no-store");
    session.send("4套餐 😀 €");
    Response poll = session.get();
    assertThat(poll.body()).isEqualTo("4套餐 😀 €");
    assertThat(poll.header("Content-Type")).hasValue("text/plain; charset=UTF-8");
    assertThat(poll.header("Cache-Control")).hasValue("no-store");
    assertThat(poll.header("Content-Length")).hasValue(Integer.toString("4套餐 😀 €".getBytes(StandardCharsets.UTF_8).length));
  }

  @Test
  @Rule(15)
  void aPostThatWasReadIsAnsweredWithOk() {
    EnginePollingClient session = session(CALM);
    Response post = session.post("4a");
    assertThat(post.status()).isEqualTo(200);
    assertThat(post.body()).isEqualTo("ok");
    assertThat(post.header("Content-Type")).hasValue("text/html");
  }

  @Test
  @Rule(15)
  void aPostThatCannotBeReadIs400AndEndsTheSession() {
    for (String body : new String[] {"abc", "", "\u001e", "4a\u001e\u001e4b", "4a\u001e", "7", "b!!!", "b=AAA"}) {
      EnginePollingClient session = session(CALM);
      assertThat(session.post(body).status()).as(body).isEqualTo(400);
      assertThat(session.get().status()).as(body).isEqualTo(400);
      assertThat(session.get().json().getInteger("code")).as(body).isEqualTo(1);
    }
  }
}
