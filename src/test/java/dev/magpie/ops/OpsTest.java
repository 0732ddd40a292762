package dev.magpie.ops;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.magpie.core.Histogram;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

@ExtendWith(VertxExtension.class)
class OpsTest {
  @Test
  void isAlive(Vertx vertx, VertxTestContext test) {
    get(vertx, "/health").onComplete(test.succeeding(answer -> test.verify(() -> {
      assertThat(answer.status).isEqualTo(200);
      assertThat(new JsonObject(answer.body).getString("status")).isEqualTo("alive");
      test.completeNow();
    })));
  }

  @Test
  void isReadyWhenEveryPartIs(Vertx vertx, VertxTestContext test) {
    Health.of(vertx).register("database", Future::succeededFuture);
    get(vertx, "/ready").onComplete(test.succeeding(answer -> test.verify(() -> {
      assertThat(answer.status).isEqualTo(200);
      assertThat(answer.body).isEqualTo("{\"status\":\"ready\",\"checks\":{\"database\":\"ok\"}}");
      test.completeNow();
    })));
  }

  @Test
  void saysWhichPartIsNotReady(Vertx vertx, VertxTestContext test) {
    Health.of(vertx).register("bot", Future::succeededFuture);
    Health.of(vertx).register("database", () -> Future.failedFuture("no connection"));
    Health.of(vertx).register("index", () -> {
      throw new IllegalStateException("not built");
    });
    Health.of(vertx).register("loop", () -> Promise.promise().future());
    get(vertx, "/ready").onComplete(test.succeeding(answer -> test.verify(() -> {
      assertThat(answer.status).isEqualTo(503);
      assertThat(new JsonObject(answer.body).getJsonObject("checks").getMap())
          .containsEntry("bot", "ok").containsEntry("database", "no connection").containsEntry("index", "not built")
          .containsEntry("loop", "did not answer within 2000 ms");
      test.completeNow();
    })));
  }

  /** Probes come every few seconds, from several places. */
  @Test
  void warnsOfAPartOnceUntilItChangesAndOnceAMinuteAtMost() {
    AtomicLong now = new AtomicLong();
    Health health = new Health(now::get);
    AtomicReference<String> trouble = new AtomicReference<>("no connection");
    health.register("database", () -> trouble.get() == null ? Future.succeededFuture() : Future.failedFuture(trouble.get()));
    List<String> lines = new ArrayList<>();
    Logger logger = (Logger) LoggerFactory.getLogger(Health.class);
    AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
      @Override
      protected void append(ILoggingEvent event) {
        lines.add(event.getLevel() + " " + event.getFormattedMessage());
      }
    };
    appender.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(appender);
    try {
      health.report();
      health.report();
      trouble.set("disk full");
      health.report();
      assertThat(lines).containsExactly("WARN not ready: {database=no connection}");

      now.addAndGet(TimeUnit.MINUTES.toNanos(1));
      health.report();
      health.report();
      trouble.set(null);
      health.report();
      health.report();
      trouble.set("disk full");
      health.report();
      assertThat(lines).containsExactly("WARN not ready: {database=no connection}", "WARN not ready: {database=disk full}",
          "INFO ready again");
    } finally {
      logger.detachAppender(appender);
      logger.setLevel(null);
    }
  }

  @Test
  void numbersPartsOfOneKind(Vertx vertx) {
    Health health = Health.of(vertx);
    assertThat(health.registerNext("gateway", Future::succeededFuture)).isEqualTo("gateway-1");
    assertThat(health.registerNext("gateway", Future::succeededFuture)).isEqualTo("gateway-2");
    health.unregister("gateway-1");
    assertThat(health.registerNext("gateway", Future::succeededFuture)).isEqualTo("gateway-1");
  }

  @Test
  void showsTheNumbersThatPartsAdd(Vertx vertx, VertxTestContext test) {
    Runnable removal = Metrics.of(vertx).gauge("magpie.connections", "Open links.", () -> 7, "gateway", "1");
    Metrics.of(vertx).counter("magpie.events", "Events received.", () -> 9, "gateway", "1");
    get(vertx, "/metrics").onComplete(test.succeeding(answer -> test.verify(() -> {
      assertThat(answer.type).startsWith("text/plain; version=0.0.4");
      assertThat(answer.body).contains("magpie_connections{gateway=\"1\"} 7.0").contains("magpie_events_total{gateway=\"1\"} 9.0")
          .contains("magpie_build_info{");
      removal.run();
      assertThat(Metrics.of(vertx).scrape()).doesNotContain("magpie_connections");
      test.completeNow();
    })));
  }

  @Test
  void showsWhichPartsAreReadyAmongTheNumbers(Vertx vertx, VertxTestContext test) {
    Health.of(vertx).register("bot", Future::succeededFuture);
    Health.of(vertx).register("database", () -> Future.failedFuture("no connection"));
    get(vertx, "/metrics").onComplete(test.succeeding(answer -> test.verify(() -> {
      assertThat(answer.body).contains("magpie_ready{part=\"bot\"} 1.0").contains("magpie_ready{part=\"database\"} 0.0");
      test.completeNow();
    })));
  }

  @Test
  void showsHistogramsOfSeveralPartsTogether(Vertx vertx) {
    Histogram one = new Histogram();
    one.record(3_000_000);
    Metrics.of(vertx).histogram("magpie_work_seconds", "How long it took.", one, "gateway", "1");
    Runnable removal = Metrics.of(vertx).histogram("magpie_work_seconds", "How long it took.", new Histogram(), "gateway", "2");
    assertThat(Metrics.of(vertx).scrape())
        .containsOnlyOnce("# TYPE magpie_work_seconds histogram")
        .contains("magpie_work_seconds_bucket{gateway=\"1\",le=\"0.0025\"} 0")
        .contains("magpie_work_seconds_bucket{gateway=\"1\",le=\"0.005\"} 1")
        .contains("magpie_work_seconds_count{gateway=\"2\"} 0");
    removal.run();
    assertThat(Metrics.of(vertx).scrape()).doesNotContain("gateway=\"2\"");
  }

  @Test
  void goesOnCountingAfterAGarbageCollection(Vertx vertx) {
    AtomicLong events = new AtomicLong();
    Runnable removal = Metrics.of(vertx).counter("magpie.collected", "Events received.", events::get);
    System.gc();
    events.set(3);
    assertThat(Metrics.of(vertx).scrape()).contains("magpie_collected_total 3.0");
    removal.run();
    assertThat(Metrics.of(vertx).scrape()).doesNotContain("magpie_collected");
  }

  private static Future<Answer> get(Vertx vertx, String path) {
    Router router = Router.router(vertx);
    new OpsRoutes(vertx).mount(router);
    Future<HttpServer> server = vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1");
    // Closed at the end: one that nobody refers to is closed by the garbage collector, also within a request.
    HttpClient client = vertx.createHttpClient();
    return server
        .compose(listening -> client.request(HttpMethod.GET, listening.actualPort(), "127.0.0.1", path))
        .compose(request -> request.send())
        .compose(response -> response.body()
        .map(body -> new Answer(response.statusCode(), response.getHeader("content-type"), body.toString())))
        .eventually(client::close);
  }

  private record Answer(int status, String type, String body) {}
}
