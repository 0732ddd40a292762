package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Pending;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.EngineWebSocketClient.Closed;
import dev.magpie.testing.Rule;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpgradeTest extends ConformanceTest {

  private static void assertLives(EnginePollingClient session) {
    session.send("4still polling");
    assertThat(session.poll(1)).containsExactly("4still polling");
  }

  @Test
  @Rule(26)
  void switchesAfterProbeAndUpgradeAndNoSooner() {
    EnginePollingClient session = session(CALM);
    try (EngineWebSocketClient webSocket = probing(CALM, session)) {
      webSocket.send("2probe");
      webSocket.expect("3probe");
      // Polling still takes what the client has left.
      session.send("4before");
      webSocket.send("5");
      webSocket.expect("4before");
      webSocket.send("4after");
      webSocket.expect("4after");
      webSocket.expectNothingElseBeforeEcho();
    }
  }

  @Test
  @Rule(26)
  void whatIsEmittedMeanwhileArrivesInItsOrder() {
    for (int round = 0; round < 6; round++) {
      EnginePollingClient session = session(CALM);
      List<Object> received = new ArrayList<>();
      Pending poll = session.startGet();
      session.send("4burst");
      try (EngineWebSocketClient webSocket = probing(CALM, session)) {
        webSocket.send("2probe");
        webSocket.expect("3probe");
        session.send("4burst", Buffer.buffer("b"));
        received.addAll(poll.await().packets());
        received.removeIf("6"::equals);
        webSocket.send("5");
        webSocket.send("4burst");
        webSocket.send("4end");
        for (Object next = webSocket.receive(); !"4end".equals(next); next = webSocket.receive()) received.add(next);
      }
      List<Object> expected = new ArrayList<>();
      for (int burst = 0; burst < 3; burst++) {
        for (int i = 0; i < 100; i++) expected.add("4" + i);
        if (burst == 1) expected.add(Buffer.buffer("b"));
      }
      assertThat(received).isEqualTo(expected);
    }
  }

  @Test
  @Rule(27)
  void whileUpgradingAGetTakesWhatIsThereAndIsANoopOtherwise() {
    EnginePollingClient session = session(CALM);
    Pending parked = session.startGet();
    try (EngineWebSocketClient webSocket = probing(CALM, session)) {
      webSocket.send("2probe");
      webSocket.expect("3probe");
      assertThat(parked.await().body()).isEqualTo("6");
      for (int i = 0; i < 2; i++) assertThat(session.get().body()).isEqualTo("6");
      session.send("4for a GET");
      assertThat(session.get().body()).isEqualTo("4for a GET");
      session.send("4for the WebSocket");
      webSocket.send("5");
      webSocket.expect("4for the WebSocket");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "2", "2prob", "4early", "1", "3probe", "", "x"})
  @Rule(28)
  void anotherPacketThanTheProbeClosesTheWebSocketOnly(String packet) {
    EnginePollingClient session = session(CALM);
    try (EngineWebSocketClient webSocket = probing(CALM, session)) {
      webSocket.send(packet);
      assertThat(webSocket.expectClosed().code()).isEqualTo(1008);
    }
    assertLives(session);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2probe", "4early", "6", "3"})
  @Rule(28)
  void anotherPacketBetweenProbeAndUpgradeClosesTheWebSocketOnly(String packet) {
    EnginePollingClient session = session(CALM);
    try (EngineWebSocketClient webSocket = probing(CALM, session)) {
      webSocket.send("2probe");
      webSocket.expect("3probe");
      session.send("4meanwhile");
      webSocket.send(packet);
      webSocket.expectClosed(1008);
    }
    assertThat(session.poll(1)).containsExactly("4meanwhile");
    assertLives(session);
  }

  @Test
  @Rule(28)
  void aBinaryMessageBeforeTheUpgradeClosesTheWebSocketOnly() {
    EnginePollingClient session = session(CALM);
    try (EngineWebSocketClient webSocket = probing(CALM, session)) {
      webSocket.send(Buffer.buffer("4"));
      webSocket.expectClosed(1008);
    }
    assertLives(session);
  }

  @Test
  @Rule(28)
  void aWebSocketThatBreaksOffWhileItProbesLeavesTheSessionPolling() {
    EnginePollingClient session = session(CALM);
    EngineWebSocketClient webSocket = probing(CALM, session);
    webSocket.send("2probe");
    webSocket.expect("3probe");
    session.send("4meanwhile");
    webSocket.abort();
    // Noops, until the server has heard of the end.
    List<Object> packets = new ArrayList<>();
    while (packets.isEmpty()) {
      packets.addAll(session.poll());
      packets.removeIf("6"::equals);
    }
    assertThat(packets).containsExactly("4meanwhile");
    try (EngineWebSocketClient second = probing(CALM, session)) {
      second.send("2probe");
      second.expect("3probe");
      second.send("5");
      second.expectNothingElseBeforeEcho();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Rule({28, 30})
  void aHalfFinishedUpgradeIsClosedInTimeAndTheSessionLives(boolean probes) {
    EnginePollingClient session = session(HURRIED_UPGRADE);
    long begun = System.nanoTime();
    try (EngineWebSocketClient webSocket = probing(HURRIED_UPGRADE, session)) {
      if (probes) {
        webSocket.send("2probe");
        webSocket.expect("3probe");
      }
      Closed closed = webSocket.expectClosed(4001);
      assertThat(closed.reason()).contains("upgrade not finished in 300 ms");
      assertThat(System.nanoTime() - begun).isGreaterThan(290_000_000L);
    }
    assertLives(session);
    try (EngineWebSocketClient second = probing(HURRIED_UPGRADE, session)) {
      second.send("2probe");
      second.expect("3probe");
      second.send("5");
      second.expectNothingElseBeforeEcho();
    }
  }

  @Test
  @Rule(30)
  void aHalfFinishedUpgradeDoesNotKeepASessionThatNobodyClaims() throws Exception {
    EnginePollingClient session = session(QUICK);
    int before = server.sessions(QUICK);
    try (EngineWebSocketClient webSocket = probing(QUICK, session)) {
      // No probe: the heartbeat goes on without an answer.
      assertThat(webSocket.expectClosed().code()).isEqualTo(4000);
    }
    assertThat(session.get().status()).isEqualTo(400);
    assertThat(server.sessions(QUICK)).isLessThan(before);
  }

  @Test
  @Rule(29)
  void aSecondWebSocketWhileUpgradingIsClosedAlone() {
    EnginePollingClient session = session(CALM);
    try (EngineWebSocketClient first = probing(CALM, session)) {
      first.send("2probe");
      first.expect("3probe");
      try (EngineWebSocketClient second = probing(CALM, session)) {
        second.expectClosed(1002);
      }
      first.send("5");
      first.expectNothingElseBeforeEcho();
    }
  }

  @Test
  @Rule(29)
  void aSecondWebSocketAfterTheUpgradeIsClosedAlone() {
    EnginePollingClient session = session(CALM);
    try (EngineWebSocketClient first = probing(CALM, session)) {
      first.send("2probe");
      first.expect("3probe");
      first.send("5");
      first.expectNothingElseBeforeEcho();
      try (EngineWebSocketClient second = probing(CALM, session)) {
        second.expectClosed(1002);
      }
      first.expectNothingElseBeforeEcho();
    }
  }

  @Test
  @Rule(29)
  void aSecondWebSocketOfASessionThatBeganAsOneIsClosedAlone() {
    try (EngineWebSocketClient first = webSocket(CALM)) {
      String sid = new io.vertx.core.json.JsonObject(first.expectOpen().substring(1)).getString("sid");
      try (EngineWebSocketClient second = EngineWebSocketClient.connect(server.port(), CALM + "/?EIO=4&transport=websocket&sid=" + sid)) {
        second.expectClosed(1002);
      }
      first.expectNothingElseBeforeEcho();
    }
  }

  @Test
  @Rule(31)
  void theNoopForAVersion3ClientThatTakesBinaryIsText() {
    EnginePollingClient session = session(CALM, 3);
    Pending parked = session.startGet();
    try (EngineWebSocketClient webSocket = EngineWebSocketClient.connect(server.port(),
        CALM + "/?EIO=3&transport=websocket&sid=" + session.sid())) {
      webSocket.send("2probe");
      webSocket.expect("3probe");
      assertThat(parked.await().body()).isEqualTo("1:6");
      assertThat(parked.await().header("Content-Type")).hasValue("text/plain; charset=UTF-8");
      webSocket.send("5");
      webSocket.expectNothingElseBeforeEcho();
    }
  }

  @Test
  @Rule(26)
  void sessionsUpgradeWhateverLoopTheirWebSocketArrivesOn() {
    for (int i = 0; i < 24; i++) {
      EnginePollingClient session = session(CALM);
      try (EngineWebSocketClient webSocket = probing(CALM, session)) {
        webSocket.send("2probe");
        webSocket.expect("3probe");
        session.send("4" + i);
        webSocket.send("5");
        webSocket.expect("4" + i);
        webSocket.expectNothingElseBeforeEcho();
      }
    }
  }
}
