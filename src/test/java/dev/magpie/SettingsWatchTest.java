package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.magpie.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class SettingsWatchTest {
  private static final Settings.Log BEFORE = new Settings.Log("error", Map.of(), false);

  private final Logger own = (Logger) LoggerFactory.getLogger("dev.magpie");
  private final Logger other = (Logger) LoggerFactory.getLogger("example.other");

  @TempDir Path folder;
  private Path file;
  private SettingsWatch watch;

  @BeforeEach
  void start() throws IOException {
    file = folder.resolve("magpie.json");
    write("{}");
    Settings settings = Settings.load(file.toString(), Map.of());
    Logging.apply(settings.log());
    watch = new SettingsWatch(file, settings, () -> Settings.load(file.toString(), Map.of()));
  }

  @AfterEach
  void restore() {
    Logging.apply(BEFORE);
  }

  @Test
  void appliesLevelsWhenTheFileChangesAndTakesThemBack() throws IOException {
    write("{\"log\": {\"level\": \"debug\", \"levels\": {\"example.other\": \"trace\"}}}");
    watch.look();
    assertThat(own.getLevel()).isEqualTo(Level.DEBUG);
    assertThat(other.getLevel()).isEqualTo(Level.TRACE);

    write("{\"log\": {\"level\": \"warn\"}}");
    watch.look();
    assertThat(own.getLevel()).isEqualTo(Level.WARN);
    assertThat(other.getLevel()).isNull();
  }

  @Test
  void keepsTheLevelsWhileTheFileIsBrokenOrGone() throws IOException {
    write("{\"log\": {\"level\": ");
    watch.look();
    Files.delete(file);
    watch.look();
    assertThat(own.getLevel()).isEqualTo(Level.INFO);

    write("{\"log\": {\"level\": \"off\"}}");
    watch.look();
    assertThat(own.getLevel()).isEqualTo(Level.OFF);
  }

  private void write(String json) throws IOException {
    Files.writeString(file, json);
  }
}
