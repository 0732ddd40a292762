package dev.magpie;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.MagpieProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;

/** Runs the program as processes in one folder, each with a name and with its output and errors in files of that name. */
abstract class CommandProcesses {
  private static final Pattern LISTENING = Pattern.compile("listening url=http(://\\S+)");
  private static final Pattern MANAGEMENT = Pattern.compile("listening url=http(://\\S+) listener=management");

  @TempDir Path folder;

  Process start(String name, String... arguments) throws IOException {
    return MagpieProcess.program(arguments).builder().directory(folder.toFile())
        .redirectOutput(folder.resolve(name + ".out").toFile()).redirectError(folder.resolve(name + ".err").toFile())
        .start();
  }

  static int end(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, SECONDS)).as("ended").isTrue();
    return process.exitValue();
  }

  String url(Process server) throws Exception {
    return awaited(LISTENING, server);
  }

  /** Of the management listener. */
  String managementUrl(Process server) throws Exception {
    return awaited(MANAGEMENT, server);
  }

  private String awaited(Pattern line, Process server) throws Exception {
    long until = System.nanoTime() + SECONDS.toNanos(60);
    while (System.nanoTime() < until) {
      Matcher found = line.matcher(out("server"));
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
