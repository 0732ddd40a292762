package dev.magpie.abuse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/**
 * Many connections that write what they are given as far as the server takes it, and read nothing. A connection that the server closes is
 * made anew. Used on one thread.
 */
final class Attack {
  private static final int MEGABYTE = 1_000_000;
  private static final byte[] CHUNK = new byte[64 << 10];

  /**
   * @param connections at once
   * @param first what the connection of this number says first
   * @param endless what it says then, again and again; empty for nothing
   * @param most bytes of that, after which it only stays
   * @param pauseMs between two pieces of it
   */
  private record Plan(int connections, IntFunction<byte[]> first, byte[] endless, long most, long pauseMs) {}

  private final int port;
  private final BooleanSupplier worthIt;

  /** @param worthIt false once there is nobody left to attack */
  Attack(int port, BooleanSupplier worthIt) {
    this.port = port;
    this.worthIt = worthIt;
  }

  // What they do.

  /** Requests of every kind whose responses nobody reads. */
  void pipelining(long millis) throws IOException {
    List<String> paths = List.of("/socket.io/socket.io.js", "/ready", "/", "/nowhere", "/socket.io/?EIO=9&transport=polling",
        "/socket.io/?EIO=4&transport=polling");
    IntFunction<byte[]> requests = i -> ("GET " + paths.get(i % paths.size()) + " HTTP/1.1\r\nHost: a\r\n\r\n").repeat(20_000)
        .getBytes(US_ASCII);
    run(new Plan(24, requests, new byte[0], 0, 0), millis);
  }

  /** Messages of 16 MiB that begin, of clients at as many addresses. */
  void unfinishedMessages(long millis) throws IOException {
    byte[] header = RawWebSocket.header(true, 0, RawWebSocket.BINARY, true, 16 << 20);
    IntFunction<byte[]> begun = i -> RawWebSocket.concat(RawWebSocket.upgradeRequest("/ws", "X-Forwarded-For: " + address(i)), header,
        new byte[4]);
    run(new Plan(600, begun, CHUNK, 15 * MEGABYTE, 0), millis);
  }

  /** Bodies of polling requests that come nearly to their end. */
  void unfinishedBodies(int count, long millis) throws IOException {
    List<String> sessions = sessions(count);
    run(new Plan(sessions.size(), i -> post(i, sessions.get(i)), "x".repeat(50_000).getBytes(US_ASCII), 9 * MEGABYTE / 10, 0), millis);
  }

  /** Bodies that come by one byte at a time. */
  void slowBodies(long millis) throws IOException {
    List<String> sessions = sessions(300);
    run(new Plan(sessions.size(), i -> post(i, sessions.get(i)), new byte[] {'x'}, MEGABYTE, 200), millis);
  }

  /** Connections on which nothing is said, and upgrades that are not finished. */
  void halfOpen(int connections, long millis) throws IOException {
    byte[] half = "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upg".getBytes(US_ASCII);
    run(new Plan(connections, i -> i % 2 == 0 ? new byte[0] : half, new byte[0], 0, 0), millis);
  }

  /** Headers and queries without end. */
  void headers(long millis) throws IOException {
    byte[] query = ("&" + "q".repeat(100) + "=1").repeat(100).getBytes(US_ASCII);
    byte[] header = "GET / HTTP/1.1\r\nHost: a\r\n".getBytes(US_ASCII);
    run(new Plan(50, i -> i % 2 == 0 ? "GET /?a=1".getBytes(US_ASCII) : header, query, MEGABYTE, 0), millis / 2);
    run(new Plan(50, i -> header, ("X-" + "a".repeat(50) + ": " + "b".repeat(50) + "\r\n").repeat(20).getBytes(US_ASCII), MEGABYTE, 0),
        millis / 2);
  }

  private static byte[] post(int i, String session) {
    return ("POST /socket.io/?EIO=4&transport=polling&sid=" + session + " HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + address(i)
        + "\r\nContent-Length: 1000000\r\n\r\n4").getBytes(US_ASCII);
  }

  private static String address(int i) {
    return "10.1." + i / 250 + "." + (1 + i % 250);
  }

  /** As many as are let in: a server whose heap is nearly full after the attack before refuses new clients (503). */
  private List<String> sessions(int count) throws IOException {
    List<String> sessions = new ArrayList<>();
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      for (int i = 0; i < count; i++) {
        client.send(("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(US_ASCII));
        HttpAnswer answer = client.readAnswer();
        if (answer.status() == 200) sessions.add(new JsonObject(answer.body().substring(1)).getString("sid"));
      }
    }
    return sessions;
  }

  // How they do it.

  private void run(Plan plan, long millis) throws IOException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    List<Assailant> all = new ArrayList<>();
    try {
      for (int i = 0; i < plan.connections && System.nanoTime() < until; i++) all.add(new Assailant(plan, i));
      while (System.nanoTime() < until && worthIt.getAsBoolean()) {
        boolean busy = false;
        for (Assailant one : all) busy |= one.write();
        if (!busy) TimeUnit.MILLISECONDS.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      for (Assailant one : all) one.close();
    }
  }

  private final class Assailant {
    private final Plan plan;
    private final int number;
    private SocketChannel channel;
    private ByteBuffer now;
    private long said;
    private long mayWriteAt;

    Assailant(Plan plan, int number) {
      this.plan = plan;
      this.number = number;
    }

    /** Whether there was something to do. */
    boolean write() throws IOException {
      if (channel == null) {
        connect();
        return true;
      }
      try {
        if (!now.hasRemaining() && !next()) return false;
        return channel.write(now) > 0;
      } catch (IOException closedByTheServer) {
        close();
        return true;
      }
    }

    private void connect() throws IOException {
      channel = SocketChannel.open();
      try {
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      } catch (IOException refused) {
        close();
        return;
      }
      channel.configureBlocking(false);
      now = ByteBuffer.wrap(plan.first.apply(number));
      said = 0;
    }

    private boolean next() {
      if (plan.endless.length == 0 || said >= plan.most || System.nanoTime() < mayWriteAt) return false;
      now = ByteBuffer.wrap(plan.endless);
      said += plan.endless.length;
      mayWriteAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.pauseMs);
      return true;
    }

    void close() throws IOException {
      if (channel != null) channel.close();
      channel = null;
    }
  }
}
