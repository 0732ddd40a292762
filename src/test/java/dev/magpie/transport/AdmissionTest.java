package dev.magpie.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who is let in, by a clock and a heap of the test's own. */
class AdmissionTest {
  private static final long MEGABYTE = 1 << 20;

  private long clock = TimeUnit.HOURS.toNanos(1);
  private final HeapWatch heap = new HeapWatch(1000 * MEGABYTE);
  private final Admission admission = new Admission(() -> clock, heap, 10_000);

  @Test
  void letsInAsManyClientsAsThereArePlaces() {
    AdmissionLimits two = new AdmissionLimits(2, 1_000);
    assertThat(admission.ask(two)).isNull();
    assertThat(admission.ask(two)).isNull();
    assertThat(admission.ask(two).reason()).isEqualTo("the server is full");
    assertThat(admission.ask(two).retryAfter()).isBetween(5, 15);
    admission.left();
    assertThat(admission.ask(two)).isNull();
    assertThat(admission.refused()).isEqualTo(2);
  }

  @Test
  void letsInSoManyInOneSecondAndAsManyInTheNext() {
    AdmissionLimits hundred = new AdmissionLimits(Long.MAX_VALUE, 100);
    for (int second = 0; second < 3; second++) {
      for (int i = 0; i < 100; i++) assertThat(admission.ask(hundred)).isNull();
      assertThat(admission.ask(hundred).reason()).isEqualTo("too many clients come at once");
      assertThat(admission.ask(hundred).retryAfter()).isBetween(1, 5);
      clock += TimeUnit.SECONDS.toNanos(1);
    }
  }

  @Test
  void sendsThemBackAtDifferentTimes() {
    AdmissionLimits none = new AdmissionLimits(0, 0);
    assertThat(java.util.stream.IntStream.range(0, 200).map(i -> admission.ask(none).retryAfter()).distinct().count()).isGreaterThan(5);
  }

  @Test
  void letsNobodyInWhileTheHeapIsNearlyFull() {
    heap.collected(890 * MEGABYTE);
    assertThat(admission.ask(AdmissionLimits.NONE)).isNull();
    heap.collected(900 * MEGABYTE);
    assertThat(admission.ask(AdmissionLimits.NONE).reason()).isEqualTo("the server is short of memory");
    heap.collected(870 * MEGABYTE);
    assertThat(admission.ask(AdmissionLimits.NONE)).isNotNull();
    heap.collected(840 * MEGABYTE);
    assertThat(admission.ask(AdmissionLimits.NONE)).isNull();
  }

  @Test
  void isNotMovedByAClockThatJumps() {
    AdmissionLimits one = new AdmissionLimits(Long.MAX_VALUE, 1);
    assertThat(admission.ask(one)).isNull();
    for (long jump : new long[] {-1, 1, -1}) {
      clock += TimeUnit.HOURS.toNanos(jump);
      assertThat(admission.ask(one)).isNull();
      assertThat(admission.ask(one)).isNotNull();
    }
  }
}
