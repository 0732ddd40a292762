package dev.magpie.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.load.ServerProcess.Left;
import dev.magpie.testing.Alone;
import dev.magpie.testing.Ports;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that stops lets its clients go in waves; when it is back, so are they. */
@Timeout(300)
@Alone
class StopAndReturnTest {
  private static final String SOCKET_IO = "/socket.io/?EIO=4&transport=websocket";

  @Test
  void aTerminationAsksThemToGoInWavesWithinTheTimeThatIsSet() throws Exception {
    int clients = 1_000;
    long drain = 6_000;
    try (ServerProcess server = ServerProcess.plan().with("gateway.instances", 1).with("shutdown.drain_ms", drain)
        .with("limits.handshakes_per_second", 100_000).start();
        ClientGroupProcess plain = new ClientGroupProcess(server.port, "/ws");
        ClientGroupProcess socketIo = new ClientGroupProcess(server.port, SOCKET_IO, clients)) {
      plain.tell("connect " + clients / 2);
      socketIo.tell("connect " + clients / 2);
      server.control("tick", 50, 10, 400);
      Thread.sleep(200);
      for (ClientGroupProcess group : new ClientGroupProcess[] {plain, socketIo}) group.tell("stats");
      long begun = System.nanoTime();
      server.signal("TERM");
      assertThat(server.ends(Duration.ofMillis(drain + 5_000))).isTrue();
      long took = System.nanoTime() - begun;
      List<Left> left = server.left().stream().filter(client -> client.number() >= 0).toList();
      long spread = left.get(left.size() - 1).at() - left.get(0).at();
      Load.report("drain clients=" + clients + " waves over=" + spread / 1_000_000 + "ms ended after=" + took / 1_000_000 + "ms of=" + drain
          + "ms");
      assertThat(left).hasSize(clients).extracting(Left::reason).containsOnly("server shutting down");
      assertThat(spread).isBetween(1_000_000_000L, drain * 1_000_000);
      for (ClientGroupProcess group : new ClientGroupProcess[] {plain, socketIo}) {
        group.tell("await 0 20000");
        assertThat(group.tell("stats")).contains("lost=0").contains("closed={1001=" + clients / 2 + "}");
      }
    }
  }

  @Test
  void aServerOfFewClientsEndsAtOnce() throws Exception {
    try (ServerProcess server = ServerProcess.plan().start(); ClientGroupProcess plain = new ClientGroupProcess(server.port, "/ws")) {
      plain.tell("connect 20");
      long begun = System.nanoTime();
      server.signal("TERM");
      assertThat(server.ends(Duration.ofSeconds(20))).isTrue();
      assertThat(System.nanoTime() - begun).isLessThan(Duration.ofSeconds(10).toNanos());
      assertThat(plain.tell("await 0 20000")).startsWith("open 0");
      assertThat(plain.tell("stats")).contains("closed={1001=20}");
    }
  }

  @Test
  void allAreBackWithinThirtySecondsAfterACrash() throws Exception {
    int clients = Load.of(2_000, 10_000);
    int port = Ports.free();
    try (ClientGroupProcess group = groupAt(port, clients)) {
      // As the official client does: a second to five, and again until it is let in.
      group.tell("again 1000 5000");
      ServerProcess first = ServerProcess.plan().port(port).with("limits.handshakes_per_second", 100_000).start();
      try {
        assertThat(group.tell("connect " + clients)).startsWith("open " + clients);
      } finally {
        first.signal("KILL");
        first.close();
      }
      assertThat(group.tell("await 0 20000")).startsWith("open 0");
      try (ServerProcess second = ServerProcess.plan().port(port).start()) {
        String back = group.tell("await " + clients + " 30000");
        Load.report("return clients=" + clients + " " + back + "ms sent away=" + (long) second.metric("magpie_clients_refused_total"));
        assertThat(back).startsWith("open " + clients);
        assertThat(second.metric("magpie_clients")).isEqualTo(clients);
      }
    }
  }

  private static ClientGroupProcess groupAt(int port, int clients) throws Exception {
    return new ClientGroupProcess(port, SOCKET_IO);
  }
}
