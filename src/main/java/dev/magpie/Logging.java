package dev.magpie;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import dev.magpie.logging.JsonLines;
import dev.magpie.settings.Settings;
import dev.magpie.transport.LoggedAddress;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * Sets format and levels of the log, and how it shows addresses, by the settings; the rest is in {@code logback.xml}. Used by {@link Main}
 * only.
 */
final class Logging {
  /** The level that each logger had before the settings changed it; null where it inherited its parent's. */
  private static final Map<String, Level> BEFORE = new HashMap<>();

  private Logging() {}

  /** Called at the start, and when the settings have changed. */
  static synchronized void apply(Settings.Log log) {
    LoggedAddress.showFull(log.fullAddresses());
    // With another logger than Logback the application sets the levels itself.
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) return;
    Map<String, String> levels = new HashMap<>(log.levels());
    levels.putIfAbsent("dev.magpie", log.level());
    BEFORE.forEach((logger, level) -> {
      if (!levels.containsKey(logger)) context.getLogger(logger).setLevel(level);
    });
    BEFORE.keySet().retainAll(levels.keySet());
    levels.forEach((name, level) -> {
      Logger logger = context.getLogger(name);
      if (!BEFORE.containsKey(name)) BEFORE.put(name, logger.getLevel());
      logger.setLevel(Level.toLevel(level));
    });
    if (log.json()) writeJson(context);
  }

  /** Does nothing where {@code logback.xml} was replaced and has no such appender. */
  private static void writeJson(LoggerContext context) {
    if (!(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("out") instanceof OutputStreamAppender<ILoggingEvent> out)) return;
    if (out.getEncoder() instanceof JsonLines) return;
    JsonLines encoder = new JsonLines();
    encoder.setContext(context);
    encoder.start();
    out.setEncoder(encoder);
  }
}
