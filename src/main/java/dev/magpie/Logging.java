package dev.magpie;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import dev.magpie.logging.JsonLines;
import dev.magpie.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Sets the format and the levels that the settings name; {@code logback.xml} has the rest. Used by {@link Main} only. */
final class Logging {
  /** What loggers had before the settings gave them a level, null where it was their parent's. */
  private static final Map<String, Level> BEFORE = new HashMap<>();

  private Logging() {}

  /** At the start, and again when the settings change. */
  static synchronized void apply(Settings.Log log) {
    // An application that brings another logger sets its levels by that one's means.
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

  /** Where {@code logback.xml} is the user's own, and has no such appender, its format stays. */
  private static void writeJson(LoggerContext context) {
    if (!(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("out") instanceof OutputStreamAppender<ILoggingEvent> out)) return;
    if (out.getEncoder() instanceof JsonLines) return;
    JsonLines encoder = new JsonLines();
    encoder.setContext(context);
    encoder.start();
    out.setEncoder(encoder);
  }
}
