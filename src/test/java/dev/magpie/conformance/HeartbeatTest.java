package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Pending;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.Rule;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.engineio.EngineOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounds from below are exact, since a slow machine only makes things later; bounds from above have room. */
class HeartbeatTest extends ConformanceTest {
  private static final long ROOM_MS = 15_000;

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  @Test
  @Rule(32)
  void theServerPingsAndTheClientPongs() {
    try (EngineWebSocketClient client = webSocket(PATIENT)) {
      client.expectOpen();
      for (int i = 0; i < 4; i++) {
        client.expect("2");
        client.send("3");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "2probe"})
  @Rule(32)
  void aPingFromAVersion4ClientClosesIt(String ping) {
    try (EngineWebSocketClient client = webSocket(CALM)) {
      client.expectOpen();
      client.send(ping);
      assertThat(client.expectClosed(1008).reason()).isEqualTo("invalid heartbeat direction");
    }
    EnginePollingClient session = session(CALM);
    assertThat(session.post(ping).status()).isEqualTo(400);
    assertThat(session.get().status()).isEqualTo(400);
  }

  @Test
  @Rule(32)
  void aVersion3ClientsPingIsEchoedWithItsData() {
    try (EngineWebSocketClient client = webSocket(CALM, 3)) {
      client.expectOpen();
      client.send("2");
      client.expect("3");
      client.send("2probe");
      client.expect("3probe");
      client.send("3");
      assertThat(client.expectClosed(1008).reason()).isEqualTo("invalid heartbeat direction");
    }
  }

  @Test
  @Rule(33)
  void aClientThatPongsLivesThroughManyIntervals() {
    long begun = System.nanoTime();
    try (EngineWebSocketClient client = webSocket(PATIENT)) {
      client.expectOpen();
      while (millisSince(begun) < 2_000) {
        client.expect("2");
        client.send("3");
      }
    }
  }

  @Test
  @Rule(33)
  void pingsComeAnIntervalApart() {
    try (EngineWebSocketClient client = webSocket(PATIENT)) {
      client.expectOpen();
      client.expect("2");
      long first = System.nanoTime();
      for (int ping = 1; ping <= 3; ping++) {
        client.send("3");
        client.expect("2");
        // A tick of 50 ms earlier, where the first was a tick late.
        assertThat(millisSince(first)).isBetween(ping * 300L - 60, ping * 300 + ROOM_MS);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Rule({33, 36})
  void aClientThatDoesNotPongIsClosedInTimeHoweverMuchItTalks(boolean talks) throws Exception {
    long begun = System.nanoTime();
    try (EngineWebSocketClient client = webSocket(QUICK)) {
      client.expectOpen();
      client.expect("2");
      long pinged = System.nanoTime();
      List<Object> received = new ArrayList<>();
      Object next = null;
      while (!(next instanceof EngineWebSocketClient.Closed)) {
        if (talks) {
          try {
            client.send("4talk");
          } catch (RuntimeException closed) {
            // What is left to read is the end.
          }
        }
        next = client.receive();
        received.add(next);
      }
      assertThat(((EngineWebSocketClient.Closed) next).code()).isEqualTo(4000);
      // The ping may have been read a moment after it was sent.
      assertThat(millisSince(pinged)).isBetween(50L, 200 + ROOM_MS);
      assertThat(millisSince(begun)).isGreaterThan(300L);
      received.remove(received.size() - 1);
      assertThat(received).allMatch("4talk"::equals);
    }
  }

  @Test
  @Rule(33)
  void aVersion3ClientThatPingsLivesAndOneThatDoesNotIsClosedInTime() {
    try (EngineWebSocketClient client = webSocket(PATIENT, 3)) {
      client.expectOpen();
      long pinged = System.nanoTime();
      for (int i = 0; i < 15; i++) {
        pinged = System.nanoTime();
        client.send("2");
        client.expect("3");
        sleep(100);
      }
      assertThat(client.expectClosed().code()).isEqualTo(4000);
      assertThat(millisSince(pinged)).isBetween(300 + PATIENT_TIMEOUT - 15, 300 + PATIENT_TIMEOUT + ROOM_MS);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  @Rule(34)
  void aPollingSessionIsGoneAtIntervalAndTimeout(int version) {
    // A server that was held up gives its clients the time that it missed, and says goodbye to the GET instead: that is no proof.
    List<Integer> answers = new ArrayList<>();
    while (!answers.contains(400) && answers.size() < 5) {
      EnginePollingClient session = session(QUICK, version);
      sleep(500);
      answers.add(session.get().status());
    }
    assertThat(answers).contains(400);
  }

  @Test
  @Rule(34)
  void aPollingSessionThatPongsLives() {
    EnginePollingClient session = session(PATIENT);
    for (int i = 0; i < 4; i++) {
      assertThat(session.poll()).containsExactly("2");
      session.send("3");
    }
  }

  @Test
  @Rule({34, 36})
  void aParkedGetIsAnsweredWithACloseWhenThePongIsMissing() {
    EnginePollingClient session = session(QUICK);
    assertThat(session.get().body()).isEqualTo("2");
    Pending poll = session.startGet();
    assertThat(poll.await().body()).isEqualTo("1");
    assertThat(session.get().status()).isEqualTo(400);
  }

  @Test
  @Rule(35)
  void onePingComesInEachIntervalAndNoneTwice() {
    try (EngineWebSocketClient client = webSocket(PATIENT)) {
      client.expectOpen();
      client.expect("2");
      // Not ponged yet: an echo's round trip shows that no second ping was sent with the first.
      client.expectNothingElseBeforeEcho();
      client.send("3");
      client.expectNothingElseBeforeEcho();
      client.expect("2");
    }
  }

  @Test
  @Rule(35)
  void pingsWaitForTheUpgradeAndGoByTheNewTransport() {
    EnginePollingClient session = session(PATIENT);
    try (EngineWebSocketClient webSocket = probing(PATIENT, session)) {
      webSocket.send("2probe");
      webSocket.expect("3probe");
      // Two intervals without a word: neither transport is sure to carry a ping now.
      long begun = System.nanoTime();
      while (millisSince(begun) < 600) assertThat(session.get().body()).isEqualTo("6");
      webSocket.send("5");
      webSocket.expect("2");
      webSocket.send("3");
      webSocket.expect("2");
    }
  }

  @Test
  @Rule(36)
  void aClientThatIsReapedIsNotToldToDisconnect() throws Exception {
    // A ping that comes behind what is said at first, also on a slow machine.
    EngineOptions options =
        new EngineOptions(1_500, 200, 1_000_000, 10_000, true, false, false, 1 << 20, null, Origins.any(), null, List.of(),
        AdmissionLimits.NONE);
    ConformanceSetUp official = done(ConformanceSetUp.start(0, instances, options, Map.of()));
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(official.port())) {
      client.expectOpen();
      client.send("40");
      client.expectStart("40{");
      client.expectStart("42[\"auth\"");
      client.expect("2");
      // After a 41 it would not come back by itself.
      client.expectClosed(4000);
    } finally {
      done(official.stop());
    }
  }

  @Test
  @Rule(36)
  void aServerThatStopsDoesNotTellItsClientsToDisconnect() throws Exception {
    ConformanceSetUp official = done(ConformanceSetUp.start(0, instances, calm(), Map.of()));
    EnginePollingClient polling = new EnginePollingClient(official.port());
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(official.port())) {
      polling.handshake();
      polling.send("40");
      polling.poll(2);
      client.expectOpen();
      client.send("40");
      client.expectStart("40{");
      client.expectStart("42[\"auth\"");
      long before = official.requests();
      Pending poll = polling.startGet();
      awaitRequests(official, before + 1);
      done(official.stop());
      assertThat(client.receive())
          .isInstanceOfSatisfying(EngineWebSocketClient.Closed.class, closed -> assertThat(closed.code()).isEqualTo(1001));
      assertThat(poll.await().body()).isEqualTo("1");
    }
  }

  @Test
  @Rule(37)
  void pingsComeInTimeWhileTheClientIsBusy() {
    try (EngineWebSocketClient client = webSocket(PATIENT)) {
      client.expectOpen();
      long last = System.nanoTime();
      int pings = 0;
      while (pings < 3) {
        client.send("4burst");
        for (int echoes = 0; echoes < 100; ) {
          Object next = client.receive();
          if ("2".equals(next)) {
            // The client would close itself after interval and timeout; room for a slow machine.
            assertThat(millisSince(last)).isLessThan(300 + PATIENT_TIMEOUT + ROOM_MS);
            last = System.nanoTime();
            client.send("3");
            pings++;
          } else {
            assertThat(next).isInstanceOf(String.class);
            echoes++;
          }
        }
      }
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
