package dev.magpie.gateway;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.Ports;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gateway without a database shows to whom: the public listener next to nothing, the management listener all of it. */
@ExtendWith(VertxExtension.class)
class ManagementListenerTest {
  // The public listener.

  @ParameterizedTest
  @CsvSource({"/health, alive", "/ready, ready"})
  void thePublicListenerAnswersBalancersInOneWord(String path, String word, Vertx vertx) throws Exception {
    HttpAnswer answer = get(publicPort(start(vertx, new JsonObject())), path);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(word + "\n");
  }

  @Test
  void thePublicListenerDoesNotSayWhyItIsNotReady(Vertx vertx) throws Exception {
    GatewayVerticle gateway = start(vertx, new JsonObject());
    dev.magpie.ops.Health.of(vertx).register("database", () -> io.vertx.core.Future.failedFuture("no connection to db.internal"));
    HttpAnswer answer = get(publicPort(gateway), "/ready");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("unready\n");
    assertThat(get(managementPort(gateway), "/ready").body()).contains("\"database\":\"no connection to db.internal\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Authorization: Basic YTpi", "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"})
  void thePublicListenerHasNoMetricsForThoseWithoutAKey(String header, Vertx vertx) throws Exception {
    assertThat(get(publicPort(start(vertx, new JsonObject())), "/metrics", header).status()).isEqualTo(404);
  }

  // The management listener.

  @Test
  void theManagementListenerHasMetricsAndTheDetails(Vertx vertx) throws Exception {
    int port = managementPort(start(vertx, new JsonObject()));
    assertThat(get(port, "/metrics").body()).contains("magpie_build_info{");
    assertThat(get(port, "/ready").body()).contains("\"gateway-1\":\"ok\"");
    assertThat(get(port, "/health").body()).contains("\"version\":");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/js/magpie.js", "/socket.io/?EIO=4&transport=polling", "/socket.io/socket.io.js", "/ws", "/listener.json"})
  void theManagementListenerServesNoPagesAndNoSockets(String path, Vertx vertx) throws Exception {
    assertThat(get(managementPort(start(vertx, new JsonObject())), path).status()).isEqualTo(404);
  }

  /** A page whose name leads to this machine has the same origin as its requests. */
  @ParameterizedTest
  @CsvSource({"evil.example, ''", "evil.example, *", "chat.example, *", "evil.example, chat.example"})
  void theManagementListenerServesNoOtherHostName(String host, String served, Vertx vertx) throws Exception {
    JsonObject http = new JsonObject().put("trusted_proxies", new JsonArray().add("127.0.0.1"));
    if (!served.isEmpty()) http.put("hosts", new JsonArray().add(served));
    HttpAnswer answer = exchange(managementPort(start(vertx, http)), "/metrics", "Host: " + host, "X-Forwarded-Host: localhost");
    assertThat(answer.status()).isEqualTo(421);
    assertThat(answer.body()).doesNotContain("magpie_");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://evil.example", "null", "http://localhost:1"})
  void theManagementListenerRefusesPagesOfOtherOrigins(String origin, Vertx vertx) throws Exception {
    int port = managementPort(start(vertx, new JsonObject().put("origins", new JsonArray().add("*"))));
    HttpAnswer answer = get(port, "/metrics", "Origin: " + origin);
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
    assertThat(answer.body()).doesNotContain("magpie_");
  }

  /** A page may load it as an image, without an origin; browsers then go by this header. */
  @Test
  void theManagementListenerIsNotLoadedIntoOtherPages(Vertx vertx) throws Exception {
    HttpAnswer answer = get(managementPort(start(vertx, new JsonObject())), "/metrics");
    assertThat(answer.headers()).containsEntry("cross-origin-resource-policy", "same-origin").containsEntry("x-content-type-options",
        "nosniff");
  }

  @Test
  void withoutADatabaseTheApiSaysThatItHasNoKeys(Vertx vertx) throws Exception {
    GatewayVerticle gateway = start(vertx, new JsonObject());
    for (int port : new int[] {managementPort(gateway), publicPort(gateway)}) {
      HttpAnswer answer = get(port, "/api/v1/stats", "X-API-Key: mgp_abcdefghijkl_" + "a".repeat(43));
      assertThat(answer.status()).isEqualTo(503);
      assertThat(new JsonObject(answer.body()).getString("detail")).isEqualTo("API keys are kept in the database, which this process does "
          + "not have: it runs gateways without dev.magpie.MainVerticle");
    }
  }

  // Where it listens.

  @Test
  void nullSwitchesItOff(Vertx vertx) throws Exception {
    GatewayVerticle gateway = start(vertx, new JsonObject().putNull("management"));
    assertThat(gateway.managementUrls()).isEmpty();
    assertThat(get(publicPort(gateway), "/metrics").status()).isEqualTo(404);
  }

  @Test
  void listensOnThePortThatIsNamed(Vertx vertx) throws Exception {
    int port = Ports.free();
    GatewayVerticle gateway = start(vertx, new JsonObject().put("management", new JsonObject().put("port", port)));
    assertThat(gateway.managementUrls()).containsExactly("http://127.0.0.1:" + port + "/");
  }

  @Test
  void refusesANamedPortThatIsInUseInOneLine(Vertx vertx) throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      JsonObject management = new JsonObject().put("port", other.getLocalPort());
      assertThatThrownBy(() -> start(vertx, new JsonObject().put("management", management))).cause()
          .hasMessage("127.0.0.1:" + other.getLocalPort()
          + " is in use by another program; http.management.port or MAGPIE_HTTP_MANAGEMENT_PORT names another port");
    }
  }

