package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Pending;
import dev.magpie.testing.EnginePollingClient.Response;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.Rule;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LongPollingTest extends ConformanceTest {

  @Test
  @Rule({20, 29})
  void aPollThatIsRefusedLeavesItsConnectionToTheNextRequest() throws Exception {
    EnginePollingClient session = session(CALM);
    try (EngineWebSocketClient webSocket = EngineWebSocketClient.connect(server.port(),
        CALM + "/?EIO=4&transport=websocket&sid=" + session.sid());
        RawWebSocket connection = RawWebSocket.tcp(server.port())) {
      webSocket.send("2probe");
      webSocket.expect("3probe");
      webSocket.send("5");
      webSocket.expectNothingElseBeforeEcho();
      for (String query : new String[] {"&sid=" + session.sid(), "&sid=none", ""}) {
        connection.send(("GET " + CALM + "/?EIO=4&transport=polling" + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
        assertThat(connection.readAnswer().status()).as(query).isEqualTo(query.isEmpty() ? 200 : 400);
      }
    }
  }

  /** A GET that the server holds by now: what is sent later finds it. */
  private static Pending parked(EnginePollingClient session) throws InterruptedException {
    long before = server.requests();
    Pending poll = session.startGet();
    awaitRequests(server, before + 1);
    assertThat(poll.isDone()).isFalse();
    return poll;
  }

  private static void assertGone(EnginePollingClient session) {
    Response response = session.get();
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.json().getInteger("code")).isEqualTo(1);
  }

  @Test
  @Rule(16)
  void packetsOfAPayloadAreSeparatedByU001E() {
    EnginePollingClient session = session(CALM);
    assertThat(session.post("4a\u001e4b\u001e4c").body()).isEqualTo("ok");
    assertThat(session.get().body()).isEqualTo("4a\u001e4b\u001e4c");
  }

  @Test
  @Rule(17)
  void binaryIsBase64BehindABWithoutAType() {
    EnginePollingClient session = session(CALM);
    assertThat(session.post("bAQIDBA==").body()).isEqualTo("ok");
    assertThat(session.get().body()).isEqualTo("bAQIDBA==");
    assertThat(session.post("4text\u001ebAP8=\u001eb").body()).isEqualTo("ok");
    assertThat(session.get().body()).isEqualTo("4text\u001ebAP8=\u001eb");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/octet-stream", "Application/Octet-Stream; charset=x"})
  @Rule(18)
  void aBinaryBodyIs400AndEndsTheSession(String type) {
    EnginePollingClient session = session(CALM);
    Response response = request(CALM, "POST", session.query(session.sid()), "4a".getBytes(), Map.of("Content-Type", type));
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.json().getInteger("code")).isEqualTo(3);
    assertGone(session);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=a"})
  @Rule(18)
  void anyOtherTypeIsText(String type) {
    EnginePollingClient session = session(CALM);
    Response response = request(CALM, "POST", session.query(session.sid()), "4d=a&b=%20".getBytes(), Map.of("Content-Type", type));
    assertThat(response.body()).isEqualTo("ok");
    assertThat(session.poll()).containsExactly("4d=a&b=%20");
  }

  @Test
  @Rule(18)
  void aBodyWithoutATypeIsText() {
    EnginePollingClient session = session(CALM);
    assertThat(request(CALM, "POST", session.query(session.sid()), "4a".getBytes(), Map.of()).body()).isEqualTo("ok");
    assertThat(session.poll()).containsExactly("4a");
  }

  @Test
  @Rule(20)
  void twoGetsAtOnceCloseTheSession() throws Exception {
    EnginePollingClient session = session(CALM);
    Pending first = parked(session);
    Response second = session.get();
    assertThat(second.status()).isEqualTo(400);
    assertThat(first.await().status()).isEqualTo(200);
    assertThat(first.await().body()).isEqualTo("1");
    assertGone(session);
  }

  @Test
  @Rule(20)
  void twoPostsAtOnceCloseTheSession() throws Exception {
    EnginePollingClient session = session(CALM);
    // The first one's body is still on its way when the second begins.
    try (RawWebSocket slow = RawWebSocket.tcp(server.port())) {
      long before = server.requests();
      slow.send(RawWebSocket.ascii("POST " + CALM + "/?" + session.query(session.sid())
          + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n4a"));
      awaitRequests(server, before + 1);
      assertThat(session.post("4b").status()).isEqualTo(400);
      assertThat(slow.readAnswer().status()).isEqualTo(400);
    }
    assertGone(session);
  }

  @Test
  @Rule(21)
  void anAbortedGetClosesTheSessionAtOnce() throws Exception {
    EnginePollingClient session = session(CALM);
    try (RawWebSocket poll = RawWebSocket.tcp(server.port())) {
      long before = server.requests();
      poll.send(RawWebSocket.ascii("GET " + CALM + "/?" + session.query(session.sid()) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
      awaitRequests(server, before + 1);
    }
    awaitEnd(session, 4);
    assertGone(session);
  }

  @Test
  @Rule(21)
  void anAbortedPostClosesTheSessionAndDeliversNothing() throws Exception {
    EnginePollingClient session = session(CALM);
    Pending poll = parked(session);
    try (RawWebSocket post = RawWebSocket.tcp(server.port())) {
      post.send(RawWebSocket.ascii("POST " + CALM + "/?" + session.query(session.sid())
          + " HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n4whole\u001e4ha"));
      Thread.sleep(100);
    }
    assertThat(poll.await().body()).isEqualTo("1");
    assertGone(session);
  }

  @Test
  @Rule(22)
  void aClosePacketFromTheClientAnswersItsGetWithANoop() throws Exception {
    EnginePollingClient session = session(CALM);
    Pending poll = parked(session);
    assertThat(session.post("1").body()).isEqualTo("ok");
    assertThat(poll.await().body()).isEqualTo("6");
    assertGone(session);
  }

  @Test
  @Rule(23)
  void aCloseByTheServerWaitsForTheNextGetBehindWhatWasSent() {
    EnginePollingClient session = session(CALM);
    session.send("4first", "4close-me", "4too late");
    assertThat(session.get().body()).isEqualTo("4first\u001e4farewell\u001e1");
    assertGone(session);
  }

  @Test
  @Rule(23)
  void aCloseByTheServerThatHasNothingElseToSayIsANoopAndAClose() {
    EnginePollingClient session = session("/socket.io");
    // No namespace is joined within the time for it.
    awaitEnd(session, 4);
    assertThat(session.get().body()).isEqualTo("6\u001e1");
    assertGone(session);
  }

  @Test
  @Rule(23)
  void whatWasSentBeforeABreachIsDeliveredBeforeTheEnd() {
    EnginePollingClient session = session("/socket.io");
    session.send("40");
    assertThat(session.post("4abc").status()).isEqualTo(400);
    assertThat(session.get().packets()).hasSize(2).first().asString().startsWith("40{\"sid\"");
    assertThat(session.post("42[\"message\"]").status()).isEqualTo(400);
    assertThat(session.get().body()).isEqualTo("6\u001e1");
    assertGone(session);
  }

  @Test
  @Rule(23)
  void aCloseByTheServerAnswersAParkedGet() throws Exception {
    EnginePollingClient session = session(CALM);
    Pending poll = parked(session);
    session.send("4close-me");
    assertThat(poll.await().body()).isEqualTo("4farewell\u001e1");
    assertGone(session);
  }

  @Test
  @Rule(24)
  void aGetThatFindsNothingIsHeld() throws Exception {
    EnginePollingClient session = session(CALM);
    Pending poll = parked(session);
    Thread.sleep(200);
    assertThat(poll.isDone()).isFalse();
    session.send("4at last");
    assertThat(poll.await().body()).isEqualTo("4at last");
  }

  @Test
  @Rule(24)
  void manyPacketsGoIntoOnePayload() {
    EnginePollingClient session = session(CALM);
    session.send("4burst");
    Response poll = session.get();
    assertThat(poll.packets()).isEqualTo(IntStream.range(0, 100).mapToObj(i -> "4" + i).toList());
  }

  @Test
  @Rule(24)
  void aPayloadStaysBelowTheLimit() {
    EnginePollingClient session = session(CALM);
    String half = "4" + "x".repeat(399_999);
    session.send(half);
    session.send(half + "2");
    List<Integer> sizes = new ArrayList<>();
    List<Object> packets = new ArrayList<>();
    session.send("4end");
    while (packets.size() < 3) {
      Response poll = session.get();
      sizes.add(poll.bytes().length);
      packets.addAll(poll.packets());
    }
    assertThat(packets).containsExactly(half, half + "2", "4end");
    assertThat(sizes).allMatch(size -> size <= 1_000_000);
  }

  @Test
  @Rule(25)
  void pollsOf1KibAreCompressedForThoseWhoTakeIt() throws Exception {
    EnginePollingClient session = client(CALM).header("Accept-Encoding", "gzip, deflate, br");
    session.handshake();
    String large = "4" + "magpie".repeat(200);
    session.send(large);
    Response poll = session.get();
    assertThat(poll.header("Content-Encoding")).hasValue("gzip");
    assertThat(poll.header("Vary").orElse("")).contains("Accept-Encoding");
    assertThat(poll.header("Content-Length")).hasValue(Integer.toString(poll.bytes().length));
    assertThat(new String(new GZIPInputStream(new ByteArrayInputStream(poll.bytes())).readAllBytes())).isEqualTo(large);

    session.send("4small");
    assertThat(session.get().header("Content-Encoding")).isEmpty();
  }

  @Test
  @Rule(25)
  void pollsArePlainForThoseWhoTakeNothingElse() {
    EnginePollingClient session = session(CALM);
    String large = "4" + "magpie".repeat(200);
    session.send(large);
    assertThat(session.get().body()).isEqualTo(large);
    EnginePollingClient refusing = client(CALM).header("Accept-Encoding", "gzip;q=0");
    refusing.handshake();
    refusing.send(large);
    assertThat(refusing.get().body()).isEqualTo(large);
  }

  @Test
  @Rule(18)
  void aCompressedBodyIsNotRead() {
    EnginePollingClient session = session(CALM);
    Response response = request(CALM, "POST", session.query(session.sid()), new byte[] {31, -117, 8}, Map.of("Content-Encoding", "br"));
    assertThat(response.status()).isEqualTo(415);
    assertGone(session);
  }

  @Test
  @Rule({20, 24})
  void sessionsAreReachedFromWhateverLoopARequestArrivesOn() {
    // Held GETs keep connections busy, so that these requests come on some dozens of connections, spread over the loops.
    List<EnginePollingClient> sessions = IntStream.range(0, 24).mapToObj(i -> session(CALM)).toList();
    for (int round = 0; round < 3; round++) {
      List<Pending> polls = sessions.stream().map(EnginePollingClient::startGet).toList();
      List<Pending> posts = sessions.stream().map(session -> session.startPost("4" + session.sid())).toList();
      for (int i = 0; i < sessions.size(); i++) {
        assertThat(posts.get(i).await().body()).isEqualTo("ok");
        assertThat(polls.get(i).await().body()).isEqualTo("4" + sessions.get(i).sid());
      }
    }
    sessions.forEach(session -> session.send("1"));
    sessions.forEach(LongPollingTest::assertGone);
  }

  @ParameterizedTest
  @Rule({17, 53})
  @ValueSource(strings = {"", "&b64=1"})
  void base64BehindABIsBinaryOnAWebSocketToo(String query) {
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(server.port(), "/socket.io/?EIO=4&transport=websocket" + query)) {
      client.expectOpen();
      client.send("40");
      client.expectStart("40{");
      client.expectStart("42[\"auth\"");
      client.send("451-[\"message\",{\"_placeholder\":true,\"num\":0}]");
      client.send("bAQIDBA==");
      client.expect("451-[\"message-back\",{\"_placeholder\":true,\"num\":0}]");
      if (query.isEmpty()) client.expect(Buffer.buffer(new byte[] {1, 2, 3, 4}));
      // A client that says so takes no binary frames.
      else client.expect("bAQIDBA==");
    }
  }

  @Test
  @Rule({52, 57})
  void socketIoTravelsBehindThe4AndItsAttachmentsBehindIt() {
    EnginePollingClient session = session("/socket.io");
    session.send("40");
    session.poll(2);
    session.send("451-[\"message\",{\"_placeholder\":true,\"num\":0},\"😀\"]", Buffer.buffer("bytes"));
    assertThat(session.poll(2)).containsExactly("451-[\"message-back\",{\"_placeholder\":true,\"num\":0},\"😀\"]", Buffer.buffer("bytes"));
  }
}
