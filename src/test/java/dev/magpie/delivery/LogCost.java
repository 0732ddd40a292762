package dev.magpie.delivery;

import com.sun.management.ThreadMXBean;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.log.Recovery;
import dev.magpie.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a log in memory costs: the same broadcasts to the same number of clients, over real connections, in a namespace without a log and in
 * one with it, in turns. Bytes allocated and processor time of all threads but those of the clients and the caller.
 */
final class LogCost {
  /** Of one delivery, the median of the rounds. */
  record Cost(double bytes, double nanos) {}

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final int clients;
  private final int broadcasts;
  private final int rounds;

  LogCost(int clients, int broadcasts, int rounds) {
    this.clients = clients;
    this.broadcasts = broadcasts;
    this.rounds = rounds;
  }

  /** Without a log, then with it. */
  List<Cost> measure() throws Exception {
    Vertx vertx = Vertx.vertx();
    Server server = new Server();
    try {
      Await.await(vertx.deployVerticle(server));
      try (Listeners without = new Listeners(server.port, "/without", clients, null); Listeners with = new Listeners(server.port, "/with",
          clients, null)) {
        Turn none = new Turn(server.io.of("/without"), without, with);
        Turn memory = new Turn(server.io.of("/with"), with, without);
        // Once to warm up.
        none.run();
        memory.run();
        none.forget();
        memory.forget();
        for (int round = 0; round < rounds; round++) {
          none.run();
          memory.run();
        }
        return List.of(none.cost(), memory.cost());
      }
    } finally {
      Await.await(vertx.close());
    }
  }

  private static final class Server extends VerticleBase {
    private Io io;
    private int port;

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      io = Io.create(vertx, new IoOptions()).mount(router, "/socket.io");
      io.of("/without");
      io.of("/with").recoverable(Recovery.MEMORY);
      return io.ready().compose(ready -> vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
          .onSuccess(listening -> port = listening.actualPort());
    }
  }

  private final class Turn {
    private final Namespace namespace;
    private final Listeners listeners;
    private final Listeners others;
    private final List<Double> bytes = new ArrayList<>();
    private final List<Double> nanos = new ArrayList<>();

    private Turn(Namespace namespace, Listeners listeners, Listeners others) {
      this.namespace = namespace;
      this.listeners = listeners;
      this.others = others;
    }

    void run() throws InterruptedException {
      long heard = listeners.heard();
      long[] before = used();
      for (int i = 1; i <= broadcasts; i++) {
        namespace.emit("said", "# a message of an ordinary length, as people write it in a chat", i);
        listeners.awaitHeard(heard + (long) i * clients);
      }
      long[] after = used();
      bytes.add((double) (after[0] - before[0]) / broadcasts / clients);
      nanos.add((double) (after[1] - before[1]) / broadcasts / clients);
    }

    private long[] used() {
      long allocated = 0;
      long time = 0;
      for (long id : THREADS.getAllThreadIds()) {
        if (id == listeners.threadId() || id == others.threadId() || id == Thread.currentThread().getId()) continue;
        allocated += Math.max(0, THREADS.getThreadAllocatedBytes(id));
        time += Math.max(0, THREADS.getThreadCpuTime(id));
      }
      return new long[] {allocated, time};
    }

    void forget() {
      bytes.clear();
      nanos.clear();
    }

    Cost cost() {
      return new Cost(median(bytes), median(nanos));
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
