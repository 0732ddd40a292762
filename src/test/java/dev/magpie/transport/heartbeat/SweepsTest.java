package dev.magpie.transport.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A loop that was blocked hears its clients before it decides about them. */
@ExtendWith(VertxExtension.class)
class SweepsTest {
  private static final int CLIENTS = 20;

  private final List<String> seen = new ArrayList<>();
  private NetClient client;
  private TimerWheel timers;
  private Sweeps sweeps;

  @Test
  void ticksThatWaitedBehindABlockedLoopAreOne(Vertx vertx, VertxTestContext test) {
    Context context = vertx.getOrCreateContext();
    context.runOnContext(start -> {
      timers = new TimerWheel(System::nanoTime);
      sweeps = new Sweeps(context, timers);
      watch();
      for (int i = 0; i < 100; i++) context.runOnContext(tick -> sweeps.request());
      block(500);
      vertx.setTimer(20, later -> test.verify(() -> {
        assertThat(seen).containsExactly("suspect");
        sweeps.request();
        vertx.setTimer(20, again -> test.verify(() -> {
          assertThat(seen).containsExactly("suspect", "closed");
          test.completeNow();
        }));
      }));
    });
  }

  /** What the guard is there for: without it, all ticks run at once, and the second finds the suspect of the first. */
  @Test
  void withoutThemTheTicksRunOneBehindTheOther(Vertx vertx, VertxTestContext test) {
    Context context = vertx.getOrCreateContext();
    context.runOnContext(start -> {
      timers = new TimerWheel(System::nanoTime);
      watch();
      for (int i = 0; i < 100; i++) context.runOnContext(tick -> timers.tick());
      block(500);
      vertx.setTimer(20, later -> test.verify(() -> {
        assertThat(seen).containsExactly("suspect", "closed");
        test.completeNow();
      }));
    });
  }

  @Test
  void whatClientsSentWhileTheLoopWasBlockedIsReadFirst(VertxTestContext test) {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    Vertx others = Vertx.vertx();
    Context context = vertx.getOrCreateContext();
    context.runOnContext(start -> {
      timers = new TimerWheel(System::nanoTime);
      sweeps = new Sweeps(context, timers);
      vertx.createNetServer()
          .connectHandler(client -> client.handler(data -> seen.add("read")))
          .listen(0, "127.0.0.1")
          .onSuccess(server -> connect(client(others), server.actualPort(), CLIENTS, new ArrayList<>(),
              clients -> context.runOnContext(ready -> {
            watch();
            clients.forEach(client -> client.write(Buffer.buffer("pong")));
            for (int i = 0; i < 100; i++) context.runOnContext(tick -> sweeps.request());
            block(1000);
            vertx.setTimer(100, later -> test.verify(() -> {
              assertThat(seen).hasSize(CLIENTS + 1).endsWith("suspect");
              others.close().eventually(vertx::close).onComplete(closed -> test.completeNow());
            }));
          })))
          .onFailure(test::failNow);
    });
  }

  /** Kept: the garbage collector closes a client that nobody refers to, and its connections. */
  private NetClient client(Vertx vertx) {
    client = vertx.createNetClient();
    return client;
  }

  private static void connect(NetClient from, int port, int count, List<NetSocket> clients,
      java.util.function.Consumer<List<NetSocket>> done) {
    from.connect(port, "127.0.0.1").onSuccess(client -> {
      clients.add(client);
      if (clients.size() == count) done.accept(clients);
      else connect(from, port, count, clients, done);
    });
  }

  /** A deadline in two phases, as those of connections are. */
  private void watch() {
    timers.tick();
    timers.schedule(new TimerHandle() {
      @Override
      protected void due() {
        seen.add(seen.contains("suspect") ? "closed" : "suspect");
        if (!seen.contains("closed")) timers.schedule(this, 1);
      }
    }, TimeUnit.MILLISECONDS.toNanos(50));
  }

  private static void block(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
