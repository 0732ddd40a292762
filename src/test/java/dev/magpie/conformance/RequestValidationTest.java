package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Response;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.testing.Rule;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestValidationTest extends ConformanceTest {
  private static final byte[] BODY = "4a".getBytes();

  private static void assertRefused(Response response, int status, int code, String message) {
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.header("Content-Type")).hasValue("application/json");
    // As text: the code is a number.
    assertThat(response.body()).isEqualTo("{\"code\":" + code + ",\"message\":\"" + message + "\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EIO=4", "EIO=4&transport=", "EIO=4&transport=abc", "EIO=4&transport=webtransport",
      "EIO=4&transport=polling&transport=websocket", "EIO=4&transport=__proto__", "EIO=4&transport=constructor",
      "EIO=4&transport=toString"})
  @Rule(1)
  void aTransportThatIsNoneIsCode0(String query) {
    assertRefused(get(CALM, query), 400, 0, "Transport unknown");
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "", "00000000-0000-0000-0000-00000000000g", "%00", "..%2f", "AAAAAAAAAAAAAAAAAAAA"})
  @Rule(2)
  void aSessionThatIsNoneIsCode1(String sid) {
    assertRefused(get(CALM, "EIO=4&transport=polling&sid=" + sid), 400, 1, "Session ID unknown");
    assertRefused(request(CALM, "POST", "EIO=4&transport=polling&sid=" + sid, BODY, Map.of()), 400, 1, "Session ID unknown");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "HEAD"})
  @Rule(3)
  void aHandshakeByAnotherMethodIsCode2(String method) {
    Response response = request(CALM, method, "EIO=4&transport=polling", null, Map.of());
    assertThat(response.status()).isEqualTo(400);
    if (!method.equals("HEAD")) assertRefused(response, 400, 2, "Bad handshake method");
  }

  @Test
  @Rule(4)
  void aWebSocketWithoutAnUpgradeIsCode3() {
    assertRefused(get(CALM, "EIO=4&transport=websocket"), 400, 3, "Bad request");
    EnginePollingClient session = session(CALM);
    assertRefused(get(CALM, "EIO=4&transport=websocket&sid=" + session.sid()), 400, 3, "Bad request");
    session.send("4still here");
    assertThat(session.poll()).containsExactly("4still here");
  }

  @Test
  @Rule(4)
  void aPollAfterTheUpgradeIsCode3AndDoesTheSessionNoHarm() {
    EnginePollingClient session = session(CALM);
    try (EngineWebSocketClient webSocket = probing(CALM, session)) {
      webSocket.send("2probe");
      webSocket.expect("3probe");
      webSocket.send("5");
      webSocket.expectNothingElseBeforeEcho();
      assertRefused(session.get(), 400, 3, "Bad request");
      assertRefused(session.post("4lost"), 400, 3, "Bad request");
      webSocket.expectNothingElseBeforeEcho();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://a\u007fb", "http://a\u0001b"})
  @Rule(4)
  void anOriginWithControlCharactersIsABadRequest(String origin) throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      client.send(RawWebSocket.ascii("GET " + CALM + "/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nOrigin: " + origin + "\r\n\r\n"));
      HttpAnswer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(400);
    }
  }

  @Test
  @Rule(4)
  void theSameSessionWithAnotherVersionIsCode3() {
    EnginePollingClient session = session(CALM);
    assertRefused(get(CALM, "EIO=3&transport=polling&sid=" + session.sid()), 400, 3, "Bad request");
  }

  @Test
  @Rule(5)
  void aRefusalOfAllowRequestIs403WithItsText() {
    assertRefused(get(TICKETS, "EIO=4&transport=polling&ticket=old"), 403, 4, "no such ticket: old");
    assertRefused(get(TICKETS, "EIO=4&transport=polling"), 403, 4, "Forbidden");
  }

  @Test
  @Rule(5)
  void aFaultInAllowRequestIs403AndTellsNothingOfTheInside() throws Exception {
    assertRefused(get(TICKETS, "EIO=4&transport=polling&ticket=fault"), 403, 4, "Forbidden");
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      client.send(RawWebSocket.upgradeRequest(TICKETS + "/?EIO=4&transport=websocket&ticket=fault"));
      assertThat(client.readAnswer().status()).isEqualTo(403);
      assertThat(client.readEnd()).isTrue();
    }
  }

  @Test
  @Rule(5)
  void allowRequestRunsForHandshakesOnly() {
    EnginePollingClient session = client(TICKETS).parameter("ticket", "yes");
    session.handshake();
    Response later = request(TICKETS, "POST", "EIO=4&transport=polling&sid=" + session.sid(), "4a".getBytes(), Map.of());
    assertThat(later.status()).isEqualTo(200);
    assertThat(get(TICKETS, "EIO=4&transport=polling&sid=" + session.sid()).packets()).containsExactly("4a");
  }

  @Test
  @Rule({5, 7})
  void allowRequestRefusesAWebSocketWith403AndEndsTheConnection() throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      client.send(RawWebSocket.upgradeRequest(TICKETS + "/?EIO=4&transport=websocket&ticket=old"));
      HttpAnswer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(403);
      assertThat(new JsonObject(answer.body())).isEqualTo(new JsonObject().put("code", 4).put("message", "no such ticket: old"));
      assertThat(client.readEnd()).isTrue();
    }
  }

  @Test
  @Rule(5)
  void anEngineMiddlewareRunsOnEveryRequest() {
    assertRefused(get(PASSES, "EIO=4&transport=polling"), 403, 4, "no pass");
    EnginePollingClient session = client(PASSES).parameter("pass", "yes");
    session.handshake();
    assertRefused(get(PASSES, "EIO=4&transport=polling&sid=" + session.sid()), 403, 4, "no pass");
    session.send("4through");
    assertThat(session.poll()).containsExactly("4through");
    assertThat(EngineWebSocketClient.refusal(server.port(), PASSES + "/?EIO=4&transport=websocket", Map.of())).isEqualTo(403);
    try (EngineWebSocketClient webSocket = EngineWebSocketClient.connect(server.port(), PASSES + "/?EIO=4&transport=websocket&pass=yes")) {
      webSocket.expectOpen();
      webSocket.expectNothingElseBeforeEcho();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&EIO=abc", "&EIO=5", "&EIO=04", "&EIO=4.0", "&EIO="})
  @Rule(6)
  void aVersionThatIsNeither3Nor4IsCode5(String eio) {
    assertRefused(get(CALM, "transport=polling" + eio), 400, 5, "Unsupported protocol version");
  }

  @Test
  @Rule(6)
  void version3IsCode5WhereItIsNotAllowed() {
    assertRefused(get(ONLY_4, "EIO=3&transport=polling"), 400, 5, "Unsupported protocol version");
    assertThat(get(ONLY_4, "EIO=4&transport=polling").status()).isEqualTo(200);
  }

  @Test
  @Rule({1, 2, 3, 6})
  void refusalsComeInTheOrderOfTheReference() {
    assertRefused(request(CALM, "POST", "EIO=9&sid=none", BODY, Map.of()), 400, 0, "Transport unknown");
    assertRefused(request(CALM, "POST", "EIO=9&transport=polling&sid=none", BODY, Map.of()), 400, 1, "Session ID unknown");
    assertRefused(request(CALM, "POST", "EIO=9&transport=polling", BODY, Map.of()), 400, 2, "Bad handshake method");
    assertRefused(get(CALM, "EIO=9&transport=websocket"), 400, 3, "Bad request");
    assertRefused(get(TICKETS, "EIO=9&transport=polling"), 400, 5, "Unsupported protocol version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EIO=4", "EIO=4&transport=abc", "EIO=4&transport=polling", "EIO=4&transport=websocket&sid=none",
      "EIO=9&transport=websocket"})
  @Rule(7)
  void aRefusedUpgradeIsAnAnswerAndTheEndOfTheConnection(String query) throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(server.port())) {
      client.send(RawWebSocket.upgradeRequest(CALM + "/?" + query));
      HttpAnswer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(new JsonObject(answer.body()).getValue("code")).isInstanceOf(Integer.class);
      assertThat(client.readEnd()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "PATCH"})
  @Rule(8)
  void anotherMethodOnASessionIs400AndDoesItNoHarm(String method) {
    EnginePollingClient session = session(CALM);
    assertRefused(request(CALM, method, session.query(session.sid()), BODY, Map.of()), 400, 3, "Bad request");
    session.send("4a");
    assertThat(session.poll()).containsExactly("4a");
  }

  @ParameterizedTest
  @ValueSource(strings = {CALM, PASSES, TICKETS})
  @Rule(8)
  void aPreflightIsAnsweredBeforeAnythingIsChecked(String path) {
    Map<String, String> asks = Map.of("Origin", ORIGIN, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers",
        "x-token");
    Response response = request(path, "OPTIONS", "EIO=4&transport=polling&sid=none", null, asks);
    assertThat(response.status()).isEqualTo(204);
    assertThat(response.header("Access-Control-Allow-Origin")).hasValue(path.equals(PASSES) ? ORIGIN : "*");
    assertThat(response.header("Access-Control-Allow-Methods")).hasValue("GET,POST");
    assertThat(response.header("Access-Control-Allow-Headers")).hasValue("x-token");
  }

  @ParameterizedTest
  @ValueSource(strings = {CALM, ONE_ORIGIN})
  @Rule(8)
  void aPageOfThePublicNetworkIsToldThatItMayReachAServerOfAPrivateOne(String path) {
    Map<String, String> asks = Map.of("Access-Control-Request-Method", "GET", "Access-Control-Request-Private-Network", "true");
    Response admitted = request(path, "OPTIONS", "EIO=4&transport=polling", null, with(asks, "Origin", ORIGIN));
    assertThat(admitted.header("Access-Control-Allow-Private-Network")).hasValue("true");
    Response stranger = request(ONE_ORIGIN, "OPTIONS", "EIO=4&transport=polling", null, with(asks, "Origin", "https://evil.example"));
    assertThat(stranger.header("Access-Control-Allow-Private-Network")).isEmpty();
  }

  private static Map<String, String> with(Map<String, String> headers, String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(name, value);
    return more;
  }

  @Test
  @Rule(9)
  void aListedOriginIsEchoedWithCredentialsOnAnswersAndOnErrors() {
    for (String query : new String[] {"EIO=4&transport=polling", "EIO=4&transport=polling&sid=none", "EIO=4"}) {
      Response response = request(ONE_ORIGIN, "GET", query, null, Map.of("Origin", ORIGIN));
      assertThat(response.header("Access-Control-Allow-Origin")).hasValue(ORIGIN);
      assertThat(response.header("Access-Control-Allow-Credentials")).hasValue("true");
      assertThat(response.header("Vary").orElse("")).contains("Origin");
    }
  }

  @Test
  @Rule(9)
  void anOriginThatIsNotListedGetsNoHeaderAndNoWebSocket() {
    Response response = request(ONE_ORIGIN, "GET", "EIO=4&transport=polling", null, Map.of("Origin", "https://evil.example"));
    assertThat(response.header("Access-Control-Allow-Origin")).isEmpty();
    assertThat(EngineWebSocketClient.refusal(server.port(), ONE_ORIGIN + "/?EIO=4&transport=websocket",
        Map.of("Origin", "https://evil.example"))).isEqualTo(403);
  }

  @Test
  @Rule(9)
  void anyOriginIsAnsweredWithAStarAndWithoutCredentials() {
    for (String query : new String[] {"EIO=4&transport=polling", "EIO=4&transport=polling&sid=none"}) {
      Response response = request(CALM, "GET", query, null, Map.of("Origin", ORIGIN));
      assertThat(response.header("Access-Control-Allow-Origin")).hasValue("*");
      assertThat(response.header("Access-Control-Allow-Credentials")).isEmpty();
    }
  }

  @Test
  @Rule(10)
  void thePathIsServedWithoutItsTrailingSlashToo() {
    EnginePollingClient session = new EnginePollingClient(server.port(), "/socket.io", 4);
    session.handshake();
    session.send("40");
    assertThat((String) session.poll().get(0)).startsWith("40{\"sid\":");
    try (EngineWebSocketClient webSocket = EngineWebSocketClient.connect(server.port(), "/socket.io?EIO=4&transport=websocket")) {
      webSocket.expectOpen();
    }
  }
}
