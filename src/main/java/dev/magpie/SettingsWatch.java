package dev.magpie;

import dev.magpie.settings.Settings;
import dev.magpie.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the log levels, and how addresses are shown, when the settings file changes while the program runs; other changes take effect
 * at the next start. Reads the file's time every two seconds, on a thread of its own.
 */
final class SettingsWatch {
  private static final long PERIOD_MS = 2_000;

  private static final Logger log = LoggerFactory.getLogger(SettingsWatch.class);

  private final Path file;
  private final Supplier<Settings> reader;
  private Settings settings;
  private String seen;

  /** @param settings the settings of the start */
  SettingsWatch(Path file, Settings settings, Supplier<Settings> reader) {
    this.file = file;
    this.settings = settings;
    this.reader = reader;
    this.seen = state();
  }

  void start() {
    Thread thread = new Thread(this::watch, "magpie-settings");
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(PERIOD_MS);
        look();
      }
    } catch (InterruptedException ends) {
      Thread.currentThread().interrupt();
    }
  }

  void look() {
    String now = state();
    if (now.equals(seen)) return;
    seen = now;
    try {
      apply(reader.get());
    } catch (SettingsException e) {
      // It may be half written: then it changes once more.
      log.warn("settings not reloaded, the former ones stay in force reason={}", e.getMessage());
    }
  }

  private void apply(Settings changed) {
    if (!changed.log().equals(settings.log())) {
      Logging.apply(changed.log());
      log.info("log levels changed level={} levels={} addresses={}", changed.log().level(), changed.log().levels(),
          changed.log().fullAddresses() ? "full" : "masked");
    }
    if (!others(changed).equals(others(settings)))
      log.info("settings changed besides log.level, log.levels and log.addresses: in force from the next start on");
    settings = changed;
  }

  private static Object others(Settings settings) {
    var others = settings.json().copy();
    others.getJsonObject("log").remove("level");
    others.getJsonObject("log").remove("levels");
    others.getJsonObject("log").remove("addresses");
    return others;
  }

  private String state() {
    try {
      BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
      return is.lastModifiedTime() + " " + is.size();
    } catch (IOException gone) {
      return "";
    }
  }
}
