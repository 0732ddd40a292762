package dev.magpie.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Alone;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Clients connect, join, talk and vanish at random; what the server holds stays flat. {@code -Psoak} makes it half an hour. */
@Timeout(7_200)
@EnabledOnOs(OS.LINUX)
@Alone
class SoakTest {
  private static final int SECONDS = Integer.getInteger("soak.seconds", 16);
  private static final int ROUNDS = Math.max(3, SECONDS / 60);
  private static final int CLIENTS = 200;
  private static final String SOCKET_IO = "/socket.io/?EIO=4&transport=websocket";

  @Test
  void nothingGrows() throws Exception {
    try (ServerProcess server = plan().start(); ClientGroups groups = new ClientGroups(server)) {
      Soak soak = new Soak(server);
      soak.look(Duration.ZERO);
      for (int round = 0; round < ROUNDS; round++) {
        groups.churn(SECONDS * 1_000L / ROUNDS);
        soak.look(Duration.ofSeconds(20));
      }
      assertThat(soak.grown()).isEmpty();
      assertThat(server.lines()).noneMatch(line -> line.contains("ERROR"));
    }
  }

  /** A server that keeps something of each client on purpose is found out. */
  @Test
  void aLeakIsFound() throws Exception {
    try (ServerProcess server = plan().start(); ClientGroups groups = new ClientGroups(server)) {
      Soak soak = new Soak(server);
      soak.look(Duration.ZERO);
      server.control("leak");
      groups.churn(2_000);
      soak.look(Duration.ofSeconds(4));
      assertThat(soak.grown()).anyMatch(grown -> grown.startsWith("magpie_deadlines:"));
    }
  }

  @Test
  void theCheckAllowsWhatComesAndGoesAndNoMore() {
    Map<String, Long> before = Map.of("heap", 50L << 20, "descriptors", 100L, "magpie_rooms", 3L);
    assertThat(Soak.grown(List.of(before, before, Map.of("heap", 55L << 20, "descriptors", 104L, "magpie_rooms", 3L)))).isEmpty();
    assertThat(Soak.grown(List.of(before, before, Map.of("heap", 60L << 20, "descriptors", 120L, "magpie_rooms", 4L))))
        .containsExactlyInAnyOrder(
        "heap: " + (50L << 20) + " became " + (60L << 20), "descriptors: 100 became 120", "magpie_rooms: 3 became 4");
  }

  private static ServerProcess.Plan plan() {
    return ServerProcess.plan().heartbeat(1_000, 800).with("limits.handshakes_per_second", 100_000);
  }

  /** Both kinds of clients, each in a process of its own. */
  private static final class ClientGroups implements AutoCloseable {
    private final ClientGroupProcess[] all;

    ClientGroups(ServerProcess server) throws Exception {
      all = new ClientGroupProcess[] {new ClientGroupProcess(server.port, "/ws"), new ClientGroupProcess(server.port, SOCKET_IO, 1_000_000),
          new ClientGroupProcess(server.port, "polling", 2_000_000)};
    }

    /** They come, do as they like, and go. */
    void churn(long millis) throws Exception {
      for (ClientGroupProcess group : all) group.begin("connect " + CLIENTS / all.length);
      for (ClientGroupProcess group : all) group.answer();
      for (ClientGroupProcess group : all) group.begin("churn " + millis);
      for (ClientGroupProcess group : all) group.answer();
      for (ClientGroupProcess group : all) group.tell("vanish");
    }

    @Override
    public void close() throws Exception {
      for (ClientGroupProcess group : all) group.close();
    }
  }
}
