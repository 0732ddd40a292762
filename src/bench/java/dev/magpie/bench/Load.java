package dev.magpie.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * A load of Socket.IO clients over WebSocket against one port, from one epoll loop; it knows nothing of the server but the protocol.
 * Called from one thread, which waits; everything else happens on the loop.
 */
final class Load implements AutoCloseable {
  static final String EVENT_NAME = "bcast";

  private static final int MESSAGE_CHARS = 64;
  private static final String PADDING = "x".repeat(MESSAGE_CHARS - 20);
  /** Connections that are being opened at a time. */
  private static final int WINDOW = 200;

  record Opened(int ready, double seconds) {}

  /** What one broadcast or echo run showed; latencies in milliseconds. */
  record Run(long wanted, long got, double seconds, double p50, double p99) {
    boolean lossless() {
      return wanted == got;
    }
  }

  private static int batches;

  private final int port;
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final List<LoadClient> clients = new ArrayList<>();

  // On the loop.
  private int dialled;
  private int ready;
  private int gone;
  private int target;
  private boolean echoing;
  private Histogram histogram = new Histogram();
  private long received;
  private InetSocketAddress source;

  Load(int port) {
    this.port = port;
  }

  /** Opens so many more connections, each joined to the main namespace. */
  Opened connect(int connections) throws Exception {
    // An address of its own for each batch: ports of connections that were closed lately do not run out.
    source = new InetSocketAddress("127.0." + (1 + batches++ % 250) + ".10", 0);
    long begun = System.nanoTime();
    onLoop(() -> {
      target += connections;
      dial();
      return null;
    });
    while (onLoop(() -> ready + gone < target) && System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(120)) Thread.sleep(2);
    return new Opened(onLoop(() -> ready), (System.nanoTime() - begun) / 1e9);
  }

  private void dial() {
    while (dialled < target && dialled - ready - gone < WINDOW) {
      LoadClient client = new LoadClient(this, port);
      clients.add(client);
      dialled++;
      InetSocketAddress from = dialled % 40_000 < 20_000 ? source : new InetSocketAddress("127.0.251.10", 0);
      new Bootstrap().group(loop).channel(EpollSocketChannel.class)
          .option(ChannelOption.TCP_NODELAY, true).option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true)
          .handler(client).connect(new InetSocketAddress("127.0.0.1", port), from)
          .addListener(connected -> {
            if (!connected.isSuccess()) gone(false);
          });
    }
  }

  /** Emits so many events a second from one client; every client must get each. */
  Run broadcast(int rate, double seconds) throws Exception {
    onLoop(this::reset);
    long begun = System.nanoTime();
    long nanos = (long) (seconds * 1e9);
    long[] sent = new long[1];
    var ticks = loop.next().scheduleAtFixedRate(() -> {
      long due = Math.min(System.nanoTime() - begun, nanos) * rate / 1_000_000_000;
      for (; sent[0] < due; sent[0]++) clients.get(0).emit("42", EVENT_NAME, PADDING);
    }, 0, 1, TimeUnit.MILLISECONDS);
    Thread.sleep(TimeUnit.NANOSECONDS.toMillis(nanos));
    ticks.cancel(false);
    long wanted = onLoop(() -> sent[0] * ready);
    long waited = System.nanoTime();
    while (onLoop(() -> received) < wanted && System.nanoTime() - waited < TimeUnit.SECONDS.toNanos(3)) Thread.sleep(1);
    return onLoop(() -> run(wanted, begun));
  }

  /** Each client has one event with an acknowledgement on its way, always. */
  Run echo(double seconds) throws Exception {
    onLoop(this::reset);
    long begun = System.nanoTime();
    onLoop(() -> {
      echoing = true;
      clients.forEach(client -> client.emit("421", "echo", PADDING));
      return null;
    });
    Thread.sleep((long) (seconds * 1000));
    Run run = onLoop(() -> run(received, begun));
    onLoop(() -> echoing = false);
    Thread.sleep(100);
    return run;
  }

  /** Closes all connections, and waits until they are. */
  void disconnect() throws Exception {
    onLoop(() -> {
      clients.forEach(client -> client.channel.close());
      return null;
    });
    for (int i = 0; i < 2000 && onLoop(() -> gone) < target; i++) Thread.sleep(5);
    onLoop(() -> {
      clients.clear();
      dialled = ready = gone = target = 0;
      return null;
    });
  }

  private Object reset() {
    histogram = new Histogram();
    received = 0;
    return null;
  }

  private Run run(long wanted, long begun) {
    return new Run(wanted, received, (System.nanoTime() - begun) / 1e9, histogram.percentile(.5), histogram.percentile(.99));
  }

  // Said by the clients, on the loop.

  void joined() {
    ready++;
    dial();
  }

  void gone(boolean wasReady) {
    if (wasReady) ready--;
    gone++;
    dial();
  }

  void delivered(long stamp) {
    received++;
    if (stamp > 0) histogram.add(System.nanoTime() - stamp);
  }

  void acknowledged(LoadClient client) {
    received++;
    histogram.add(System.nanoTime() - client.sentAt);
    if (echoing) client.emit("421", "echo", PADDING);
  }

  private <T> T onLoop(Callable<T> task) throws Exception {
    return loop.next().submit(task).get();
  }

  @Override
  public void close() throws Exception {
    disconnect();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
  }
}
