package com.example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A process of Magpie's program: a copy of magpie.jar in target/program, and the plug-in in plugins beside it. */
final class Program {
  private static final Pattern LISTENING = Pattern.compile("listening url=http://[^:]+:(\\d+)");

  private final Process process;
  private final CompletableFuture<Integer> port = new CompletableFuture<>();
  private final StringBuilder log = new StringBuilder();

  private Program(Process process) {
    this.process = process;
  }

  /** @param settings in JSON */
  static Program start(String settings) throws IOException {
    Path folder = Path.of("target/program").toAbsolutePath();
    copy(Path.of(System.getProperty("magpie.jar")), folder.resolve("magpie.jar"));
    Path plugIn = Path.of(System.getProperty("plugin.jar"));
    copy(plugIn, folder.resolve("plugins").resolve(plugIn.getFileName()));
    Files.writeString(folder.resolve("conf.json"), settings);
    ProcessBuilder java = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx256m", "-jar", "magpie.jar", "-conf", "conf.json");
    Program program = new Program(java.directory(folder.toFile()).redirectErrorStream(true).start());
    Thread reader = new Thread(program::read, "log of the program");
    reader.setDaemon(true);
    reader.start();
    return program;
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  private void read() {
    process.inputReader().lines().forEach(line -> {
      log.append(line).append('\n');
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) port.complete(Integer.parseInt(listening.group(1)));
    });
    port.completeExceptionally(new IllegalStateException("the program has ended:\n" + log));
  }

  /** The port of its first listener; waits for it. */
  int port() throws Exception {
    return port.get(120, TimeUnit.SECONDS);
  }

  void stop() throws InterruptedException {
    // By its handle, because Process.destroy closes the log as well.
    process.toHandle().destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
  }
}
