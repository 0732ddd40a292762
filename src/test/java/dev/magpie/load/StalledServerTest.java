package dev.magpie.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.load.ServerProcess.Left;
import dev.magpie.testing.Alone;
import dev.magpie.testing.Await;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that was away is late itself: no client is closed for it, silent or talkative. */
@Timeout(300)
@Alone
class StalledServerTest {
  private static final int CLIENTS = 100;
  private static final String SOCKET_IO = "/socket.io/?EIO=4&transport=websocket";
  private static final long INTERVAL = 1_000;
  private static final long TIMEOUT = 2_000;

  private static ServerProcess server;
  private static ClientGroupProcess plain;
  private static ClientGroupProcess socketIo;
  private static ClientGroupProcess talkers;

  @BeforeAll
  static void start() throws Exception {
    server = ServerProcess.plan().heartbeat(INTERVAL, TIMEOUT).with("gateway.instances", 1).start();
    plain = new ClientGroupProcess(server.port, "/ws");
    socketIo = new ClientGroupProcess(server.port, SOCKET_IO, 1_000);
    talkers = new ClientGroupProcess(server.port, SOCKET_IO, 2_000);
    plain.tell("connect " + CLIENTS);
    socketIo.tell("connect " + CLIENTS);
    talkers.tell("connect 5");
    Thread.sleep(INTERVAL);
  }

  @AfterAll
  static void stop() throws Exception {
    for (ClientGroupProcess group : new ClientGroupProcess[] {plain, socketIo, talkers}) if (group != null) group.close();
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
        talkers.tell("repeat " + Load.of(700, 100) + " [\"say\",\"while you were away\"]");
        Thread.sleep(1_000);
      }
      server.signal("CONT");
      assertNobodyLeft();
    }
  }

  private void assertNobodyLeft() throws Exception {
    Thread.sleep(INTERVAL + TIMEOUT + 1_000);
    assertThat(leftOf(0, 3_000)).isEmpty();
    assertThat(ClientGroupProcess.number(plain.tell("stats"), "open")).isEqualTo(CLIENTS);
    assertThat(ClientGroupProcess.number(socketIo.tell("stats"), "open")).isEqualTo(CLIENTS);
  }

  /** It is the clients who are away, for no longer: now all of them are closed. */
  @Test
  void clientsThatWereAwayAreClosed() throws Exception {
    try (ClientGroupProcess away = new ClientGroupProcess(server.port, "/ws", 10_000)) {
      away.tell("connect " + CLIENTS);
      away.signal("STOP");
      boolean all = Await.holdsWithin(Duration.ofSeconds(30), () -> leftOf(10_000, 11_000).size() == CLIENTS);
      away.signal("CONT");
      assertThat(all).isTrue();
      assertThat(leftOf(10_000, 11_000)).extracting(Left::reason).containsOnly("ping timeout");
      assertThat(leftOf(0, 3_000)).isEmpty();
    }
  }

  private static List<Left> leftOf(int from, int to) {
    return server.left().stream().filter(left -> left.number() >= from && left.number() < to).toList();
  }
}
