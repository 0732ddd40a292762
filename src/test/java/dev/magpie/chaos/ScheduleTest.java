package dev.magpie.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.chaos.Schedule.Fault;
import dev.magpie.chaos.Schedule.Step;
import dev.magpie.chaos.Schedule.Store;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final long TEN_MINUTES = 600_000;

  @Test
  void isTheSameForTheSameSeedAndAnotherForAnother() {
    assertThat(Schedule.of(7, TEN_MINUTES, Store.MONGO)).isEqualTo(Schedule.of(7, TEN_MINUTES, Store.MONGO))
        .isNotEqualTo(Schedule.of(8, TEN_MINUTES, Store.MONGO));
  }

  @Test
  void doesEverythingThatTheStoreAllows() {
    assertThat(Schedule.of(1, TEN_MINUTES, Store.MONGO).steps()).extracting(Step::fault).containsAll(EnumSet.allOf(Fault.class));
    assertThat(Schedule.of(1, TEN_MINUTES, Store.EMBEDDED).steps()).extracting(Step::fault)
        .doesNotContain(Fault.KILL_DATABASE, Fault.STOP_DATABASE).contains(Fault.KILL, Fault.STOP);
  }

  @Test
  void takesAsLongAsItIsTold() {
    long taken = Schedule.of(3, TEN_MINUTES, Store.MONGO).steps().stream().mapToLong(step -> step.pauseMillis() + step.millis()).sum();
    assertThat(taken).isBetween(TEN_MINUTES - 40_000, TEN_MINUTES);
  }

  @Test
  void stopsForUpToHalfAMinuteInALongRun() {
    assertThat(Schedule.of(1, 6 * TEN_MINUTES, Store.MONGO).steps()).filteredOn(step -> step.fault() == Fault.STOP)
        .anyMatch(step -> step.millis() > 20_000).allMatch(step -> step.millis() <= 30_000);
  }
}
