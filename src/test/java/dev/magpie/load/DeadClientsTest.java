package dev.magpie.load;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.load.ServerProcess.Left;
import dev.magpie.testing.Alone;
import dev.magpie.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every tenth of many clients stops answering, without a FIN: exactly those are closed, each in its time. */
@Timeout(300)
@Alone
class DeadClientsTest {
  private static final int CLIENTS = Load.of(1_000, 10_000);
  private static final int EACH = 10;
  private static final long INTERVAL = Load.of(2_000, 6_000);
  private static final long TIMEOUT = Load.of(2_500, 4_000);

  /** Between a ping and the moment in which its client fell silent, an answer may have been on its way. */
  private static final long ON_THE_WAY = Load.of(1_500, 500);

  /** How late the server may be: half a second where the machine is its own, more where a whole build runs beside it. */
  private static final long ROOM = Load.of(5_000, 500);

  @Test
  void exactlyTheSilentOnesAreClosedEachWithinIntervalAndTimeout() throws Exception {
    try (ServerProcess server = ServerProcess.plan().heartbeat(INTERVAL, TIMEOUT).with("limits.handshakes_per_second", 100_000).start();
        ClientGroupProcess plain = new ClientGroupProcess(server.port, "/ws");
        ClientGroupProcess socketIo = new ClientGroupProcess(server.port, "/socket.io/?EIO=4&transport=websocket", CLIENTS / 2)) {
      plain.begin("connect " + CLIENTS / 2);
      socketIo.begin("connect " + CLIENTS / 2);
      long open = ClientGroupProcess.number(plain.answer(), "open") + ClientGroupProcess.number(socketIo.answer(), "open");
      assertThat(open).isEqualTo(CLIENTS);
      // A whole heartbeat for everybody first.
      Thread.sleep(INTERVAL);

      long before = System.nanoTime();
      plain.begin("mute 0 " + EACH);
      socketIo.begin("mute " + CLIENTS / 2 + " " + EACH);
      assertThat(plain.answer()).isEqualTo("muted " + CLIENTS / 2 / EACH);
      assertThat(socketIo.answer()).isEqualTo("muted " + CLIENTS / 2 / EACH);
      long after = System.nanoTime();
      Closings reaped = reapedAfter(before, after);
      Await.holdsWithin(Duration.ofMillis(INTERVAL + TIMEOUT + 10_000), () -> server.left().size() >= CLIENTS / EACH);
      // Nor does anybody follow them.
      Thread.sleep(INTERVAL);

      List<Left> left = server.left();
      assertThat(reaped.wrong(silent(CLIENTS), left)).isEmpty();
      assertThat(ClientGroupProcess.number(plain.tell("stats"), "open") + ClientGroupProcess.number(socketIo.tell("stats"), "open"))
          .as("who is silent still thinks that it is connected").isEqualTo(CLIENTS);
      assertThat(server.metric("magpie_connections")).isEqualTo(CLIENTS - CLIENTS / EACH);
      assertThat(server.metric("magpie_clients")).isEqualTo(CLIENTS - CLIENTS / EACH);
      long last = left.stream().mapToLong(Left::at).max().orElseThrow() - after;
      Load.report("reaper clients=" + CLIENTS + " silent=" + left.size() + " last=" + last / 1_000_000 + "ms bound="
          + (INTERVAL + TIMEOUT + ROOM) + "ms");
    }
  }

  /** The reaper is as good as switched off: the check has to see that nobody was closed in time. */
  @Test
  void withoutAReaperTheCheckMissesEachOfThem() throws Exception {
    try (ServerProcess server = ServerProcess.plan().heartbeat(60_000, 60_000)
        .start(); ClientGroupProcess plain = new ClientGroupProcess(server.port, "/ws")) {
      plain.tell("connect 50");
      long before = System.nanoTime();
      plain.tell("mute 0 " + EACH);
      Closings reaped = reapedAfter(before, System.nanoTime());
      Thread.sleep(1_000);
      assertThat(reaped.wrong(silent(50), server.left())).containsExactlyInAnyOrder(
          "0 was not closed", "10 was not closed", "20 was not closed", "30 was not closed", "40 was not closed");
    }
  }

  @Test
  void theCheckSeesWhoIsClosedForNothingOrEarlyOrLate() {
    long second = 1_000_000_000;
    Closings check = new Closings("ping timeout", 2 * second, 4 * second);
    assertThat(check.wrong(Set.of(1), List.of(new Left(1, 3 * second, "ping timeout")))).isEmpty();
    assertThat(check.wrong(Set.of(1), List.of(new Left(1, second, "ping timeout")))).containsExactly("1 was closed 1000 ms early");
    assertThat(check.wrong(Set.of(1), List.of(new Left(1, 5 * second, "ping timeout")))).containsExactly("1 was closed 1000 ms late");
    assertThat(check.wrong(Set.of(), List.of(new Left(1, 3 * second, "ping timeout"))))
        .containsExactly("1 was closed though it need not: ping timeout");
    assertThat(check.wrong(Set.of(1), List.of(new Left(1, 3 * second, "transport close"))))
        .containsExactly("1 was closed for another reason: transport close");
  }

  private static Closings reapedAfter(long before, long after) {
    return new Closings("ping timeout", before + MILLISECONDS.toNanos(TIMEOUT - ON_THE_WAY),
        after + MILLISECONDS.toNanos(INTERVAL + TIMEOUT + ROOM));
  }

  private static Set<Integer> silent(int clients) {
    return IntStream.range(0, clients).filter(number -> number % EACH == 0).boxed().collect(Collectors.toSet());
  }
}
