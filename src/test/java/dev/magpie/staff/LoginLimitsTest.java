package dev.magpie.staff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoginLimitsTest {
  private static final long LOCK_MS = 900_000;

  private long now;
  private final LoginLimits limits = new LoginLimits(() -> now);

  @Test
  void anAddressMayTrySoOftenInAMinute() {
    for (int i = 0; i < 3; i++) assertThat(limits.attempt("192.0.2.1", 3)).isZero();
    pass(20);
    assertThat(limits.attempt("192.0.2.1", 3)).isEqualTo(41);
    assertThat(limits.attempt("192.0.2.2", 3)).isZero();
    pass(40);
    assertThat(limits.attempt("192.0.2.1", 3)).isZero();
  }

  @Test
  void anAccountIsLockedFromItsLastFailureOn() {
    assertThat(limits.begin("anna", 2, LOCK_MS)).isZero();
    assertThat(limits.isLocked("anna", 2)).isFalse();
    pass(100);
    assertThat(limits.begin("anna", 2, LOCK_MS)).isZero();
    assertThat(limits.isLocked("anna", 2)).isTrue();
    pass(899);
    assertThat(limits.begin("anna", 2, LOCK_MS)).isEqualTo(2);
    pass(1);
    assertThat(limits.begin("anna", 2, LOCK_MS)).isZero();
  }

  @Test
  void attemptsAtTheSameMomentCountBeforeTheyAreDecided() {
    assertThat(limits.begin("anna", 2, LOCK_MS)).isZero();
    assertThat(limits.begin("anna", 2, LOCK_MS)).isZero();
    assertThat(limits.begin("anna", 2, LOCK_MS)).isPositive();
  }

  @Test
  void failuresOfLongAgoDoNotCount() {
    limits.begin("anna", 2, LOCK_MS);
    pass(900);
    assertThat(limits.begin("anna", 2, LOCK_MS)).isZero();
    assertThat(limits.isLocked("anna", 2)).isFalse();
  }

  @Test
  void whatWasNeitherRightNorWrongDoesNotCount() {
    limits.begin("anna", 2, LOCK_MS);
    limits.begin("anna", 2, LOCK_MS);
    limits.undecided("anna");
    assertThat(limits.begin("anna", 2, LOCK_MS)).isZero();
    limits.succeeded("anna");
    assertThat(limits.begin("anna", 2, LOCK_MS)).isZero();
    assertThat(limits.isLocked("anna", 2)).isFalse();
  }

  @Test
  void remembersABoundedNumberAndForgetsTheOldest() {
    limits.begin("first", 1, LOCK_MS);
    for (int i = 0; i < LoginLimits.MOST; i++) limits.begin("other" + i, 1, LOCK_MS);
    assertThat(limits.isLocked("first", 1)).isFalse();
    assertThat(limits.isLocked("other" + (LoginLimits.MOST - 1), 1)).isTrue();
  }

  @Test
  void theAuditGetsABoundedNumberOfFailuresAMinuteAndHowManyWereLeftOut() {
    FailureLines lines = new FailureLines(() -> now);
    for (int i = 0; i < FailureLines.PER_MINUTE; i++) assertThat(lines.take()).isZero();
    for (int i = 0; i < 5; i++) assertThat(lines.take()).isEqualTo(-1);
    pass(60);
    assertThat(lines.take()).isEqualTo(5);
    assertThat(lines.take()).isZero();
  }

  private void pass(long seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }
}
