package dev.magpie.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.load.ServerProcess.Left;
import dev.magpie.testing.Alone;
import dev.magpie.testing.Await;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every twentieth reader stands still: it is closed with the reason, and nobody else loses anything. */
@Timeout(120)
@Alone
class SlowReadersTest {
  private static final int READERS = 200;
  private static final int EACH = 20;
  private static final int TIMES = 200;

  @Test
  void exactlyThoseWhoStandStillAreClosedAndTheOthersLoseNothing() throws Exception {
    try (ServerProcess server = ServerProcess.plan().java("-Xmx128m").with("limits.send_queue_bytes", 65_536)
        .with("limits.pending_bytes", 1L << 30).start();
        ClientGroupProcess plain = new ClientGroupProcess(server.port, "/ws");
        ClientGroupProcess socketIo = new ClientGroupProcess(server.port, "/socket.io/?EIO=4&transport=websocket", READERS / 2)) {
      for (ClientGroupProcess group : new ClientGroupProcess[] {plain, socketIo}) group.tell("connect " + READERS / 2 + " 4096");
      plain.tell("mute 0 " + EACH);
      socketIo.tell("mute " + READERS / 2 + " " + EACH);
      for (ClientGroupProcess group : new ClientGroupProcess[] {plain, socketIo}) group.tell("stats");
      long from = System.nanoTime();
      // Each instance has some of them.
      for (int i = 0; i < 8; i++) server.control("stuff", 0, EACH);
      server.control("tick", 20, 1_000, TIMES);
      Set<Integer> still = IntStream.range(0, READERS).filter(number -> number % EACH == 0).boxed().collect(Collectors.toSet());
      Await.holdsWithin(Duration.ofSeconds(15), () -> server.left().stream().filter(left -> left.number() >= 0).count() == still.size());

      assertThat(new Closings("slow consumer", from, System.nanoTime()).wrong(still, server.left())).isEmpty();
      long heard = 0;
      for (ClientGroupProcess group : new ClientGroupProcess[] {plain, socketIo}) {
        group.tell("heard " + TIMES * (READERS - still.size()) / 2 + " 60000");
        String stats = group.tell("stats");
        assertThat(ClientGroupProcess.number(stats, "lost")).isZero();
        heard += ClientGroupProcess.number(stats, "messages");
      }
      assertThat(heard).isEqualTo((long) TIMES * (READERS - still.size()));
      // Those that wake up after all find their connection ended; the code behind what they did not read was not waited for.
      plain.tell("hear");
      assertThat(plain.tell("await " + (READERS - still.size()) / 2 + " 5000")).startsWith("open " + (READERS - still.size()) / 2);
      assertThat(server.isAlive()).isTrue();
    }
  }

  /** Where the queue has no end worth the name, nobody is closed for it: the check has to see that. */
  @Test
  void withoutABoundTheCheckMissesThem() throws Exception {
    try (ServerProcess server = ServerProcess.plan().with("limits.send_queue_bytes", 1 << 30).with("limits.pending_bytes", 1L << 40)
        .start(); ClientGroupProcess plain = new ClientGroupProcess(server.port, "/ws")) {
      plain.tell("connect 20 4096");
      plain.tell("mute 0 " + EACH);
      long from = System.nanoTime();
      for (int i = 0; i < 8; i++) server.control("stuff", 0, EACH);
      server.control("tick", 20, 1_000, 100);
      Thread.sleep(2_100);
      assertThat(new Closings("slow consumer", from, System.nanoTime()).wrong(Set.of(0), server.left()))
          .containsExactly("0 was not closed");
    }
  }

  /** Those that are closed are {@link Left} for another reason where they went by themselves. */
  @Test
  void theCheckTellsThemFromThoseWhoWent() throws Exception {
    try (ServerProcess server = ServerProcess.plan().start(); ClientGroupProcess plain = new ClientGroupProcess(server.port, "/ws")) {
      plain.tell("connect 1");
      long from = System.nanoTime();
      plain.tell("vanish");
      assertThat(Await.holdsWithin(Duration.ofSeconds(10), () -> server.left().stream().anyMatch(left -> left.number() == 0))).isTrue();
      assertThat(new Closings("slow consumer", from, System.nanoTime()).wrong(Set.of(0), server.left())).hasSize(1).first().asString()
          .startsWith("0 was closed for another reason");
    }
  }
}
