package dev.magpie.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetentionClockTest {
  private static final long HOUR = 3_600_000;
  private static final long DAY = 24 * HOUR;
  private static final long NOW = 1_700_000_000_000L;

  @Test
  void believesTheFirstTimeOfANewLog() {
    assertThat(new RetentionClock("/chat", 0, false).look(NOW)).hasValue(NOW);
  }

  @Test
  void doesNotBelieveAClockThatIsMoreThanADayAheadUntilItIsRightAgain() {
    RetentionClock clock = new RetentionClock("/chat", NOW, false);
    assertThat(clock.look(NOW + 31 * DAY)).isEmpty();
    assertThat(clock.look(NOW + 31 * DAY + HOUR)).as("it does not get used to it").isEmpty();
    assertThat(clock.toNote()).as("nor does the log").isEmpty();
    assertThat(clock.look(NOW + HOUR)).hasValue(NOW + HOUR);
  }

  @Test
  void followsAClockThatGoesOnStepByStep() {
    RetentionClock clock = new RetentionClock("/chat", NOW, false);
    for (int hours = 1; hours < 100; hours += 20) assertThat(clock.look(NOW + hours * HOUR)).hasValue(NOW + hours * HOUR);
  }

  @Test
  void believesOneJumpWhereTheOperatorSaysSoAndNoLaterOne() {
    RetentionClock clock = new RetentionClock("/chat", NOW, true);
    assertThat(clock.look(NOW + 31 * DAY)).hasValue(NOW + 31 * DAY);
    assertThat(clock.look(NOW + 62 * DAY)).isEmpty();
  }

  @Test
  void aClockThatGoesBackLetsGoOfLess() {
    RetentionClock clock = new RetentionClock("/chat", NOW, false);
    assertThat(clock.look(NOW - 31 * DAY)).hasValue(NOW - 31 * DAY);
  }

  @Test
  void isNotedOnceAnHour() {
    RetentionClock clock = new RetentionClock("/chat", NOW, false);
    clock.look(NOW + HOUR / 2);
    assertThat(clock.toNote()).isEmpty();
    clock.look(NOW + HOUR);
    assertThat(clock.toNote()).hasValue(NOW + HOUR);
    assertThat(clock.toNote()).isEmpty();
  }
}
