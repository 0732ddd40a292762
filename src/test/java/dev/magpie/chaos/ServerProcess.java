package dev.magpie.chaos;

import dev.magpie.testing.MagpieProcess;
import dev.magpie.testing.Ports;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Magpie as a process of its own, on one port and one folder over all its lives. Owned by one test or run, used on its thread. */
public final class ServerProcess implements AutoCloseable {
  private static final long START_SECONDS = 60;

  private final Path folder;
  private final int port = Ports.free();
  private final String classPath;
  private Process process;
  private int lives;

  /**
   * @param settings other than the default ones
   * @param before what comes first on the class path
   */
  public ServerProcess(Path folder, JsonObject settings, Path before) throws IOException {
    this.folder = Files.createDirectories(folder);
    JsonObject all = settings.copy();
    all.put("http", new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", port))));
    all.put("data", new JsonObject().put("path", folder.resolve("data").toString()));
    Files.writeString(folder.resolve("conf.json"), all.encodePrettily());
    this.classPath = before + File.pathSeparator + MagpieProcess.testClassPath();
  }

  public int port() {
    return port;
  }

  Path log() {
    return folder.resolve("server.log");
  }

  /** Does not wait for it to listen. */
  public void start() throws IOException {
    lives++;
    process = MagpieProcess.program("-conf", folder.resolve("conf.json").toString()).classPath(classPath)
        .options("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m", "-Dlogback.configurationFile=logback.xml")
        .builder()
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
    process.getOutputStream().close();
  }

  /** Returns when it listens; fails when it has ended instead. */
  public void awaitListening() throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < until) {
      if (!process.isAlive()) break;
      try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException notYet) {
        Thread.sleep(50);
      }
    }
    throw new IOException("the server does not listen in its life " + lives + ":\n" + Files.readString(log()));
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** {@code SIGKILL}; returns when it is gone. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  public void stop() throws IOException, InterruptedException {
    signal(process.pid(), "STOP");
  }

  public void goOn() throws IOException, InterruptedException {
    signal(process.pid(), "CONT");
  }

  static void signal(long pid, String signal) throws IOException, InterruptedException {
    if (new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor() != 0)
      throw new IOException("no SIG" + signal + " to " + pid);
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null) kill();
  }
}
