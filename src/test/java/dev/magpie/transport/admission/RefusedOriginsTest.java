package dev.magpie.transport.admission;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.magpie.transport.PeerLog;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RefusedOriginsTest {
  @Test
  void areNamedOnceAndAFloodOfThemIsCut() {
    RefusedOrigins origins = new RefusedOrigins();
    Logger logger = (Logger) LoggerFactory.getLogger(PeerLog.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Level before = logger.getLevel();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
    try {
      origins.log("127.0.0.1:1", "https://missing.example");
      origins.log("127.0.0.1:1", "https://missing.example");
      assertThat(log.list).filteredOn(line -> line.getLevel() == Level.INFO).extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly("client warned address=127.0.0.1:1 reason=origin not admitted, add it to http.origins: https://missing.example");
      for (int i = 0; i < 500; i++) origins.log("127.0.0.1:1", "https://made-up-" + i + ".example");
      assertThat(log.list).filteredOn(line -> line.getLevel() == Level.INFO).hasSizeLessThanOrEqualTo(100);
    } finally {
      logger.detachAppender(log);
      logger.setLevel(before);
    }
  }
}
