package dev.magpie.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.load.ServerProcess.Left;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that was away is late itself: no client is closed for it, silent or talkative. */
@Timeout(300)
class StalledServerTest {
  private static final int CLIENTS = 100;
  private static final long INTERVAL = 1_000;
  private static final long TIMEOUT = 800;

  private ServerProcess server;
  private CrowdProcess plain;
  private CrowdProcess socketIo;
  private CrowdProcess talkers;

  @BeforeEach
  void start() throws Exception {
    server = ServerProcess.plan().heartbeat(INTERVAL, TIMEOUT).with("gateway.instances", 1).start();
    plain = new CrowdProcess(server.port, "/ws");
    socketIo = new CrowdProcess(server.port, "/socket.io/?EIO=4&transport=websocket", 1_000);
    talkers = new CrowdProcess(server.port, "/socket.io/?EIO=4&transport=websocket", 2_000);
    plain.tell("connect " + CLIENTS);
    socketIo.tell("connect " + CLIENTS);
    talkers.tell("connect 5");
    Thread.sleep(INTERVAL);
  }

  @AfterEach
  void stop() throws Exception {
    for (CrowdProcess crowd : new CrowdProcess[] {plain, socketIo, talkers}) if (crowd != null) crowd.close();
    if (server != null) server.close();
  }

  @Test
  void aLoopThatWasBlockedForFiveSecondsClosesNobody() throws Exception {
    server.control("block", 5_000);
    assertNobodyLeft();
  }

  @Test
  void aProcessThatWasStoppedClosesNobody() throws Exception {
    for (int seconds : Load.FULL ? new int[] {2, 30} : new int[] {4}) {
      server.signal("STOP");
      // Within their limits, had they been read as they were sent.
      for (int i = 0; i < seconds; i++) {
        for (int message = 0; message < Load.of(700, 100); message++) talkers.begin("say [\"say\",\"while you were away\"]");
        Thread.sleep(1_000);
      }
      server.signal("CONT");
      for (int message = 0; message < seconds * Load.of(700, 100); message++) talkers.answer();
      assertNobodyLeft();
    }
  }

  private void assertNobodyLeft() throws Exception {
    Thread.sleep(INTERVAL + TIMEOUT + 1_000);
    assertThat(server.left().stream().filter(left -> left.number() >= 0)).isEmpty();
    assertThat(server.metric("magpie_clients")).isEqualTo(2 * CLIENTS + 5);
    assertThat(CrowdProcess.number(plain.tell("stats"), "open")).isEqualTo(CLIENTS);
    assertThat(CrowdProcess.number(socketIo.tell("stats"), "open")).isEqualTo(CLIENTS);
  }

  /** It is the clients who are away, for no longer: now all of them are closed. */
  @Test
  void clientsThatWereAwayAreClosed() throws Exception {
    plain.signal("STOP");
    boolean all = ServerProcess.await(Duration.ofSeconds(8), () -> server.left().stream().filter(left -> left.number() >= 0 && left.number() < 1_000).count() == CLIENTS);
    plain.signal("CONT");
    assertThat(all).isTrue();
    assertThat(server.left().stream().filter(left -> left.number() >= 0)).extracting(Left::reason).containsOnly("ping timeout");
    assertThat(CrowdProcess.number(socketIo.tell("stats"), "open")).isEqualTo(CLIENTS);
  }
}
