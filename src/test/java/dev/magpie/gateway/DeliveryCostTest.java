package dev.magpie.gateway;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.testing.TestIo;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.ext.web.Router;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the server's loop allocates for deliveries through real sockets: bytes, which no machine makes faster or slower. */
class DeliveryCostTest {
  private static final int CLIENTS = 100;
  private static final int BROADCASTS = 200;

  private final Vertx server = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
  private final Vertx clients = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Context context = server.getOrCreateContext();
  private final List<TestIo> connected = new ArrayList<>();
  private Io io;

  @BeforeEach
  void start() throws Exception {
    int port = await(onLoop(() -> {
      Router router = Router.router(server);
      io = Io.create(server, new IoOptions()).mount(router, "/socket.io");
      return io.ready().compose(ready -> server.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
          .map(http -> http.actualPort());
    }));
    for (int i = 0; i < CLIENTS; i++) connected.add(await(TestIo.connect(clients, port)));
  }

  @AfterEach
  void stop() throws Exception {
    await(clients.close());
    await(server.close());
  }

  @Test
  void allocatesLessThanAHundredBytesForADelivery() throws Exception {
    // Compiled code allocates less than interpreted code; both are far below the bound.
    broadcasts(BROADCASTS);
    long before = allocated();
    broadcasts(BROADCASTS);
    long each = (allocated() - before) / (BROADCASTS * CLIENTS);
    assertThat(each).isLessThan(100);
  }

  /** The measure itself: one that saw nothing would pass every test. */
  @Test
  void wouldNoticeACopyForEachDelivery() throws Exception {
    broadcasts(BROADCASTS);
    long before = allocated();
    byte[][] kept = new byte[CLIENTS][];
    await(onLoop(() -> {
      for (int i = 0; i < BROADCASTS * CLIENTS; i++) kept[i % CLIENTS] = new byte[100];
      return Future.succeededFuture();
    }));
    assertThat((allocated() - before) / (BROADCASTS * CLIENTS)).isGreaterThanOrEqualTo(100);
    assertThat(kept[CLIENTS - 1]).hasSize(100);
  }

  private void broadcasts(int count) throws Exception {
    for (int i = 0; i < count / 10; i++) {
      await(onLoop(() -> {
        for (int j = 0; j < 10; j++) io.emit("bcast", "a text of some forty characters, as in chat");
        return Future.succeededFuture();
      }));
      // In a later turn: what the first one gathered has left by then.
      await(onLoop(Future::succeededFuture));
    }
    await(connected.get(CLIENTS - 1).barrier());
  }

  private long allocated() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return await(onLoop(() -> Future.succeededFuture(threads.getThreadAllocatedBytes(Thread.currentThread().getId()))));
  }

  private <T> Future<T> onLoop(Supplier<Future<T>> task) {
    Promise<T> done = Promise.promise();
    context.runOnContext(now -> task.get().onComplete(done));
    return done.future();
  }
}
