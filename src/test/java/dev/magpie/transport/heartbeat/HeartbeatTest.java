package dev.magpie.transport.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.transport.CloseReason;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  private static final long INTERVAL_MS = 300;
  private static final long TIMEOUT_MS = 200;

  private long clock = 1;
  private final TimerWheel timers = new TimerWheel(() -> clock);
  private final SilentHeartbeat heartbeat =
      new SilentHeartbeat(timers, TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS), TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS));

  @Test
  void aClientWhoseTimeIsOverIsExpiredAlsoWhileTheLastTickIsWaitedFor() {
    timers.missedPongs().opened();
    heartbeat.beginListening();
    pass(INTERVAL_MS + TIMEOUT_MS - 1);
    assertThat(heartbeat.isExpired()).isFalse();
    pass(1);
    assertThat(heartbeat.isExpired()).isTrue();
    timers.tick();
    assertThat(heartbeat.closed).as("what has come may be unread").isNull();
    assertThat(heartbeat.isExpired()).isTrue();
    pass(100);
    assertThat(heartbeat.closed).isEqualTo(CloseReason.PING_TIMEOUT);
  }

  /** Time in which the loop ticks. */
  private void pass(long millis) {
    for (long passed = 0; passed < millis; passed++) {
      clock += TimeUnit.MILLISECONDS.toNanos(1);
      if (passed % 50 == 49) timers.tick();
    }
  }
}
