package dev.magpie.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryEventLogTest {

  @Test
  void aLogInMemoryKeepsNoMoreBytesThanItMay() {
    MemoryEventLog log = new MemoryEventLog(1_000, 100_000, System::currentTimeMillis);
    for (int i = 0; i < 100; i++) {
      LogEntry entry = LogEntry.to("r").event("message", "x".repeat(9_900)).madeCid("cid " + i);
      assertThat(log.append(List.of(entry)).succeeded()).isTrue();
    }
    assertThat(now(log.usage()).bytes()).isBetween(80_000L, 100_000L);
    assertThat(now(log.extent()).head()).isEqualTo(100);
    assertThat(now(log.extent()).first()).isEqualTo(92);
    for (long seq = 92; seq <= 100; seq++) assertThat(now(log.erase(seq))).isTrue();
    assertThat(now(log.usage()).bytes()).as("what was erased does not count").isLessThan(3_000);
  }

  /** A log in memory answers at once. */
  private static <T> T now(Future<T> answer) {
    assertThat(answer.succeeded()).isTrue();
    return answer.result();
  }
}
