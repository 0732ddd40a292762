package dev.magpie.transport.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.transport.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlinesTest {
  private long clock = 1_000_000;
  private final Deadlines deadlines = new Deadlines(() -> clock);
  private final List<String> ran = new ArrayList<>();

  @Test
  void runsADeadlineAtTheFirstTickAfterItsMoment() {
    Deadline late = named("late");
    deadlines.schedule(late, millis(100));
    ticks(50, 1);
    ticks(49, 1);
    assertThat(ran).isEmpty();
    ticks(1, 1);
    assertThat(ran).containsExactly("late");
    assertThat(deadlines.size()).isZero();
  }

  @Test
  void runsOnceHoweverManyTicksFollow() {
    deadlines.schedule(named("once"), millis(10));
    ticks(50, 100);
    assertThat(ran).containsExactly("once");
  }

  @Test
  void runsNothingThatWasCancelled() {
    Deadline gone = named("gone");
    deadlines.schedule(gone, millis(10));
    deadlines.cancel(gone);
    ticks(50, 10);
    assertThat(ran).isEmpty();
    assertThat(deadlines.size()).isZero();
  }

  @Test
  void keepsOnlyTheLatestMomentOfADeadline() {
    Deadline moved = named("moved");
    deadlines.schedule(moved, millis(10));
    deadlines.schedule(moved, millis(500));
    ticks(50, 9);
    assertThat(ran).isEmpty();
    ticks(50, 1);
    assertThat(ran).containsExactly("moved");
  }

  @Test
  void aDeadlineThatIsScheduledWhileItRunsWaitsForALaterTick() {
    Deadline[] again = new Deadline[1];
    again[0] = new Deadline() {
      @Override
      protected void due() {
        ran.add("again");
        if (ran.size() < 3) deadlines.schedule(this, 1);
      }
    };
    deadlines.schedule(again[0], millis(10));
    ticks(50, 1);
    assertThat(ran).hasSize(1);
    ticks(50, 1);
    assertThat(ran).hasSize(2);
  }

  @Test
  void whatARunningDeadlineCancelsDoesNotRun() {
    Deadline second = named("second");
    deadlines.schedule(new Deadline() {
      @Override
      protected void due() {
        ran.add("first");
        deadlines.cancel(second);
      }
    }, millis(10));
    deadlines.schedule(second, millis(10));
    ticks(50, 2);
    assertThat(ran).containsExactly("first");
    assertThat(deadlines.size()).isZero();
  }

  @Test
  void meetsDeadlinesThatAreFurtherOffThanTheWheelReaches() {
    deadlines.schedule(named("far"), TimeUnit.MINUTES.toNanos(3));
    ticks(200, 899);
    assertThat(ran).isEmpty();
    ticks(200, 1);
    assertThat(ran).containsExactly("far");
  }

  @Test
  void leavesTheTimeOfAStallOut() {
    deadlines.schedule(named("pong"), millis(1000));
    ticks(50, 10);
    clock += TimeUnit.SECONDS.toNanos(30);
    deadlines.tick();
    assertThat(ran).isEmpty();
    assertThat(deadlines.stallCredit()).isEqualTo(TimeUnit.SECONDS.toNanos(30) - Deadlines.MAX_LATENESS_NANOS);
    ticks(50, 4);
    assertThat(ran).isEmpty();
    ticks(50, 1);
    assertThat(ran).containsExactly("pong");
  }

  @Test
  void duringAStallItsClockStandsStill() {
    deadlines.tick();
    clock += TimeUnit.SECONDS.toNanos(5);
    assertThat(deadlines.now()).isEqualTo(Deadlines.MAX_LATENESS_NANOS);
  }

  @Test
  void meetsEachOfAMillionDeadlinesWithinOneTickAndOneBucket() {
    Random random = new Random(42);
    long[] worst = new long[2];
    int[] met = new int[1];
    for (int i = 0; i < 1_000_000; i++) {
      long delay = millis(random.nextInt(60_000));
      deadlines.schedule(new Deadline() {
        @Override
        protected void due() {
          long lateness = -deadlines.remaining(this);
          worst[0] = Math.max(worst[0], lateness);
          worst[1] = Math.min(worst[1], lateness);
          met[0]++;
        }
      }, delay);
    }
    ticks(50, 1201);
    assertThat(met[0]).isEqualTo(1_000_000);
    assertThat(worst[0]).isLessThanOrEqualTo(millis(50) + Deadlines.BUCKET_NANOS);
    assertThat(worst[1]).as("none is early").isZero();
  }

  @Test
  void runsAFewAtATimeAndTheRestInTheirOrder() {
    for (int i = 0; i < 2 * Deadlines.SLICE + 1; i++) deadlines.schedule(named("" + i), millis(10));
    Deadline withdrawn = named("withdrawn");
    deadlines.schedule(withdrawn, millis(10));
    clock += millis(50);
    deadlines.advance();
    assertThat(deadlines.runSlice()).isTrue();
    assertThat(ran).hasSize(Deadlines.SLICE);
    assertThat(deadlines.size()).isEqualTo(Deadlines.SLICE + 2);
    deadlines.cancel(withdrawn);
    assertThat(deadlines.runSlice()).isTrue();
    assertThat(deadlines.runSlice()).isFalse();
    assertThat(ran).hasSize(2 * Deadlines.SLICE + 1).startsWith("0", "1").endsWith("400");
    assertThat(deadlines.size()).isZero();
  }

  @Test
  void aDeadlineThatFailsLosesNoOther() {
    deadlines.schedule(new Deadline() {
      @Override
      protected void due() {
        throw new IllegalStateException("expected by this test");
      }
    }, millis(10));
    deadlines.schedule(named("other"), millis(10));
    clock += millis(50);
    assertThatThrownBy(deadlines::tick).hasMessage("expected by this test");
    deadlines.tick();
    assertThat(ran).containsExactly("other");
    assertThat(deadlines.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {3_600_000, -3_600_000})
  void isNotMovedByAClockThatJumpsAnHour(long jump) {
    deadlines.schedule(named("pong"), millis(1000));
    ticks(50, 10);
    clock += millis(jump);
    // The tick after the jump moves on by 250 ms at most, and by nothing where the clock went back.
    ticks(50, 5);
    assertThat(ran).isEmpty();
    ticks(50, 7);
    assertThat(ran).containsExactly("pong");
    deadlines.schedule(named("next"), millis(1000));
    ticks(50, 19);
    assertThat(ran).hasSize(1);
    ticks(50, 2);
    assertThat(ran).containsExactly("pong", "next");
  }

  @Test
  void isLateWhereNoTickCameForTwoOfItsPeriods() {
    deadlines.tick();
    clock += millis(200);
    assertThat(deadlines.isLate()).isFalse();
    clock += millis(10);
    assertThat(deadlines.isLate()).isTrue();
    deadlines.tick();
    assertThat(deadlines.isLate()).isFalse();
  }

  @Test
  void knowsWhetherATickWouldFindAnything() {
    Deadline soon = named("soon");
    deadlines.schedule(soon, millis(100));
    deadlines.schedule(named("a round later"), TimeUnit.SECONDS.toNanos(41));
    for (int passed = 0; passed < 100; passed += 10) {
      assertThat(deadlines.anyDue()).as("after " + passed + " ms").isFalse();
      clock += millis(10);
    }
    assertThat(deadlines.anyDue()).isTrue();
    deadlines.tick();
    assertThat(ran).containsExactly("soon");
    assertThat(deadlines.anyDue()).isFalse();
    deadlines.schedule(soon, millis(10));
    deadlines.cancel(soon);
    clock += millis(20);
    assertThat(deadlines.anyDue()).isFalse();
  }

  @Test
  void knowsWhenAConnectionHasNoHeartbeat() {
    Heartbeat heartbeat = new ForgottenHeartbeat();
    deadlines.missedPongs().opened();
    deadlines.schedule(heartbeat, millis(10));
    deadlines.schedule(named("no heartbeat"), millis(500));
    assertThat(deadlines.missedPongs().matchTheWheel()).isTrue();
    ticks(50, 1);
    assertThat(deadlines.missedPongs().matchTheWheel()).isFalse();
    deadlines.missedPongs().closed();
    assertThat(deadlines.missedPongs().matchTheWheel()).isTrue();
  }

  /** Is not scheduled again. */
  private final class ForgottenHeartbeat extends Heartbeat {
    @Override
    protected void due() {
      ran.add("forgotten");
    }

    @Override
    protected Deadlines wheel() {
      return deadlines;
    }

    @Override
    protected long interval() {
      return 0;
    }

    @Override
    protected long timeout() {
      return 0;
    }

    @Override
    protected boolean isStrict() {
      return false;
    }

    @Override
    protected boolean isReceiving() {
      return false;
    }

    @Override
    protected void writePing(Runnable left) {}

    @Override
    protected long taken() {
      return 0;
    }

    @Override
    protected void failed(CloseReason reason, String detail) {}
  }

  private void ticks(long step, int times) {
    for (int i = 0; i < times; i++) {
      clock += millis(step);
      deadlines.tick();
    }
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private Deadline named(String name) {
    return new Deadline() {
      @Override
      protected void due() {
        ran.add(name);
      }
    };
  }
}
