package dev.magpie.delivery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many Socket.IO clients over WebSocket that only listen, on one thread of their own which allocates nothing as they do: each counts the
 * {@code #} in what it gets, so one event is to hold one of them.
 */
final class Listeners implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  /** Engine.IO's ping, as a frame; nothing that is emitted has these bytes. */
  private static final byte[] PING = {(byte) 0x81, 1, '2'};

  private static final ByteBuffer PONG = masked("3").asReadOnlyBuffer();

  private final Selector selector = Selector.open();
  private final AtomicLong heard = new AtomicLong();
  private final Thread thread = new Thread(this::listen, "listeners");
  private volatile boolean ended;

  /**
   * @param first what each says once it is in the namespace, an Engine.IO packet; null for nothing
   */
  Listeners(int port, String namespace, int number, String first) throws IOException {
    for (int i = 0; i < number; i++) {
      SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      channel.write(ByteBuffer.wrap((
          "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:" + port
              + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
              + "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII)));
      awaitText(channel, "pingInterval");
      channel.write(masked("40" + namespace + ","));
      awaitText(channel, "\"sid\"");
      if (first != null) {
        channel.write(masked(first));
        awaitText(channel, "\"ok\":true");
      }
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
    }
    thread.setDaemon(true);
    thread.start();
  }

  private static void awaitText(SocketChannel channel, String text) throws IOException {
    StringBuilder got = new StringBuilder();
    ByteBuffer buffer = ByteBuffer.allocate(8_192);
    while (got.indexOf(text) < 0) {
      buffer.clear();
      if (channel.read(buffer) < 0) throw new IOException("closed after " + got);
      got.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1));
    }
  }

  /** A client's frame, by the mask of zeros. */
  private static ByteBuffer masked(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer frame = ByteBuffer.allocate(bytes.length + 8).put((byte) 0x81);
    if (bytes.length < 126) frame.put((byte) (0x80 | bytes.length));
    else frame.put((byte) (0x80 | 126)).putShort((short) bytes.length);
    return frame.putInt(0).put(bytes).flip();
  }

  private void listen() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
    try {
      while (!ended) {
        selector.select(key -> read(key, buffer));
      }
    } catch (IOException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private void read(SelectionKey key, ByteBuffer buffer) {
    try {
      buffer.clear();
      SocketChannel channel = (SocketChannel) key.channel();
      if (channel.read(buffer) < 0) key.cancel();
      int found = 0;
      for (int i = 0; i < buffer.position(); i++) {
        if (buffer.get(i) == '#') found++;
        else if (isPing(buffer, i)) channel.write(PONG.rewind());
      }
      if (found > 0) heard.addAndGet(found);
    } catch (IOException gone) {
      key.cancel();
    }
  }

  private static boolean isPing(ByteBuffer buffer, int at) {
    return buffer.get(at) == PING[0] && at + 2 < buffer.position() && buffer.get(at + 1) == PING[1] && buffer.get(at + 2) == PING[2];
  }

  long heard() {
    return heard.get();
  }

  /** Waits until all have heard so many together. */
  void awaitHeard(long number) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (heard.get() < number) {
      if (System.nanoTime() > until) throw new AssertionError("heard " + heard + " of " + number);
      TimeUnit.MICROSECONDS.sleep(200);
    }
  }

  long threadId() {
    return thread.getId();
  }

  @Override
  public void close() throws IOException {
    ended = true;
    selector.wakeup();
    for (SelectionKey key : selector.keys()) key.channel().close();
  }
}
