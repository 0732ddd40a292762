package dev.magpie.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PeerLogTest {
  private final PeerLog log = new PeerLog();
  private final long begun = System.nanoTime() + TimeUnit.HOURS.toNanos(1);

  @Test
  void writesABurstAndThenTenLinesASecondAndSaysHowManyItLeftOut() {
    for (int line = 0; line < PeerLog.BURST; line++) assertThat(log.mayWrite(begun)).isTrue();
    for (int line = 0; line < 500; line++) assertThat(log.mayWrite(begun)).isFalse();

    long second = begun + TimeUnit.SECONDS.toNanos(1);
    int written = 0;
    for (int line = 0; line < 100; line++) if (log.mayWrite(second)) written++;
    assertThat(written).isEqualTo(PeerLog.PER_SECOND);
    assertThat(log.others()).isEqualTo(" lines_left_out=590");
    assertThat(log.others()).isEmpty();
  }
}
