package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server below a path; 127.0.0.1 is a trusted proxy. */
@ExtendWith(VertxExtension.class)
class BasePathTest {
  private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10))
      .build();

  private int port;

  @BeforeEach
  void start(Vertx vertx) throws Exception {
    port = start(vertx, "127.0.0.1");
  }

  private static int start(Vertx vertx, String proxy) throws Exception {
    JsonObject http = new JsonObject()
        .put("listeners", new JsonArray().add(new JsonObject().put("port", 0)))
        .put("trusted_proxies", new JsonArray().add(proxy))
        .put("base_path", "/apps/rt");
    JsonObject inMemory = new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory"));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(new JsonObject().put("http", http).put("recovery", inMemory)));
    vertx.deployVerticle(gateway).await(60, TimeUnit.SECONDS);
    URI url = URI.create(gateway.urls().get(0));
    assertThat(url.getPath()).isEqualTo("/apps/rt/");
    return url.getPort();
  }

  @Test
  void pagesAreBelowIt() throws Exception {
    assertThat(get("/apps/rt/").body()).contains("css/base.css");
    for (String path : List.of("css/base.css", "socket.io/socket.io.esm.min.js", "listener.json?x=1", "health"))
      assertThat(get("/apps/rt/" + path).statusCode()).as(path).isEqualTo(200);
    assertThat(get("/apps/rt/no-such-page").statusCode()).isEqualTo(404);
  }

  @Test
  void theApiIsBelowIt() throws Exception {
    // A key is asked for: the request has reached the API.
    assertThat(get("/apps/rt/api/v1/stats").statusCode()).isEqualTo(401);
    assertThat(get("/api/v1/stats").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/index.html", "/health", "/apps/", "/apps/rtx/", "/apps/rt2", "/socket.io/?EIO=4&transport=polling",
      "/%61pps/rt/", "//apps/rt/", "/apps//rt/"})
  void allElseIsNotFound(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).isEqualTo("404 Not Found\n");
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
  }

  @Test
  void whatLeadsOutOfItIsNotFound() throws Exception {
    for (String path : List.of("/apps/rt/../../index.html", "/apps/rt/..%2f..%2findex.html")) {
      try (RawWebSocket client = RawWebSocket.tcp(port)) {
        client.send(RawWebSocket.ascii("GET " + path.replace("index.html", "conf/magpie.json") + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assertThat(client.readAnswer().status()).as(path).isEqualTo(404);
      }
    }
  }

  @Test
  void theBarePathLeadsToItsPage() throws Exception {
    HttpResponse<String> answer = get("/apps/rt?room=tea");
    assertThat(answer.statusCode()).isEqualTo(301);
    URI there = answer.uri().resolve(answer.headers().firstValue("Location").orElseThrow());
    assertThat(there.getPath() + "?" + there.getQuery()).isEqualTo("/apps/rt/?room=tea");
    assertThat(get(there.getPath()).statusCode()).isEqualTo(200);
  }

  @Test
  void aFolderWithoutItsSlashStaysBelowIt() throws Exception {
    HttpResponse<String> answer = get("/apps/rt/examples");
    assertThat(answer.statusCode()).isEqualTo(301);
    assertThat(answer.uri().resolve(answer.headers().firstValue("Location").orElseThrow()).getPath()).isEqualTo("/apps/rt/examples/");
  }

  @Test
  void sessionsPollAndOpenWebSocketsBelowIt() throws Exception {
    EnginePollingClient polling = new EnginePollingClient(port, "/apps/rt/socket.io", 4);
    polling.handshake();
    polling.send("40/none,");
    assertThat(polling.poll()).containsExactly("44/none,{\"message\":\"Invalid namespace\"}");
    try (RawWebSocket socket = RawWebSocket.connect(port, "/apps/rt/socket.io/?EIO=4&transport=websocket")) {
      assertThat(socket.readFrame().text()).startsWith("0{");
    }
    try (RawWebSocket plain = RawWebSocket.connect(port, "/apps/rt/ws?echo=true", "Sec-WebSocket-Protocol: chat")) {
      plain.sendText("hello");
      assertThat(plain.readFrame().text()).isEqualTo("hello");
    }
  }

  @Test
  void noWebSocketIsOpenedOutsideOfIt() throws Exception {
    for (String path : List.of("/ws", "/socket.io/?EIO=4&transport=websocket")) assertThat(upgrade(port, path)).as(path).isEqualTo(404);
  }

  @Test
  void aProxyThatRemovesItSaysSo() throws Exception {
    assertThat(get("/", "X-Forwarded-Prefix", "/apps/rt").body()).contains("css/base.css");
    assertThat(get("/css/base.css", "X-Forwarded-Prefix", "/apps/rt/").statusCode()).isEqualTo(200);
    assertThat(get("/", "X-Forwarded-Prefix", "/other").statusCode()).isEqualTo(404);
    assertThat(upgrade(port, "/ws", "X-Forwarded-Prefix: /apps/rt")).isEqualTo(101);
    // A proxy that adds the header without removing the path.
    assertThat(get("/apps/rt/css/base.css", "X-Forwarded-Prefix", "/apps/rt").statusCode()).isEqualTo(200);
  }

  @Test
  void aClientThatSaysSoIsNotBelieved() throws Exception {
    // Gateways of one Vert.x share their port.
    Vertx alone = Vertx.vertx();
    try {
      int other = start(alone, "192.0.2.1");
      assertThat(upgrade(other, "/ws", "X-Forwarded-Prefix: /apps/rt")).isEqualTo(404);
      assertThat(upgrade(other, "/apps/rt/ws")).isEqualTo(101);
    } finally {
      alone.close().await(60, TimeUnit.SECONDS);
    }
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Duration.ofSeconds(20));
    if (headers.length > 0) request.headers(headers);
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static int upgrade(int port, String path, String... headers) throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      return client.send(RawWebSocket.upgradeRequest(path, headers)).readAnswer().status();
    }
  }
}
