package dev.magpie.delivery;

import dev.magpie.log.RecoveryProvider;
import dev.magpie.testing.MagpieProcess;
import dev.magpie.testing.Ports;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A {@link DoomedServer} and its lives: the same data, the same two ports. Owned by one test. */
final class LabProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final Path folder;
  private final int one = Ports.free();
  private final int two = Ports.free();
  private Process process;

  LabProcess(Path folder) throws IOException {
    this.folder = folder;
    Path services = Files.createDirectories(folder.resolve("hook/META-INF/services"));
    Files.writeString(services.resolve(RecoveryProvider.class.getName()), DoomedServer.Stores.class.getName());
  }

  /** Returns when both instances listen. */
  LabProcess start(DoomedServer.Point point) throws IOException {
    process = MagpieProcess.of(DoomedServer.class, point.name(), folder.resolve("data").toString(), "" + one, "" + two)
        .classPath(folder.resolve("hook") + File.pathSeparator + MagpieProcess.testClassPath())
        .options("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m")
        .builder()
        .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("server.err").toFile()))
        .start();
    BufferedReader out = process.inputReader();
    for (String line = out.readLine(); !"listening".equals(line); line = out.readLine()) {
      if (line == null) throw new IOException("the server did not start: " + Files.readString(folder.resolve("server.err")));
    }
    Thread drain = new Thread(() -> out.lines().forEach(line -> {}), "lab-output");
    drain.setDaemon(true);
    drain.start();
    return this;
  }

  /** Waits until it has ended itself. */
  void awaitEnd() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) throw new AssertionError("the server did not end itself");
    if (process.exitValue() != DoomedServer.EXIT) throw new AssertionError("the server ended with " + process.exitValue());
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  String chatOfOne() {
    return "http://127.0.0.1:" + one + "/chat";
  }

  String chatOfTwo() {
    return "http://127.0.0.1:" + two + "/chat";
  }

  int port() {
    return one;
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null) kill();
  }
}
