package dev.magpie.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code webroot/js/magpie.js} on a clock and a socket of the tests' own, by Node's test runner: {@code src/test/js}. */
class PlainClientTest {
  @Test
  void keepsWhatItPromises() throws IOException, InterruptedException {
    Process tests = new ProcessBuilder(System.getProperty("node.executable", "node"), "--test", "--test-reporter=tap",
        "src/test/js/magpie.test.mjs").redirectErrorStream(true).start();
    String output = new String(tests.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(tests.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(tests.exitValue()).as(output).isZero();
    assertThat(output).containsPattern("# pass [1-9]");
  }

  @Test
  void hasNoDependenciesAndIsSmall() throws IOException {
    List<Path> files = List.of(Path.of("webroot/js/magpie.js"), Path.of("webroot/js/outbox.js"), Path.of("webroot/js/room.js"),
        Path.of("webroot/js/storage.js"));
    try (Stream<String> lines = files.stream().flatMap(PlainClientTest::lines)) {
      assertThat(lines.filter(line -> line.matches("(import|export .* from) .*")).map(line -> line.replaceAll(".*from ", "")))
          .containsOnly("\"./outbox.js\";", "\"./room.js\";", "\"./storage.js\";");
    }
    for (Path file : files) assertThat(Files.size(file)).isLessThan(20_000);
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
