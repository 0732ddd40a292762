package dev.magpie.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RefusedOriginsTest {
  @Test
  void areNamedOnceAndAFloodOfThemIsCut() {
    Logger logger = (Logger) LoggerFactory.getLogger(RefusedOrigins.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Level before = logger.getLevel();
    logger.setLevel(Level.WARN);
    logger.addAppender(log);
    try {
      RefusedOrigins.say("https://missing.example");
      RefusedOrigins.say("https://missing.example");
      assertThat(log.list).filteredOn(line -> line.getLevel() == Level.WARN).extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly("origin refused: \"https://missing.example\"; add it to http.origins to admit its pages");
      for (int i = 0; i < 500; i++) RefusedOrigins.say("https://made-up-" + i + ".example");
      assertThat(log.list).filteredOn(line -> line.getLevel() == Level.WARN).hasSizeLessThanOrEqualTo(100);
    } finally {
      logger.detachAppender(log);
      logger.setLevel(before);
    }
  }
}
