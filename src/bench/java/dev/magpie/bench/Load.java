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
import java.util.function.LongConsumer;

/**
 * A load of Socket.IO clients over WebSocket against one port, from one epoll loop; it knows nothing of the server but the protocol.
 * Called from one thread, which waits; everything else happens on the loop.
 */
final class Load implements AutoCloseable {
  static final String EVENT_NAME = "bcast";

  /** Stands for the time at which a message is sent: 20 digits of nanoseconds. */
  static final String TIME = "@";

  /** 64 characters. */
  private static final String MESSAGE = '"' + TIME + "x".repeat(44) + '"';

  private static final String BROADCAST = "[\"bcast\"," + MESSAGE + "]";
  private static final String ECHO = "[\"echo\"," + MESSAGE + "]";

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
  final String namespace;
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
    this(port, "");
  }

  /** @param namespace as it stands in a packet: {@code /bot,}; empty for the main one */
  Load(int port, String namespace) {
    this.port = port;
    this.namespace = namespace;
  }

  /** Opens so many more connections, each joined to its namespace. */
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
    int everybody = onLoop(() -> ready);
    return run(rate, seconds, everybody, sent -> clients.get(0).emit(BROADCAST));
  }

  /**
   * Emits so many events a second, to one room after the other.
   *
   * @param members of each room
   */
  Run toRooms(int rooms, int members, int rate, double seconds) throws Exception {
    return run(rate, seconds, members, sent -> clients.get(0).emit("[\"room\",\"room " + sent % rooms + "\"," + MESSAGE + "]"));
  }

  /** One question after the other, so many a second, of one client after the other. */
  Run ask(List<String> questions, int rate, double seconds) throws Exception {
    return run(rate, seconds, 1, sent -> clients.get((int) (sent % clients.size())).ask(questions.get((int) (sent % questions.size()))));
  }

  /** Emits so many events a second to a room that every client is in. */
  Run toRoom(String room, int rate, double seconds) throws Exception {
    int everybody = onLoop(() -> ready);
    return run(rate, seconds, everybody, sent -> clients.get(0).emit("[\"room\",\"" + room + "\"," + MESSAGE + "]"));
  }

  /** Events and acknowledgements since the last run began. */
  long received() throws Exception {
    return onLoop(() -> received);
  }

  /** Sets a key of a room so many times a second, which every client is in. */
  Run retain(String room, int rate, double seconds) throws Exception {
    int everybody = onLoop(() -> ready);
    return run(rate, seconds, everybody, sent -> clients.get(0).emit("[\"retain\",\"" + room + "\",\"key\"," + MESSAGE + "]"));
  }

  /** Sets so many keys of a room that nobody is in. */
  void retain(String room, int keys) throws Exception {
    onLoop(this::reset);
    onLoop(() -> {
      for (int i = 0; i < keys; i++) clients.get(0).emit("[\"retain\",\"" + room + "\",\"key " + i + "\"," + MESSAGE + "]");
      clients.get(0).ask(ECHO);
      return null;
    });
    while (onLoop(() -> received) < 1) Thread.sleep(5);
  }

  /**
   * All clients join a room, evenly over this time.
   *
   * @param events that each of them gets besides its acknowledgement
   */
  Run join(String room, double seconds, int events) throws Exception {
    int rate = (int) Math.ceil(onLoop(() -> ready) / seconds);
    return run(rate, seconds, 1 + events, sent -> {
      if (sent < clients.size()) clients.get((int) sent).ask("[\"join\",\"" + room + "\"]");
    });
  }

  /** Each client is in as many rooms as gives each room so many members. */
  void joinRooms(int rooms, int members) throws Exception {
    onLoop(this::reset);
    onLoop(() -> {
      int each = rooms * members / clients.size();
      for (int i = 0; i < clients.size(); i++) {
        StringBuilder names = new StringBuilder("[\"join\"");
        for (int n = 0; n < each; n++) names.append(",\"room ").append((i * (long) each + n) % rooms).append('"');
        clients.get(i).ask(names.append(']').toString());
      }
      return null;
    });
    while (onLoop(() -> received) < clients.size()) Thread.sleep(5);
  }

  private Run run(int rate, double seconds, int answers, LongConsumer emit) throws Exception {
    onLoop(this::reset);
    long begun = System.nanoTime();
    long nanos = (long) (seconds * 1e9);
    long[] sent = new long[1];
    var ticks = loop.next().scheduleAtFixedRate(() -> {
      long due = Math.min(System.nanoTime() - begun, nanos) * rate / 1_000_000_000;
      for (; sent[0] < due; sent[0]++) emit.accept(sent[0]);
    }, 0, 1, TimeUnit.MILLISECONDS);
    Thread.sleep(TimeUnit.NANOSECONDS.toMillis(nanos));
    ticks.cancel(false);
    long wanted = onLoop(() -> sent[0] * answers);
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
      clients.forEach(client -> client.ask(ECHO));
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
    if (echoing) client.ask(ECHO);
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
