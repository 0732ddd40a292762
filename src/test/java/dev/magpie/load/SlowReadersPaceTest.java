package dev.magpie.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Alone;
import dev.magpie.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What 50 readers that stand still cost 950 that do not: a figure, taken with {@code -Pload} on a machine that does nothing else. */
@Timeout(600)
@EnabledIfSystemProperty(named = "load", matches = "full")
@Alone
class SlowReadersPaceTest {
  private static final int ROUNDS = 5;
  private static final int READERS = 950;
  private static final int STILL = 50;
  private static final int TIMES = 160;

  @Test
  void theOthersP99StaysBelowOneAndAHalfTimesWhatItWas() throws Exception {
    try (ServerProcess server = ServerProcess.plan().with("limits.handshakes_per_second", 100_000).start();
        ClientGroupProcess readers = new ClientGroupProcess(server.port, "/socket.io/?EIO=4&transport=websocket");
        ClientGroupProcess still = new ClientGroupProcess(server.port, "/ws", READERS)) {
      readers.tell("connect " + READERS);
      pace(server, readers);
      List<Long> alone = new ArrayList<>();
      List<Long> besideThem = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        alone.add(pace(server, readers));
        still.tell("connect " + STILL + " 4096");
        still.tell("mute 0 1");
        for (int i = 0; i < 8; i++) server.control("stuff", READERS, 1);
        besideThem.add(pace(server, readers));
        assertThat(Await.holdsWithin(Duration.ofSeconds(15), () -> server.metric("magpie_clients") == READERS)).isTrue();
        still.tell("vanish");
      }
      double ratio = (double) median(besideThem) / median(alone);
      Load.report("slow readers: p99 alone=" + alone + "us beside " + STILL + " that stand still=" + besideThem + "us ratio of medians="
          + Math.round(ratio * 100) / 100.0);
      assertThat(server.left().stream().filter(left -> left.number() >= 0)).hasSize(ROUNDS * STILL)
          .allMatch(left -> left.reason().equals("slow consumer"));
      assertThat(ratio).isLessThan(1.5);
    }
  }

  /** The 99th percentile in microseconds, of a time in which nothing was lost. */
  private static long pace(ServerProcess server, ClientGroupProcess readers) throws Exception {
    readers.tell("stats");
    server.control("tick", 50, 1_000, TIMES);
    readers.tell("heard " + READERS * TIMES + " 60000");
    String stats = readers.tell("stats");
    assertThat(stats).contains("messages=" + READERS * TIMES + " lost=0");
    return ClientGroupProcess.number(stats, "p99");
  }

  private static long median(List<Long> figures) {
    List<Long> sorted = new ArrayList<>(figures);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
