package dev.magpie.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.ops.Metrics;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The first connection of a listener, which Vert.x may accept before it has the listener's metrics. */
class ConnectionMetricTest {
  private Vertx vertx;
  private final List<HttpConnection> unmeasured = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() {
    vertx = Vertx.vertx(new VertxOptions().setMetricsOptions(Metrics.options()));
  }

  @AfterEach
  void stop() {
    // Vert.x never closes a connection whose metric is null.
    unmeasured.forEach(ConnectionMetric::complete);
    vertx.close().await();
  }

  @Test
  void aConnectionThatCameBeforeTheMetricsIsServedAndClosed() throws Exception {
    assertThat(askOfOneThatCameEarly(true)).startsWith("HTTP/1.1 200").endsWith("served");
  }

  @Test
  void withoutItsMetricItWouldNeverClose() throws Exception {
    assertThat(askOfOneThatCameEarly(false)).isEqualTo("still open");
  }

  @Test
  void aMetricThatIsThereIsKept() throws Exception {
    Object[] metrics = new Object[2];
    HttpServer server = vertx.createHttpServer()
        .connectionHandler(connection -> {
          metrics[0] = ((ConnectionBase) connection).metric();
          ConnectionMetric.complete(connection);
          metrics[1] = ((ConnectionBase) connection).metric();
        })
        .requestHandler(request -> request.response().end("served"))
        .listen(0, "127.0.0.1").await();
    ask(server.actualPort(), 20);
    assertThat(metrics[1]).isNotNull().isSameAs(metrics[0]);
  }

  private String askOfOneThatCameEarly(boolean completed) throws Exception {
    HttpServer server = vertx.createHttpServer()
        .connectionHandler(connection -> {
          ((ConnectionBase) connection).metric(null);
          if (completed) ConnectionMetric.complete(connection);
          else unmeasured.add(connection);
        })
        .requestHandler(request -> request.response().end("served"))
        .listen(0, "127.0.0.1").await();
    return askAndClose(server.actualPort(), completed ? 20_000 : 1_000);
  }

  /** @return all that was read until the server closed the connection */
  private static String askAndClose(int port, int millis) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(millis);
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (SocketTimeoutException waiting) {
      return "still open";
    }
  }

  private static String ask(int port, int seconds) throws Exception {
    try {
      var answer = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
          .send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).timeout(Duration.ofSeconds(seconds)).build(),
          BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body();
    } catch (java.io.IOException unanswered) {
      return "no answer";
    }
  }
}
