package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.magpie.core.RateLimit.Verdict;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void admitsASteadyRateForEver() {
    RateLimit limit = new RateLimit(new RateLimits(10, 20, 0, 0), 0, 0);
    for (int i = 1; i < 1_000; i++) assertThat(limit.take(1_000_000, i * SECOND / 10, 0)).isEqualTo(Verdict.FINE);
  }

  @Test
  void warnsOnceWhenHalfOfTheBurstIsSpentAndEndsWhenAllIs() {
    RateLimit limit = new RateLimit(new RateLimits(10, 20, 0, 0), 0, 0);
    for (int i = 0; i < 10; i++) assertThat(limit.take(1, 0, 0)).isEqualTo(Verdict.FINE);
    assertThat(limit.take(1, 0, 0)).isEqualTo(Verdict.WARN);
    for (int i = 0; i < 9; i++) assertThat(limit.take(1, 0, 0)).isEqualTo(Verdict.FINE);
    assertThat(limit.take(1, 0, 0)).isEqualTo(Verdict.EXCEEDED);
  }

  @Test
  void warnsAgainOnceTheBucketWasFull() {
    RateLimit limit = new RateLimit(new RateLimits(10, 20, 0, 0), 0, 0);
    for (int i = 0; i < 15; i++) limit.take(1, 0, 0);
    limit.take(1, 10 * SECOND, 0);
    for (int i = 0; i < 9; i++) limit.take(1, 10 * SECOND, 0);
    assertThat(limit.take(1, 10 * SECOND, 0)).isEqualTo(Verdict.WARN);
  }

  @Test
  void countsBytes() {
    RateLimit limit = new RateLimit(new RateLimits(0, 0, 1_000, 2_000), 0, 0);
    assertThat(limit.take(1_000, 0, 0)).isEqualTo(Verdict.FINE);
    assertThat(limit.take(1_000, 0, 0)).isEqualTo(Verdict.WARN);
    assertThat(limit.take(1, 0, 0)).isEqualTo(Verdict.EXCEEDED);
    assertThat(limit.take(1_000, 2 * SECOND, 0)).isEqualTo(Verdict.FINE);
  }

  @Test
  void letsAClientSendItsRateForTheTimeOfAStallOnTopOfItsBurst() {
    RateLimit limit = new RateLimit(new RateLimits(10, 20, 0, 0), 0, 0);
    for (int i = 0; i < 20 + 40; i++) assertThat(limit.take(1, 0, 4 * SECOND)).isNotEqualTo(Verdict.EXCEEDED);
    assertThat(limit.take(1, 0, 4 * SECOND)).isEqualTo(Verdict.EXCEEDED);
  }

  @Test
  void countsAStallForWhatWasReadBeforeItsLengthWasKnown() {
    RateLimit limit = new RateLimit(new RateLimits(10, 20, 0, 0), 0, 0);
    for (int i = 0; i < 50; i++) limit.take(1, 0, 0);
    assertThat(limit.take(1, 0, 4 * SECOND)).isNotEqualTo(Verdict.EXCEEDED);
  }

  @Test
  void forgetsAStallAfterAMinute() {
    RateLimit limit = new RateLimit(new RateLimits(10, 20, 0, 0), 0, 0);
    limit.take(1, 0, 4 * SECOND);
    for (int i = 0; i < 20; i++) assertThat(limit.take(1, 61 * SECOND, 4 * SECOND)).isNotEqualTo(Verdict.EXCEEDED);
    assertThat(limit.take(1, 61 * SECOND, 4 * SECOND)).isEqualTo(Verdict.EXCEEDED);
  }

  @Test
  void refusesABurstBelowTheRate() {
    assertThatIllegalArgumentException().isThrownBy(() -> new RateLimits(10, 5, 0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new RateLimits(-1, 5, 0, 0));
  }
}
