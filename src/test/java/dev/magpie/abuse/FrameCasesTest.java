package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.abuse.FrameCases.Case;
import dev.magpie.gateway.GatewayOptions;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 6455 on {@code /ws?echo=true} of a gateway with default settings, in the cases of the Autobahn suite. */
class FrameCasesTest {
  private static Vertx vertx;
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    vertx = Subject.vertx();
    JsonObject http = new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", 0)));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(new JsonObject().put("http", http)));
    Subject.done(vertx.deployVerticle(gateway));
    port = URI.create(gateway.urls().get(0)).getPort();
  }

  @AfterAll
  static void stop() throws Exception {
    Subject.done(vertx.close());
  }

  static Stream<Case> cases() {
    return FrameCases.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void isSpokenAsTheRfcSays(Case one) throws Exception {
    try (RawWebSocket client = RawWebSocket.connect(port, "/ws?echo=true")) {
      one.play().run(client);
    }
  }

  @Test
  void everyCaseOfSections1To7IsThere() {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put("1.1", 8);
    sizes.put("1.2", 8);
    sizes.put("2", 11);
    sizes.put("3", 7);
    sizes.put("4.1", 5);
    sizes.put("4.2", 5);
    sizes.put("5", 20);
    sizes.put("6.1", 3);
    sizes.put("6.2", 4);
    sizes.put("6.3", 2);
    sizes.put("6.4", 4);
    int[] sequences = {5, 11, 4, 2, 4, 3, 5, 8, 5, 10, 1, 3, 5, 5, 5, 7, 8, 34, 7};
    for (int i = 0; i < sequences.length; i++) sizes.put("6." + (i + 5), sequences[i]);
    sizes.put("7.1", 6);
    sizes.put("7.3", 6);
    sizes.put("7.5", 1);
    sizes.put("7.7", 13);
    sizes.put("7.9", 9);
    sizes.put("7.13", 2);
    List<String> all = sizes.entrySet().stream()
        .flatMap(section -> IntStream.rangeClosed(1, section.getValue()).mapToObj(number -> section.getKey() + "." + number))
        .toList();
    assertThat(cases().map(Case::id)).containsExactlyInAnyOrderElementsOf(all);
  }

  /**
   * Vert.x's own WebSocket checks no UTF-8 and closes without a code: the same cases must find that out, and find nothing where it is
   * right.
   */
  @Test
  void theCasesSeeWhatAnotherServerDoesWrong() throws Exception {
    HttpServer naive = Subject.done(vertx.createHttpServer(new HttpServerOptions())
        .webSocketHandler(FrameCasesTest::echo)
        .listen(0, "127.0.0.1"));
    Set<String> right = Set.of("1.1.1", "1.1.6", "1.2.8", "2.2", "2.10", "5.3", "5.8", "6.5.5", "6.22.1", "7.3.3", "7.7.1");
    Set<String> failed = new ConcurrentSkipListSet<>();
    ExecutorService several = Executors.newFixedThreadPool(16);
    cases().forEach(one -> several.execute(() -> {
      try (RawWebSocket client = RawWebSocket.connect(naive.actualPort(), "/")) {
        // What it does wrong is often an answer that never comes; what it does right may take a busy machine a while.
        client.socket().setSoTimeout(right.contains(one.id()) ? RawWebSocket.TIMEOUT_MILLIS : 2_000);
        one.play().run(client);
      } catch (Exception | AssertionError violated) {
        failed.add(one.id());
      }
    }));
    several.shutdown();
    assertThat(several.awaitTermination(120, TimeUnit.SECONDS)).isTrue();
    assertThat(failed).contains("2.5", "3.1", "4.1.1", "5.1", "5.9", "6.3.1", "6.4.1", "6.12.1", "6.20.1", "7.5.1", "7.9.1");
    assertThat(failed).doesNotContainAnyElementsOf(right);
    // All that is refused, and nothing that is allowed.
    assertThat(new TreeSet<>(failed).size()).isBetween(80, 140);
  }

  private static void echo(ServerWebSocket socket) {
    socket.textMessageHandler(socket::writeTextMessage).binaryMessageHandler(socket::writeBinaryMessage);
    socket.exceptionHandler(ignored -> {});
  }
}
