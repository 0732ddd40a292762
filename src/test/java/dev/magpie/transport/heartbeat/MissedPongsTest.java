package dev.magpie.transport.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who is silent alone is closed at once; where a fifth of all is, a few at a time. */
class MissedPongsTest {
  private static final long INTERVAL = TimeUnit.SECONDS.toNanos(25);
  private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(20);

  private long clock = 1;
  private final TimerWheel timers = new TimerWheel(() -> clock);
  private final MissedPongs missed = timers.missedPongs();

  @Test
  void aFifthWithinAnIntervalIsClosedAtOnce() {
    connections(10_000);
    for (int i = 0; i < 2_000; i++) assertThat(reprieve()).isZero();
    assertThat(missed.alarms()).isZero();
  }

  @Test
  void moreThanAFifthIsClosedFiveHundredASecond() {
    connections(10_000);
    for (int i = 0; i < 2_000; i++) reprieve();
    long first = missed.reprieve(INTERVAL, TIMEOUT);
    long last = 0;
    for (int i = 0; i < 500; i++) last = missed.reprieve(INTERVAL, TIMEOUT);
    assertThat(last - first).isEqualTo(TimeUnit.SECONDS.toNanos(1));
    assertThat(missed.alarms()).isEqualTo(1);
    assertThat(missed.total()).isEqualTo(2_501);
  }

  @Test
  void nobodyIsGivenMoreThanATimeoutMore() {
    connections(100_000);
    long longest = 0;
    for (int i = 0; i < 100_000; i++) longest = Math.max(longest, missed.reprieve(INTERVAL, TIMEOUT));
    assertThat(longest).isEqualTo(TIMEOUT);
  }

  @Test
  void thoseOfEarlierIntervalsDoNotCount() {
    connections(10_000);
    for (int interval = 0; interval < 5; interval++) {
      for (int i = 0; i < 1_000; i++) assertThat(reprieve()).isZero();
      pass(INTERVAL + INTERVAL / 8);
    }
    assertThat(missed.alarms()).isZero();
  }

  @Test
  void fewAreNoMass() {
    connections(MissedPongs.FEW);
    for (int i = 0; i < MissedPongs.FEW; i++) assertThat(reprieve()).isZero();
  }

  @Test
  void alarmsOnceForEachTimeOfSilence() {
    connections(1_000);
    for (int silence = 1; silence <= 2; silence++) {
      for (int i = 0; i < 500; i++) missed.reprieve(INTERVAL, TIMEOUT);
      assertThat(missed.alarms()).isEqualTo(silence);
      pass(INTERVAL * 2);
      assertThat(reprieve()).isZero();
    }
  }

  /** Of one that is closed where nothing is against it. */
  private long reprieve() {
    long reprieve = missed.reprieve(INTERVAL, TIMEOUT);
    if (reprieve == 0) missed.closed();
    return reprieve;
  }

  private void connections(int count) {
    for (int i = 0; i < count; i++) missed.opened();
  }

  private void pass(long nanos) {
    for (long passed = 0; passed < nanos; passed += 50_000_000) {
      clock += 50_000_000;
      timers.tick();
    }
  }
}
