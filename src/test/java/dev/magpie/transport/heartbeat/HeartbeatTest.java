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
  private final Silent heartbeat = new Silent();

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

  private final class Silent extends Heartbeat {
    private CloseReason closed;

    @Override
    protected TimerWheel wheel() {
      return timers;
    }

    @Override
    protected long interval() {
      return TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS);
    }

    @Override
    protected long timeout() {
      return TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
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
    protected void writePing(Runnable written) {}

    @Override
    protected long taken() {
      return 0;
    }

    @Override
    protected void failed(CloseReason reason, String detail) {
      closed = reason;
    }
  }
}
