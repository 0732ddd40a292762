package dev.magpie;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;

/** Runs the program as processes in one folder, each with a name and with its output and errors in files of that name. */
abstract class CommandProcesses {
  private static final Pattern LISTENING = Pattern.compile("listening url=http(://\\S+)");

  @TempDir Path folder;

  Process start(String name, String... arguments) throws IOException {
    String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString()).collect(Collectors.joining(File.pathSeparator));
    // The jar's manifest says so itself; from Java 24 on the machine warns where nobody does.
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED", "-cp", classPath,
        "dev.magpie.Main"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile())
        .redirectOutput(folder.resolve(name + ".out").toFile()).redirectError(folder.resolve(name + ".err").toFile());
    builder.environment().keySet().removeIf(variable -> variable.startsWith("MAGPIE_") || variable.endsWith("JAVA_OPTIONS"));
    return builder.start();
  }

  static int end(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, SECONDS)).as("ended").isTrue();
    return process.exitValue();
  }

  String url(Process server) throws Exception {
    long until = System.nanoTime() + SECONDS.toNanos(60);
    while (System.nanoTime() < until) {
      Matcher found = LISTENING.matcher(out("server"));
      if (found.find()) return found.group(1);
      assertThat(server.isAlive()).as("%s%s", out("server"), said("server")).isTrue();
      Thread.sleep(50);
    }
    throw new AssertionError(out("server"));
  }

  String out(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".out"));
  }

  String said(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".err"));
  }
}
