package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Pending;
import dev.magpie.testing.EnginePollingClient.Response;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.engineio.EngineOptions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cases of the three official protocol suites (Engine.IO 3 and 4, Socket.IO 5): once in a build, 20 times in the profile {@code
 * conformance}. What they leave open is in the other tests of this package.
 */
@ParameterizedClass(name = "gateway instances: {0}")
@MethodSource("instances")
class ProtocolSuiteTest {
  private static final int PING_INTERVAL = 300;
  private static final int PING_TIMEOUT = 200;

  /** With the suites' heartbeat. */
  private static ConformanceSetUp official;
  /** As quick, but a client on a busy machine has three seconds to answer. */
  private static ConformanceSetUp patient;
  /** With a heartbeat that comes into no case's way. */
  private static ConformanceSetUp calm;
  /** That of the case. */
  private static ConformanceSetUp server;

  @Parameter
  int instances;

  /** What a suite talks to. */
  enum Suite {
    ENGINE_3("/engine.io", 3),
    ENGINE_4("/engine.io", 4),
    SOCKET_5("/socket.io", 4);

    final String path;
    final int version;

    Suite(String path, int version) {
      this.path = path;
      this.version = version;
    }

    EnginePollingClient client() {
      return new EnginePollingClient(server.port(), path + "/", version);
    }

    EnginePollingClient session() {
      EnginePollingClient session = client();
      session.handshake();
      return session;
    }

    Response request(String method, String query) {
      return client().request(method, query, null, Map.of());
    }

    EngineWebSocketClient webSocket(String more) {
      return EngineWebSocketClient.connect(server.port(), path + "/?EIO=" + version + "&transport=websocket" + more);
    }

    int refusal(String query) {
      return EngineWebSocketClient.refusal(server.port(), path + "/?" + query, Map.of());
    }
  }

  static Stream<Integer> instances() {
    return IntStream.range(0, Integer.getInteger("conformance.times", 1)).boxed().flatMap(time -> Stream.of(1, 4));
  }

  @BeforeParameterizedClassInvocation
  static void start(int instances) throws Exception {
    official = ConformanceTest.done(ConformanceSetUp.start(0, instances));
    patient = ConformanceTest.done(start(instances, PING_INTERVAL, ConformanceTest.PATIENT_TIMEOUT));
    calm = ConformanceTest.done(start(instances, 25_000, 20_000));
  }

  private static Future<ConformanceSetUp> start(int instances, long interval, long timeout) {
    EngineOptions options =
        new EngineOptions(interval, timeout, 1_000_000, 10_000, true, false, false, 1 << 20, null, Origins.any(), null, List.of(),
        AdmissionLimits.NONE);
    return ConformanceSetUp.start(0, instances, options, Map.of("/engine.io", options));
  }

  @AfterParameterizedClassInvocation
  static void stop() throws Exception {
    for (ConformanceSetUp each : List.of(official, patient, calm)) ConformanceTest.done(each.stop());
  }

  @BeforeEach
  void calmly() {
    server = calm;
  }

  // Handshake

  @ParameterizedTest
  @EnumSource
  void opensASessionByPolling(Suite suite) {
    server = official;
    EnginePollingClient client = suite.client();
    assertThat(client.handshake().status()).isEqualTo(200);
    assertOpen(client.open(), List.of("websocket"));
  }

  @ParameterizedTest
  @EnumSource
  void opensASessionByWebSocket(Suite suite) {
    server = official;
    try (EngineWebSocketClient client = suite.webSocket("")) {
      assertOpen(new JsonObject(client.expectOpen().substring(1)), List.of());
    }
  }

  private static void assertOpen(JsonObject open, List<String> upgrades) {
    assertThat(open.fieldNames()).containsExactlyInAnyOrder("sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload");
    assertThat(open.getString("sid")).isNotEmpty();
    assertThat(open.getJsonArray("upgrades").stream().toList()).isEqualTo(upgrades);
    assertThat(open.getInteger("pingInterval")).isEqualTo(PING_INTERVAL);
    assertThat(open.getInteger("pingTimeout")).isEqualTo(PING_TIMEOUT);
    assertThat(open.getInteger("maxPayload")).isEqualTo(1_000_000);
  }

