package dev.magpie.gateway;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.ops.Metrics;
import dev.magpie.testing.TestIo;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.Router;
import io.vertx.junit5.VertxExtension;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What clients do, as {@code /metrics} shows it. */
@ExtendWith(VertxExtension.class)
class SocketMetricsTest {
  private static final String LABELS = "{gateway=\"gateway-1\",listener=\"main\"}";

  private Vertx vertx;
  private Context context;
  private Io io;
  private TestIo client;

  @BeforeEach
  void connect(Vertx vertx) throws Exception {
    this.vertx = vertx;
    context = vertx.getOrCreateContext();
    int port = await(onLoop(() -> {
      Router router = Router.router(vertx);
      io = Io.create(vertx, new IoOptions()).mount(router, "/socket.io");
      io.onConnection(socket -> socket.on("work", args -> {}));
      SocketMetrics.register(Metrics.of(vertx), io, "main", "gateway-1");
      return io.ready().compose(ready -> vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
          .map(http -> http.actualPort());
    }));
    client = await(TestIo.connect(vertx, port));
  }

  @Test
  void timesTheHandlersOfEachEvent() throws Exception {
    client.emit("work", 1);
    client.emit("work", 2);
    await(client.barrier());
    // The barrier is an event, too.
    assertThat(count("magpie_handler_seconds")).isGreaterThanOrEqualTo(2);
  }

  @Test
  void timesABroadcastOnceUntilItIsWritten() throws Exception {
    await(onLoop(() -> {
      io.emit("news", 1);
      return Future.succeededFuture();
    }));
    await(client.barrier());
    assertThat(count("magpie_delivery_delay_seconds")).isEqualTo(1);
    assertThat(Metrics.of(vertx).scrape())
        .contains("magpie_delivery_delay_seconds_bucket{gateway=\"gateway-1\",listener=\"main\",le=\"+Inf\"} 1");
  }

  @Test
  void timesAnAcknowledgement() throws Exception {
    client.onAck("ask", args -> new JsonArray().add("yes"));
    await(onLoop(() -> io.of("/").sockets().get(0).timeout(5000).emitWithAck("ask")));
    assertThat(count("magpie_acknowledgement_seconds")).isEqualTo(1);
  }

  @Test
  void countsWhyConnectionsEnd() throws Exception {
    await(onLoop(() -> {
      io.of("/").sockets().get(0).disconnect(true);
      return Future.succeededFuture();
    }));
    assertThat(Metrics.of(vertx).scrape())
        .contains("magpie_connections_closed_total{gateway=\"gateway-1\",listener=\"main\",reason=\"forced_server_close\"} 1.0")
        .contains("magpie_connections_closed_total{gateway=\"gateway-1\",listener=\"main\",reason=\"slow_consumer\"} 0.0");
  }

  private long count(String histogram) {
    String line = Metrics.of(vertx).scrape().lines().filter(each -> each.startsWith(histogram + "_count" + LABELS)).findFirst()
        .orElseThrow();
    return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
  }

  private <T> Future<T> onLoop(Supplier<Future<T>> task) {
    Promise<T> done = Promise.promise();
    context.runOnContext(now -> task.get().onComplete(done));
    return done.future();
  }
}
