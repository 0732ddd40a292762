package dev.magpie.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ThrottledWarningTest {
  @Test
  void saysItOnceAMinuteWithHowManyItStandsFor() {
    Logger log = (Logger) LoggerFactory.getLogger("seldom");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    log.setAdditive(false);
    log.setLevel(Level.WARN);
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    ThrottledWarning seldom = new ThrottledWarning(log, "bot did not answer", now::get);
    for (int i = 0; i < 120; i++) {
      seldom.warn(new IllegalStateException("nobody there"));
      now.addAndGet(TimeUnit.SECONDS.toNanos(1));
    }
    seldom.warn(new IllegalStateException("still nobody"));
    assertThat(lines.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly(
        "bot did not answer times=1 reason=nobody there", "bot did not answer times=60 reason=nobody there",
        "bot did not answer times=60 reason=still nobody");
  }
}
