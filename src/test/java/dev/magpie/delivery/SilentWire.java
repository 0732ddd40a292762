package dev.magpie.delivery;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The wire to a MongoDB, which accepts every connection and swallows what it is told to, so that nobody is refused, cut off or answered.
 * Owned by one test; a thread for each direction of a connection.
 */
final class SilentWire implements AutoCloseable {
  enum Passes {
    ALL,
    /** A server that seems alive: its greeting is answered, and nothing that is asked then. */
    GREETINGS,
    NOTHING
  }

  private final ServerSocket listening = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
  private final int serverPort;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile Passes passes;

  SilentWire(int serverPort, Passes passes) throws IOException {
    this.serverPort = serverPort;
    this.passes = passes;
    run(this::accept);
  }

  String connectionString() {
    return "mongodb://127.0.0.1:" + listening.getLocalPort();
  }

  /** From now on; what was swallowed is gone. */
  void lets(Passes pass) {
    passes = pass;
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listening.accept();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
      sockets.add(client);
      sockets.add(server);
      run(() -> carry(client, server));
      run(() -> carry(server, client));
    }
  }

  private void carry(Socket from, Socket to) throws IOException {
    try (from; to) {
      byte[] bytes = new byte[1 << 16];
      InputStream in = from.getInputStream();
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        if (isLet(bytes, length, to.getPort() == serverPort)) to.getOutputStream().write(bytes, 0, length);
      }
    }
  }

  private boolean isLet(byte[] bytes, int length, boolean asked) {
    return switch (passes) {
      case ALL -> true;
      case GREETINGS -> !asked || new String(bytes, 0, length, StandardCharsets.ISO_8859_1).matches("(?is).*(hello|isMaster)\0.*");
      case NOTHING -> false;
    };
  }

  private static void run(Carrying action) {
    Thread thread = new Thread(() -> {
      try {
        action.run();
      } catch (IOException ended) {
        // With its connection.
      }
    }, "silent-wire");
    thread.setDaemon(true);
    thread.start();
  }

  private interface Carrying {
    void run() throws IOException;
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : sockets) socket.close();
  }
}
