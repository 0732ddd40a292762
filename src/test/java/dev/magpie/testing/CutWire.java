package dev.magpie.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A port of loopback that leads to a server until it is cut: then connections end, and new ones are refused. */
public final class CutWire implements AutoCloseable {
  private final String host;
  private final int serverPort;
  private final int port;

  // Guarded by this.
  private final List<Socket> sockets = new ArrayList<>();
  private ServerSocket listening;

  private CutWire(String host, int serverPort, ServerSocket listening) {
    this.host = host;
    this.serverPort = serverPort;
    this.listening = listening;
    this.port = listening.getLocalPort();
  }

  public static CutWire to(String host, int serverPort) throws IOException {
    CutWire wire = new CutWire(host, serverPort, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    wire.accept(wire.listening);
    return wire;
  }

  public int port() {
    return port;
  }

  public synchronized void cut() throws IOException {
    listening.close();
    for (Socket socket : sockets) socket.close();
    sockets.clear();
  }

  public synchronized void mend() throws IOException {
    listening = new ServerSocket();
    listening.setReuseAddress(true);
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    accept(listening);
  }

  @Override
  public void close() throws IOException {
    cut();
  }

  private void accept(ServerSocket at) {
    onThread(() -> {
      while (true) lead(at, at.accept());
    });
  }

  private void lead(ServerSocket at, Socket client) throws IOException {
    Socket server = new Socket(host, serverPort);
    synchronized (this) {
      sockets.add(client);
      sockets.add(server);
      if (at.isClosed()) cut();
    }
    onThread(() -> pump(client, server));
    onThread(() -> pump(server, client));
  }

  private static void pump(Socket from, Socket to) throws IOException {
    byte[] buffer = new byte[1 << 16];
    try (from; to; InputStream in = from.getInputStream()) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) to.getOutputStream().write(buffer, 0, read);
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void onThread(Work work) {
    Thread thread = new Thread(() -> {
      try {
        work.run();
      } catch (IOException cut) {
        // That is what it is for.
      }
    }, "cut-wire");
    thread.setDaemon(true);
    thread.start();
  }
}
