package dev.magpie;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** Sets the levels that the settings name; {@code logback.xml} has the rest. The one class that knows Logback, used by {@link Main} only. */
final class Logging {
  private Logging() {}

  static void apply(Settings.Log log) {
    // An application that brings another logger sets its levels by that one's means.
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) return;
    context.getLogger("dev.magpie").setLevel(Level.toLevel(log.level()));
    log.levels().forEach((logger, level) -> context.getLogger(logger).setLevel(Level.toLevel(level)));
  }
}
