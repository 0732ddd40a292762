package dev.magpie.bench;

import java.io.File;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server under test in a process of its own, and what the kernel says of it (Linux' /proc). */
final class Server implements AutoCloseable {
  private static final double TICK_MICROS = 10_000;

  private final Process process;
  /** From the start of its process to the answer that let the first client into the main namespace. */
  final double startSeconds;

  Server(String name, List<String> command, Path folder, int port) throws Exception {
    Files.createDirectories(folder);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
        .redirectOutput(new File(folder.toFile(), "log"));
    builder.environment().put("MAGPIE_HTTP_PORT", String.valueOf(port));
    builder.environment().put("PORT", String.valueOf(port));
    long begun = System.nanoTime();
    process = builder.start();
    try {
      serveFirst(name, folder, port, begun);
    } catch (Exception failed) {
      close();
      throw failed;
    }
    startSeconds = (System.nanoTime() - begun) / 1e9;
  }

  private void serveFirst(String name, Path folder, int port, long begun) throws Exception {
    while (true) {
      if (!process.isAlive()) throw new IOException(name + " ended at its start: see " + folder.resolve("log"));
      if (System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(30))
        throw new IOException(name + " does not listen: see " + folder.resolve("log"));
      try (Socket client = new Socket("127.0.0.1", port)) {
        client.setSoTimeout(5000);
        String request = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:" + port
            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: "
            + "13\r\n\r\n";
        client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        await(client, "0{");
        client.getOutputStream().write(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, '4', '0'});
        await(client, "40");
        return;
      } catch (java.net.ConnectException notYet) {
        Thread.sleep(2);
      }
    }
  }

  private static void await(Socket client, String what) throws IOException {
    StringBuilder heard = new StringBuilder();
    byte[] buffer = new byte[4096];
    while (heard.indexOf(what) < 0) {
      int read = client.getInputStream().read(buffer);
      if (read < 0) throw new IOException("closed before it said " + what);
      heard.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
    }
  }

  /** Waits until it has nothing more to do of its own: what it loads and compiles behind its start is no part of any measurement. */
  void settle() throws Exception {
    int calm = 0;
    for (int i = 0; i < 60 && calm < 6; i++) {
      double before = cpuMicros();
      Thread.sleep(500);
      calm = cpuMicros() - before < 25_000 ? calm + 1 : 0;
    }
  }

  /** Microseconds of processor time so far, in the program and in the kernel for it. */
  double cpuMicros() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MICROS;
  }

  double rssKib() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) return Double.parseDouble(line.replaceAll("\\D", ""));
    }
    throw new IOException("no VmRSS of " + process.pid());
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
  }
}
