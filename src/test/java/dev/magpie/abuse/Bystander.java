package dev.magpie.abuse;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A client that has nothing to do with the abuse, and asks the server again and again: how long does it wait for its answers? */
final class Bystander implements AutoCloseable {
  private static final long PAUSE_MS = 5;

  private final RawWebSocket client;
  private final Thread thread;
  private volatile boolean ending;
  private volatile Exception failure;
  private volatile long answers;
  private volatile long longestNanos;
  private volatile long asked = System.nanoTime();

  Bystander(int port) throws Exception {
    client = RawWebSocket.connect(port, "/socket.io/?EIO=4&transport=websocket");
    client.sendText("40");
    thread = new Thread(this::ask, "bystander");
    thread.setDaemon(true);
    thread.start();
    Row.await("the bystander is served", () -> answers > 0);
  }

  private void ask() {
    try {
      for (int i = 0; !ending; i++) {
        asked = System.nanoTime();
        // A round trip through the server that leaves nothing there.
        String nowhere = "/?bystander-" + i + ",";
        client.sendText("40" + nowhere);
        while (!receive().startsWith("44" + nowhere)) {}
        longestNanos = Math.max(longestNanos, System.nanoTime() - asked);
        answers++;
        Thread.sleep(PAUSE_MS);
      }
    } catch (IOException | InterruptedException e) {
      if (!ending) failure = e;
    }
  }

  private String receive() throws IOException {
    Frame frame = client.readFrame();
    if (frame.opcode() == RawWebSocket.CLOSE) throw new IOException("closed: " + frame);
    if (frame.text().equals("2")) client.sendText("3");
    return frame.text();
  }

  void begin() {
    longestNanos = 0;
  }

  /** Waits for an answer to a question that was asked later than this call; the longest wait since {@link #begin}, in milliseconds. */
  long end() throws Exception {
    long before = answers;
    Row.await("the bystander is served", () -> answers >= before + 2 || failure != null);
    if (failure != null) throw new AssertionError("the bystander was cut off", failure);
    return TimeUnit.NANOSECONDS.toMillis(longestNanos);
  }

  @Override
  public void close() throws Exception {
    ending = true;
    client.close();
    thread.join(5_000);
  }
}