  @Test
  void takesAnyPortWhereTheUsualOneIsInUse(Vertx vertx) throws Exception {
    // Of two servers one at least finds it in use.
    Vertx another = Vertx.vertx();
    try {
      GatewayVerticle first = start(vertx, onAPortOfItsOwn());
      GatewayVerticle second = start(another, onAPortOfItsOwn());
      assertThat(managementPort(second)).isNotEqualTo(managementPort(first));
      assertThat(get(managementPort(second), "/metrics").status()).isEqualTo(200);
    } finally {
      await(another.close());
    }
  }

  @Test
  void theUsualPortIsLeftToAListenerThatHasIt() {
    GatewayOptions.Http http = GatewayOptions.from(new JsonObject().put("http", new JsonObject().put("listeners", new JsonArray()
        .add(new JsonObject().put("port", 8000)).add(new JsonObject().put("port", ManagementOptions.DEFAULT_PORT))))).http();
    assertThat(http.management().orElseThrow().listener(http.listeners()).port()).isZero();
  }

  private static JsonObject onAPortOfItsOwn() {
    return new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", Ports.free())));
  }

  private static GatewayVerticle start(Vertx vertx, JsonObject http) {
    if (!http.containsKey("listeners")) http.put("listeners", new JsonArray().add(new JsonObject().put("port", 0)));
    JsonObject settings = new JsonObject().put("http", http)
        .put("recovery", new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory")))
        .put("shutdown", new JsonObject().put("drain_ms", 100));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(settings));
    await(vertx.deployVerticle(gateway));
    return gateway;
  }

  private static int publicPort(GatewayVerticle gateway) {
    return URI.create(gateway.urls().get(0)).getPort();
  }

  private static int managementPort(GatewayVerticle gateway) {
    return URI.create(gateway.managementUrls().get(0)).getPort();
  }

  private static HttpAnswer get(int port, String path, String... headers) throws IOException {
    String[] all = new String[headers.length + 1];
    all[0] = "Host: localhost:" + port;
    System.arraycopy(headers, 0, all, 1, headers.length);
    return exchange(port, path, all);
  }

  private static HttpAnswer exchange(int port, String path, String... headers) throws IOException {
    StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nConnection: close\r\n");
    for (String header : headers) if (!header.isEmpty()) request.append(header).append("\r\n");
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      return client.send(RawWebSocket.ascii(request.append("\r\n").toString())).readAnswer();
    }
  }
}
