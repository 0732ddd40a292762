package dev.magpie;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A training run for the class archive: starts the program, serves one connection over each transport and ends, while the Java machine
 * records the classes that a start needs ({@code -XX:ArchiveClassesAtExit}). The profile {@code archive} runs it; its data stay in the
 * folder that it is given.
 */
public final class ClassArchiveTraining {
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  private ClassArchiveTraining() {}

  public static void main(String[] args) throws Exception {
    Path folder = args.length > 0 ? Files.createDirectories(Path.of(args[0])) : Files.createTempDirectory("magpie-archive");
    int port = freePort();
    Path conf = folder.resolve("conf.json");
    Files.writeString(conf,
        "{\"http\": {\"listeners\": [{\"port\": " + port + "}]}, \"data\": {\"path\": \""
        + folder.resolve("data").toString().replace("\\", "/") + "\"}, \"log\": {\"level\": \"warn\"}}");
    Main.main(new String[] {"-conf", conf.toString()});
    ask(port, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "200 OK");
    ask(port, "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1");
    ask(port, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "0{");
    ask(port, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", "0{");
    System.exit(0);
  }

  private static int freePort() throws IOException {
    try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private static void ask(int port, String request, String expected) throws Exception {
    long begun = System.nanoTime();
    while (true) {
      try (Socket socket = new Socket("127.0.0.1", port)) {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        if (request.contains("Upgrade")) {
          await(socket, expected);
          // CONNECT, masked by zeros.
          socket.getOutputStream().write(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, '4', '0'});
          await(socket, "40{");
        } else {
          await(socket, expected);
        }
        return;
      } catch (java.net.ConnectException notYet) {
        if (System.nanoTime() - begun > PATIENCE_NANOS) throw notYet;
        Thread.sleep(10);
      }
    }
  }

  private static void await(Socket socket, String expected) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder heard = new StringBuilder();
    byte[] buffer = new byte[8192];
    while (heard.indexOf(expected) < 0) {
      int read = in.read(buffer);
      if (read < 0) throw new IOException("expected " + expected + ", heard " + heard);
      heard.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
    }
  }
}
