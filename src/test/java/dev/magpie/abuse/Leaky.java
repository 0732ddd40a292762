package dev.magpie.abuse;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.transport.heartbeat.TimerHandle;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server of Magpie's parts whose application leaves something behind, if it is told so, for each client that joins. */
final class Leaky extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(Leaky.class);

  /** What may be left behind, and how the checker calls it. */
  enum Leak {
    DEADLINE("deadlines", leaky -> leaky.wheel.schedule(new Forgotten(), TimeUnit.MINUTES.toNanos(1))),
    ROOM("rooms", leaky -> leaky.more("rooms")),
    SOCKET("sockets", leaky -> leaky.more("sockets")),
    CONNECTION("connections", leaky -> leaky.more("connections")),
    SESSION("sessions", leaky -> leaky.more("sessions")),
    DESCRIPTORS("descriptors", Leaky::openDescriptors),
    HEAP("heap bytes", leaky -> leaky.kept.add(new byte[16 << 20])),
    DIRECT_MEMORY("direct bytes", leaky -> leaky.kept.add(ByteBuffer.allocateDirect(16 << 20))),
    ERROR_IN_THE_LOG("lines in the log", leaky -> log.error("failed"));

    final String seen;
    private final Consumer<Leaky> leave;

    Leak(String seen, Consumer<Leaky> leave) {
      this.seen = seen;
      this.leave = leave;
    }
  }

  private final IoOptions options;
  private final Consumer<Leaky> onJoin;
  private final boolean namespaces;
  private final TimerWheel wheel = new TimerWheel(System::nanoTime);
  private final Map<String, Long> left = new ConcurrentHashMap<>();
  private final List<Object> kept = new ArrayList<>();
  private Io io;
  private int port;

  private Leaky(IoOptions options, boolean namespaces, Consumer<Leaky> onJoin) {
    this.options = options;
    this.namespaces = namespaces;
    this.onJoin = onJoin;
  }

  /** @param leak null for none */
  static Subject subject(Leak leak) throws Exception {
    return deploy(new Leaky(new IoOptions(), false, leak == null ? leaky -> {} : leak.leave));
  }

  /** Whose event loop is blocked so long when a client joins. */
  static Subject blocking(long millis) throws Exception {
    return deploy(new Leaky(new IoOptions(), false, leaky -> {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }));
  }

  /** In which there are namespaces {@code /n0}, {@code /n1} and so on without end. */
  static Subject withNamespaces(IoOptions options) throws Exception {
    return deploy(new Leaky(options, true, leaky -> {}));
  }

  private static Subject deploy(Leaky leaky) throws Exception {
    Vertx vertx = Subject.vertx();
    Subject.done(vertx.deployVerticle(leaky));
    return new Subject(vertx, leaky.port, leaky::held);
  }

  @Override
  public Future<?> start() {
    io = Io.create(vertx, options, wheel);
    vertx.setPeriodic(50, tick -> wheel.tick());
    boolean[] bystander = {true};
    io.onConnection(socket -> {
      // The first that comes is the bystander's.
      if (!bystander[0]) onJoin.accept(this);
      bystander[0] = false;
    });
    if (namespaces) io.of(Pattern.compile("/n\\d+"));
    Router router = Router.router(vertx);
    io.mount(router, "/socket.io");
    return vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1").onSuccess(server -> port = server.actualPort());
  }

  @Override
  public Future<?> stop() throws Exception {
    for (Object one : kept) if (one instanceof Closeable open) open.close();
    return Future.succeededFuture();
  }

  private void more(String what) {
    left.merge(what, 1L, Long::sum);
  }

  private void openDescriptors() {
    try {
      for (int i = 0; i < 10; i++) kept.add(DatagramChannel.open());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Long> held() {
    Map<String, Long> held = new HashMap<>(Map.of(
        "connections", io.counters().get(Count.CONNECTIONS),
        "sockets", io.counters().get(Count.SOCKETS),
        "rooms", io.counters().get(Count.ROOMS),
        "sessions", (long) io.sessions(),
        "deadlines", (long) wheel.size()));
    left.forEach((what, more) -> held.merge(what, more, Long::sum));
    return held;
  }

  private static final class Forgotten extends TimerHandle {
    @Override
    protected void due() {}
  }
}