  @ParameterizedTest
  @EnumSource
  void refusesAPollWithoutAVersionATransportOrAGet(Suite suite) {
    assertThat(suite.request("GET", "transport=polling").status()).isEqualTo(400);
    assertThat(suite.request("GET", "EIO=abc&transport=polling").status()).isEqualTo(400);
    assertThat(suite.request("GET", "EIO=" + suite.version).status()).isEqualTo(400);
    assertThat(suite.request("GET", "EIO=" + suite.version + "&transport=abc").status()).isEqualTo(400);
    assertThat(suite.request("POST", "EIO=" + suite.version + "&transport=polling").status()).isEqualTo(400);
    assertThat(suite.request("PUT", "EIO=" + suite.version + "&transport=polling").status()).isEqualTo(400);
  }

  @ParameterizedTest
  @EnumSource
  void refusesAWebSocketWithoutAVersionOrATransport(Suite suite) {
    for (String query : List.of("transport=websocket", "EIO=abc&transport=websocket", "EIO=" + suite.version,
        "EIO=" + suite.version + "&transport=abc")) {
      assertThat(suite.refusal(query)).as(query).isEqualTo(400);
    }
  }

  // Messages

  @ParameterizedTest
  @EnumSource(names = "SOCKET_5", mode = EnumSource.Mode.EXCLUDE)
  void echoesOneTextAndSeveral(Suite suite) {
    EnginePollingClient session = suite.session();
    session.send("4hello");
    assertThat(session.poll(1)).containsExactly("4hello");
    session.send("4test1", "4test2", "4test3");
    assertThat(session.poll(3)).containsExactly("4test1", "4test2", "4test3");
  }

  @ParameterizedTest
  @EnumSource(names = "SOCKET_5", mode = EnumSource.Mode.EXCLUDE)
  void echoesBinaryBesideText(Suite suite) {
    for (boolean base64 : new boolean[] {true, false}) {
      EnginePollingClient session = base64 ? suite.client().parameter("b64", "1") : suite.client();
      session.handshake();
      session.send("4hello", Buffer.buffer(new byte[] {1, 2, 3, 4}));
      assertThat(session.poll(2)).containsExactly("4hello", Buffer.buffer(new byte[] {1, 2, 3, 4}));
    }
  }

  @ParameterizedTest
  @EnumSource(names = "SOCKET_5", mode = EnumSource.Mode.EXCLUDE)
  void endsASessionWhosePayloadIsNone(Suite suite) {
    EnginePollingClient session = suite.session();
    assertThat(session.post("abc").status()).isEqualTo(400);
    assertThat(session.get().status()).isEqualTo(400);
  }

  @Test
  void endsASessionWithTwoPollsAtOnce() {
    EnginePollingClient session = Suite.ENGINE_4.session();
    List<Pending> polls = List.of(session.startGet(), session.startGet());
    assertThat(polls).extracting(poll -> poll.await().status()).containsExactlyInAnyOrder(200, 400);
    assertThat(session.get().status()).isEqualTo(400);
  }

