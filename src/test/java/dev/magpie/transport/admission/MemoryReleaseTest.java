package dev.magpie.transport.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryReleaseTest {
  private final MemoryRelease release = new MemoryRelease();

  @Test
  void isDueOnceWhenThreeQuartersHaveBeenGoneForAWhile() {
    assertThat(dueAfter(10_000, 2_500, 2_000, 1_000, 1_000, 1_000, 1_000)).containsExactly(3);
  }

  @Test
  void isNotDueWhileThoseWhoWereCutOffComeBack() {
    assertThat(dueAfter(10_000, 0, 0, 4_000, 10_000, 10_000)).isEmpty();
  }

  @Test
  void isNotDueForAFew() {
    assertThat(dueAfter(3_999, 0, 0, 0, 0)).isEmpty();
  }

  @Test
  void isDueAgainAfterTheNextStorm() {
    assertThat(dueAfter(8_000, 0, 0, 0, 0, 4_000, 4_000, 1_000, 1_000, 1_000)).containsExactly(3, 9);
  }

  /** At which steps it was due. */
  private List<Integer> dueAfter(int... clients) {
    List<Integer> due = new ArrayList<>();
    for (int step = 0; step < clients.length; step++) if (release.isDue(clients[step])) due.add(step);
    return due;
  }
}
