package dev.magpie.transport.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {
  private long clock = 1_000_000;
  private final TimerWheel timers = new TimerWheel(() -> clock);
  private final List<String> ran = new ArrayList<>();

  @Test
  void runsADeadlineAtTheFirstTickAfterItsMoment() {
    TimerHandle late = named("late");
    timers.schedule(late, millis(100));
    ticks(50, 1);
    ticks(49, 1);
    assertThat(ran).isEmpty();
    ticks(1, 1);
    assertThat(ran).containsExactly("late");
    assertThat(timers.size()).isZero();
  }

  @Test
  void runsOnceHoweverManyTicksFollow() {
    timers.schedule(named("once"), millis(10));
    ticks(50, 100);
    assertThat(ran).containsExactly("once");
  }

  @Test
  void runsNothingThatWasCancelled() {
    TimerHandle gone = named("gone");
    timers.schedule(gone, millis(10));
    timers.cancel(gone);
    ticks(50, 10);
    assertThat(ran).isEmpty();
    assertThat(timers.size()).isZero();
  }

  @Test
  void keepsOnlyTheLatestMomentOfADeadline() {
    TimerHandle moved = named("moved");
    timers.schedule(moved, millis(10));
    timers.schedule(moved, millis(500));
    ticks(50, 9);
    assertThat(ran).isEmpty();
    ticks(50, 1);
    assertThat(ran).containsExactly("moved");
  }

  @Test
  void aDeadlineThatIsScheduledWhileItRunsWaitsForALaterTick() {
    TimerHandle[] again = new TimerHandle[1];
    again[0] = new TimerHandle() {
      @Override
      protected void due() {
        ran.add("again");
        if (ran.size() < 3) timers.schedule(this, 1);
      }
    };
    timers.schedule(again[0], millis(10));
    ticks(50, 1);
    assertThat(ran).hasSize(1);
    ticks(50, 1);
    assertThat(ran).hasSize(2);
  }

  @Test
  void whatARunningDeadlineCancelsDoesNotRun() {
    TimerHandle second = named("second");
    timers.schedule(new TimerHandle() {
      @Override
      protected void due() {
        ran.add("first");
        timers.cancel(second);
      }
    }, millis(10));
    timers.schedule(second, millis(10));
    ticks(50, 2);
    assertThat(ran).containsExactly("first");
    assertThat(timers.size()).isZero();
  }

  @Test
  void meetsDeadlinesThatAreFurtherOffThanTheWheelReaches() {
    timers.schedule(named("far"), TimeUnit.MINUTES.toNanos(3));
    ticks(200, 899);
    assertThat(ran).isEmpty();
    ticks(200, 1);
    assertThat(ran).containsExactly("far");
  }

  @Test
  void leavesTheTimeOfAStallOut() {
    timers.schedule(named("pong"), millis(1000));
    ticks(50, 10);
    clock += TimeUnit.SECONDS.toNanos(30);
    timers.tick();
    assertThat(ran).isEmpty();
    assertThat(timers.stallCredit()).isEqualTo(TimeUnit.SECONDS.toNanos(30) - TimerWheel.MAX_LATENESS_NANOS);
    ticks(50, 4);
    assertThat(ran).isEmpty();
    ticks(50, 1);
    assertThat(ran).containsExactly("pong");
  }

  @Test
  void duringAStallItsClockStandsStill() {
    timers.tick();
    clock += TimeUnit.SECONDS.toNanos(5);
    assertThat(timers.now()).isEqualTo(TimerWheel.MAX_LATENESS_NANOS);
  }

  @Test
  void meetsEachOfAMillionDeadlinesWithinOneTickAndOneBucket() {
    Random random = new Random(42);
    long[] worst = new long[2];
    int[] met = new int[1];
    for (int i = 0; i < 1_000_000; i++) {
      long delay = millis(random.nextInt(60_000));
      timers.schedule(new TimerHandle() {
        @Override
        protected void due() {
          long lateness = -timers.remaining(this);
          worst[0] = Math.max(worst[0], lateness);
          worst[1] = Math.min(worst[1], lateness);
          met[0]++;
        }
      }, delay);
    }
    ticks(50, 1201);
    assertThat(met[0]).isEqualTo(1_000_000);
    assertThat(worst[0]).isLessThanOrEqualTo(millis(50) + TimerWheel.BUCKET_NANOS);
    assertThat(worst[1]).as("none is early").isZero();
  }

  @Test
  void runsAFewAtATimeAndTheRestInTheirOrder() {
    for (int i = 0; i < 2 * TimerWheel.SLICE + 1; i++) timers.schedule(named("" + i), millis(10));
    TimerHandle withdrawn = named("withdrawn");
    timers.schedule(withdrawn, millis(10));
    clock += millis(50);
    timers.advance();
    assertThat(timers.runSlice()).isTrue();
    assertThat(ran).hasSize(TimerWheel.SLICE);
    assertThat(timers.size()).isEqualTo(TimerWheel.SLICE + 2);
    timers.cancel(withdrawn);
    assertThat(timers.runSlice()).isTrue();
    assertThat(timers.runSlice()).isFalse();
    assertThat(ran).hasSize(2 * TimerWheel.SLICE + 1).startsWith("0", "1").endsWith("400");
    assertThat(timers.size()).isZero();
  }

  @Test
  void aDeadlineThatFailsLosesNoOther() {
    timers.schedule(new TimerHandle() {
      @Override
      protected void due() {
        throw new IllegalStateException("expected by this test");
      }
    }, millis(10));
    timers.schedule(named("other"), millis(10));
    clock += millis(50);
    assertThatThrownBy(timers::tick).hasMessage("expected by this test");
    timers.tick();
    assertThat(ran).containsExactly("other");
    assertThat(timers.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {3_600_000, -3_600_000})
  void isNotMovedByAClockThatJumpsAnHour(long jump) {
    timers.schedule(named("pong"), millis(1000));
    ticks(50, 10);
    clock += millis(jump);
    // The tick after the jump moves on by 250 ms at most, and by nothing where the clock went back.
    ticks(50, 5);
    assertThat(ran).isEmpty();
    ticks(50, 7);
    assertThat(ran).containsExactly("pong");
    timers.schedule(named("next"), millis(1000));
    ticks(50, 19);
    assertThat(ran).hasSize(1);
    ticks(50, 2);
    assertThat(ran).containsExactly("pong", "next");
  }

  @Test
  void isLateWhereNoTickCameForTwoOfItsPeriods() {
    timers.tick();
    clock += millis(200);
    assertThat(timers.isLate()).isFalse();
    clock += millis(10);
    assertThat(timers.isLate()).isTrue();
    timers.tick();
    assertThat(timers.isLate()).isFalse();
  }

  @Test
  void knowsWhetherATickWouldFindAnything() {
    TimerHandle soon = named("soon");
    timers.schedule(soon, millis(100));
    timers.schedule(named("a round later"), TimeUnit.SECONDS.toNanos(41));
    for (int passed = 0; passed < 100; passed += 10) {
      assertThat(timers.anyDue()).as("after " + passed + " ms").isFalse();
      clock += millis(10);
    }
    assertThat(timers.anyDue()).isTrue();
    timers.tick();
    assertThat(ran).containsExactly("soon");
    assertThat(timers.anyDue()).isFalse();
    timers.schedule(soon, millis(10));
    timers.cancel(soon);
    clock += millis(20);
    assertThat(timers.anyDue()).isFalse();
  }

  @Test
  void knowsWhenAConnectionHasNoHeartbeat() {
    Heartbeat heartbeat = new SilentHeartbeat(timers, 0, 0) {
      @Override
      protected void due() {
        ran.add("not scheduled again");
      }
    };
    timers.missedPongs().opened();
    timers.schedule(heartbeat, millis(10));
    timers.schedule(named("no heartbeat"), millis(500));
    assertThat(timers.missedPongs().matchTheWheel()).isTrue();
    ticks(50, 1);
    assertThat(timers.missedPongs().matchTheWheel()).isFalse();
    timers.missedPongs().closed();
    assertThat(timers.missedPongs().matchTheWheel()).isTrue();
  }

  private void ticks(long step, int times) {
    for (int i = 0; i < times; i++) {
      clock += millis(step);
      timers.tick();
    }
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private TimerHandle named(String name) {
    return new TimerHandle() {
      @Override
      protected void due() {
        ran.add(name);
      }
    };
  }
}