  @Test
  void endsASessionWhosePollIsCancelled() throws Exception {
    EnginePollingClient session = Suite.ENGINE_4.session();
    try (RawWebSocket poll = RawWebSocket.tcp(server.port())) {
      long before = server.requests();
      poll.send(RawWebSocket.ascii("GET /engine.io/?" + session.query(session.sid()) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
      ConformanceTest.awaitRequests(server, before + 1);
    }
    ConformanceTest.awaitEnd(session, 4);
    assertThat(session.get().status()).isEqualTo(400);
  }

  @ParameterizedTest
  @EnumSource(names = "SOCKET_5", mode = EnumSource.Mode.EXCLUDE)
  void echoesOnAWebSocket(Suite suite) {
    byte type = 4;
    Buffer binary = Buffer.buffer(suite.version == 3 ? new byte[] {type, 1, 2, 3, 4} : new byte[] {1, 2, 3, 4});
    try (EngineWebSocketClient client = suite.webSocket("")) {
      client.expectOpen();
      client.send("4hello");
      client.expect("4hello");
      client.send(binary);
      client.expect(binary);
    }
  }

  @ParameterizedTest
  @EnumSource(names = "SOCKET_5", mode = EnumSource.Mode.EXCLUDE)
  void closesAWebSocketThatSendsNoPacket(Suite suite) {
    try (EngineWebSocketClient client = suite.webSocket("")) {
      client.expectOpen();
      client.send("abc");
      client.expectClosed();
    }
  }

  // Heartbeat

  @ParameterizedTest
  @EnumSource
  void exchangesHeartbeatsByPolling(Suite suite) {
    server = patient;
    EnginePollingClient session = suite.session();
    if (suite == Suite.SOCKET_5) join(session);
    for (int i = 0; i < 3; i++) {
      if (suite.version == 3) {
        session.send("2");
        assertThat(session.poll(1)).containsExactly("3");
      } else {
        assertThat(session.get().body()).isEqualTo("2");
        assertThat(session.post("3").status()).isEqualTo(200);
      }
    }
  }

  /** Joins the main namespace; a ping that comes meanwhile, on a slow machine, is answered. */
  private static void join(EnginePollingClient session) {
    session.send("40");
    for (int missing = 2; missing > 0; ) {
      for (Object packet : session.poll()) {
        if (packet.equals("2")) session.send("3");
        else missing--;
      }
    }
  }

  private static void join(EngineWebSocketClient client) {
    client.send("40");
    for (int missing = 2; missing > 0; ) {
      Object packet = client.receive();
      assertThat(packet).isInstanceOf(String.class);
      if (packet.equals("2")) client.send("3");
      else missing--;
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsAPollingSessionWithoutAHeartbeat(Suite suite) {
    server = official;
    EnginePollingClient session = suite.session();
    // A server that was held up gives its clients the time that it missed.
    ConformanceTest.awaitEnd(session, suite.version);
    assertThat(session.get().status()).isEqualTo(400);
  }

  @ParameterizedTest
  @EnumSource
  void exchangesHeartbeatsByWebSocket(Suite suite) {
    server = patient;
    try (EngineWebSocketClient client = suite.webSocket("")) {
      client.expectOpen();
      if (suite == Suite.SOCKET_5) join(client);
      for (int i = 0; i < 3; i++) {
        if (suite.version == 3) client.send("2");
        client.expect(suite.version == 3 ? "3" : "2");
        if (suite.version == 4) client.send("3");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void closesAWebSocketWithoutAHeartbeat(Suite suite) {
    server = official;
    try (EngineWebSocketClient client = suite.webSocket("")) {
      client.expectOpen();
      if (suite.version == 4) client.expect("2");
      client.expectClosed();
    }
  }

  // Close

  @ParameterizedTest
  @EnumSource
  void answersThePollOfASessionThatItsClientCloses(Suite suite) {
    EnginePollingClient session = suite.session();
    Pending poll = session.startGet();
    Pending post = session.startPost(suite.version == 3 ? "1:1" : "1");
    assertThat(poll.await().packets()).containsExactly("6");
    assertThat(post.await().status()).isEqualTo(200);
    assertThat(session.get().status()).isEqualTo(400);
  }

  @ParameterizedTest
  @EnumSource
  void closesTheWebSocketOfASessionThatItsClientCloses(Suite suite) {
    try (EngineWebSocketClient client = suite.webSocket("")) {
      client.expectOpen();
      client.send("1");
      client.expectClosed();
    }
  }

  // Upgrade

  @ParameterizedTest
  @EnumSource
  void upgradesAndTakesNoOtherTransportFromThenOn(Suite suite) {
    EnginePollingClient session = suite.session();
    try (EngineWebSocketClient client = suite.webSocket("&sid=" + session.sid())) {
      client.send("2probe");
      client.expect("3probe");
      client.send("5");
      client.send(suite == Suite.SOCKET_5 ? "40" : "4hello");
      client.expectStart(suite == Suite.SOCKET_5 ? "40{" : "4hello");
      assertThat(session.get().status()).isEqualTo(400);
      try (EngineWebSocketClient second = suite.webSocket("&sid=" + session.sid())) {
        second.expectClosed();
      }
      if (suite == Suite.SOCKET_5) client.expectStart("42[\"auth\"");
      client.send(suite == Suite.SOCKET_5 ? "42[\"message\",1]" : "4again");
      client.expect(suite == Suite.SOCKET_5 ? "42[\"message-back\",1]" : "4again");
    }
  }

  // Socket.IO

  private static EngineWebSocketClient opened() {
    EngineWebSocketClient client = Suite.SOCKET_5.webSocket("");
    client.expectOpen();
    return client;
  }

  private static EngineWebSocketClient joined() {
    EngineWebSocketClient client = opened();
    client.send("40");
    client.expectStart("40{\"sid\":\"");
    client.expect("42[\"auth\",{}]");
    return client;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"token\":\"123\"}", "/custom,", "/custom,{\"token\":\"abc\"}"})
  void admitsToANamespaceWithWhatTheClientSays(String connect) {
    String namespace = connect.startsWith("/") ? "/custom," : "";
    String auth = connect.endsWith("}") ? connect.substring(namespace.length()) : "{}";
    try (EngineWebSocketClient client = opened()) {
      client.send("40" + connect);
      JsonObject answer = new JsonObject(client.expectStart("40" + namespace + "{").substring(2 + namespace.length()));
      assertThat(answer.fieldNames()).containsExactly("sid");
      client.expect("42" + namespace + "[\"auth\"," + auth + "]");
    }
  }

  @Test
  void refusesANamespaceThatIsNone() {
    try (EngineWebSocketClient client = opened()) {
      client.send("40/random");
      client.expect("44/random,{\"message\":\"Invalid namespace\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"4abc", ""})
  void closesAClientThatDoesNotConnect(String first) {
    try (EngineWebSocketClient client = opened()) {
      if (!first.isEmpty()) client.send(first);
      Object next = client.receive();
      // It may have to pong first.
      while ("2".equals(next)) {
        client.send("3");
        next = client.receive();
      }
      assertThat(next).isInstanceOf(EngineWebSocketClient.Closed.class);
    }
  }

  @Test
  void leavesTheMainNamespaceAndKeepsTheConnection() {
    server = patient;
    try (EngineWebSocketClient client = joined()) {
      client.send("41");
      client.expect("2");
    }
  }

  @Test
  void leavesACustomNamespaceAndKeepsTheOther() {
    try (EngineWebSocketClient client = joined()) {
      client.send("40/custom");
      client.expectStart("40/custom,{");
      client.expectStart("42/custom,[\"auth\"");
      client.send("41/custom");
      client.send("42[\"message\",\"message to main namespace\"]");
      client.expect("42[\"message-back\",\"message to main namespace\"]");
    }
  }

  @Test
  void echoesAnEventAndAcknowledgesOne() {
    try (EngineWebSocketClient client = joined()) {
      client.send("42[\"message\",1,\"2\",{\"3\":[true]}]");
      client.expect("42[\"message-back\",1,\"2\",{\"3\":[true]}]");
      client.send("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]");
      client.expect("43456[1,\"2\",{\"3\":[false]}]");
    }
  }

  @Test
  void echoesAttachmentsAndAcknowledgesThem() {
    String two = "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
    Buffer first = Buffer.buffer(new byte[] {1, 2, 3});
    Buffer second = Buffer.buffer(new byte[] {4, 5, 6});
    try (EngineWebSocketClient client = joined()) {
      for (String[] exchange : new String[][] {{"452-[\"message\",", "452-[\"message-back\","},
          {"452-789[\"message-with-ack\",", "462-789["}}) {
        client.send(exchange[0] + two);
        client.send(first);
        client.send(second);
        client.expect(exchange[1] + two);
        client.expect(first);
        client.expect(second);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"4abc", "42{}", "42abc[\"message-with-ack\",1,\"2\",{\"3\":[false]}]"})
  void closesAClientThatSendsNoPacketOfSocketIo(String text) {
    try (EngineWebSocketClient client = joined()) {
      client.send(text);
      client.expectClosed();
    }
  }
}
