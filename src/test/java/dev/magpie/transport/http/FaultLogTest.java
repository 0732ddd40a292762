package dev.magpie.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FaultLogTest {
  private final FaultLog log = new FaultLog();

  @Test
  void aKindComesOnceAMinuteAndSaysHowManyItStandsFor() {
    assertThat(log.count("a", 0)).isEqualTo(1);
    for (int i = 0; i < 500; i++) assertThat(log.count("a", TimeUnit.SECONDS.toNanos(59))).isZero();
    assertThat(log.count("a", TimeUnit.SECONDS.toNanos(60))).isEqualTo(501);
  }

  @Test
  void anotherKindHasALineOfItsOwn() {
    assertThat(log.count("a", 0)).isEqualTo(1);
    assertThat(log.count("b", 0)).isEqualTo(1);
  }

  @Test
  void kindsWithoutEndShareOneLine() {
    for (int i = 0; i < 100; i++) assertThat(log.count("kind " + i, 0)).isEqualTo(1);
    assertThat(log.count("one more", 0)).isEqualTo(1);
    assertThat(log.count("and another", 0)).isZero();
  }
}
