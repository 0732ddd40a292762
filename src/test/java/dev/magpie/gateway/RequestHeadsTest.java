package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
class RequestHeadsTest {
  private static final String ORIGIN = "https://shop.example";
  private static final String UPGRADE =
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: Upgrade\r\n";

  // Hosts.

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LocalHost:8000", "localhost.", "shop.localhost", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000",
      "192.168.1.7", "[2001:db8::1]"})
  void aLoopbackListenerServesLoopbackNamesAndAddresses(String host, Vertx vertx) throws Exception {
    assertThat(asked(start(vertx, "127.0.0.1", new JsonObject()), "/health", "Host: " + host + "\r\n")).startsWith("HTTP/1.1 200");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/js/magpie.js", "/socket.io/?EIO=4&transport=polling", "/socket.io/socket.io.js", "/metrics", "/health",
      "/ready"})
  void aLoopbackListenerServesNoOtherName(String path, Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", new JsonObject());
    for (String host : List.of("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example")) {
      String answer = asked(port, path, "Host: " + host + "\r\nOrigin: http://" + host + "\r\n");
      assertThat(answer).as(host).startsWith("HTTP/1.1 421 Misdirected Request\r\n").doesNotContain("access-control")
          .endsWith("\r\n\r\n421 Misdirected Request\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ws", "/socket.io/?EIO=4&transport=websocket"})
  void aLoopbackListenerOpensNoWebSocketByAnotherName(String path, Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", new JsonObject());
    assertThat(upgraded(port, path, "Host: evil.example\r\nOrigin: http://evil.example\r\n")).startsWith("HTTP/1.1 421")
        .endsWith("421 Misdirected Request\n");
  }

  @Test
  void aLoopbackListenerServesNamesThatAreListed(Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", hosts("Magpie.test"));
    assertThat(asked(port, "/", "Host: magpie.TEST:8000\r\n")).startsWith("HTTP/1.1 200");
    assertThat(asked(port, "/", "Host: evil.example\r\n")).startsWith("HTTP/1.1 421");
  }

  @Test
  void aTrustedProxyAsksForWhatItsClientsAskFor(Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", new JsonObject().put("trusted_proxies", new JsonArray().add("127.0.0.0/8")));
    assertThat(asked(port, "/", "Host: chat.example.com\r\n")).startsWith("HTTP/1.1 200");
  }

  @Test
  void anOpenListenerServesAnyNameUntilNamesAreListed(Vertx vertx) throws Exception {
    int open = start(vertx, "0.0.0.0", new JsonObject());
    assertThat(asked(open, "/", "Host: chat.example.com\r\n")).startsWith("HTTP/1.1 200");
    int listed = start(vertx, "0.0.0.0", hosts("chat.example.com"));
    assertThat(asked(listed, "/", "Host: chat.example.com\r\n")).startsWith("HTTP/1.1 200");
    assertThat(asked(listed, "/", "Host: evil.example\r\n")).startsWith("HTTP/1.1 421");
  }

  @Test
  void theStarServesAnyName(Vertx vertx) throws Exception {
    assertThat(asked(start(vertx, "127.0.0.1", hosts("*")), "/", "Host: any.example\r\n")).startsWith("HTTP/1.1 200");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      HTTP/1.1 ~ Host: localhost|Host: localhost| ~ HTTP/1.1 400
      HTTP/1.1 ~ Host: localhost|Host: evil.example| ~ HTTP/1.1 400
      HTTP/1.0 ~ Host: localhost|Host: evil.example| ~ HTTP/1.0 400
      HTTP/1.1 ~ Host: localhost, evil.example| ~ HTTP/1.1 400
      HTTP/1.1 ~ Host: a b| ~ HTTP/1.1 400
      HTTP/1.1 ~ Host: http://localhost/| ~ HTTP/1.1 400
      HTTP/1.1 ~ X-A: 1| ~ HTTP/1.1 400
      HTTP/1.0 ~ X-A: 1| ~ HTTP/1.0 200
      """)
  void aRequestNamesOneHost(String version, String headers, String status, Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", new JsonObject());
    assertThat(exchange(port, "GET /health " + version + "\r\n" + headers.replace("|", "\r\n") + "Connection: close\r\n\r\n"))
        .startsWith(status);
  }

  // Sizes.

  @Test
  void longQueriesAndCookiesAreServed(Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", new JsonObject());
    assertThat(asked(port, polling(16_000), "Host: localhost\r\n")).startsWith("HTTP/1.1 200");
    assertThat(asked(port, polling(0), "Host: localhost\r\nCookie: " + "c".repeat(32_000) + "\r\n")).startsWith("HTTP/1.1 200");
  }

  @ParameterizedTest
  @CsvSource({"1100, 0, 414 Request-URI Too Long", "0, 1100, 431 Request Header Fields Too Large"})
  void thePageOfAnAdmittedOriginMayReadThatItsRequestIsTooLong(int query, int cookie, String status, Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", small());
    String headers = "Host: localhost\r\nCookie: " + "c".repeat(cookie) + "\r\n";
    assertThat(asked(port, polling(query), headers + "Origin: " + ORIGIN + "\r\n"))
        .startsWith("HTTP/1.1 " + status + "\r\n")
        .containsIgnoringCase("\r\naccess-control-allow-origin: " + ORIGIN + "\r\n")
        .containsIgnoringCase("\r\naccess-control-allow-credentials: true\r\n")
        .containsIgnoringCase("\r\nvary: origin\r\n");
    assertThat(asked(port, polling(query), headers + "Origin: https://evil.example\r\n")).startsWith("HTTP/1.1 " + status)
        .doesNotContainIgnoringCase("access-control");
  }

  @Test
  void whatIsNotReadToItsEndIsRefusedToo(Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", small());
    assertThat(asked(port, polling(100_000), "Host: localhost\r\n")).startsWith("HTTP/1.0 414");
    assertThat(asked(port, polling(0),
        "Host: localhost\r\nOrigin: " + ORIGIN + "\r\nAccept: */*\r\nCookie: " + "c".repeat(100_000) + "\r\n"))
        .startsWith("HTTP/1.1 431").containsIgnoringCase("\r\naccess-control-allow-origin: " + ORIGIN + "\r\n");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      GET / HTTP/1.1|Host: evil.example| ~ 421
      GET / HTTP/1.1|Host: localhost|Host: localhost| ~ 400
      GET /socket.io/?EIO=4&transport=websocket HTTP/1.1|Host: localhost|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 12| \
      ~ 426
      GET /ws HTTP/1.1|Host: localhost|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13| ~ 400
      POST /socket.io/?EIO=4&transport=polling&sid=unknown HTTP/1.1|Host: localhost|Content-Length: 1000000| ~ 400
      NOT A REQUEST| ~ 400
      """)
  void aClientThatIsStillSendingReadsWhyItIsRefused(String head, int status, Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", small());
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      client.send(RawWebSocket.ascii(head.replace("|", "\r\n") + "\r\n"));
      assertReadsWhileSending(client, status);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1100, 3000, 100_000})
  void aClientThatIsStillSendingReadsThatItsHeadersAreTooLong(int length, Vertx vertx) throws Exception {
    int port = start(vertx, "127.0.0.1", small());
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      client.send(RawWebSocket.ascii("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(length) + "\r\n\r\n"));
      assertReadsWhileSending(client, 431);
    }
  }

  /** A connection with bytes that the server left unread is reset, and writing to it fails. */
  private static void assertReadsWhileSending(RawWebSocket client, int status) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (client.socket().getInputStream().available() == 0) {
      assertThat(System.nanoTime()).as("an answer").isLessThan(deadline);
      Thread.onSpinWait();
    }
    for (int i = 0; i < 8; i++) client.send(new byte[50_000]);
    client.shutdownOutput();
    assertThat(client.readAnswer().status()).isEqualTo(status);
    assertThat(client.socket().getInputStream().read()).as("the connection ends, and is not reset").isEqualTo(-1);
  }

  private static JsonObject small() {
    return new JsonObject().put("max_request_line", 1024).put("max_header_size", 1024).put("origins", new JsonArray().add(ORIGIN));
  }

  private static JsonObject hosts(String host) {
    return new JsonObject().put("hosts", new JsonArray().add(host));
  }

  private static String polling(int more) {
    return "/socket.io/?EIO=4&transport=polling&x=" + "q".repeat(more);
  }

  /** @return the port */
  private static int start(Vertx vertx, String host, JsonObject http) throws Exception {
    JsonObject listener = new JsonObject().put("host", host).put("port", 0);
    JsonObject settings = new JsonObject()
        .put("recovery", new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory")))
        .put("http", http.put("listeners", new JsonArray().add(listener)));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(settings));
    vertx.deployVerticle(gateway).await(20, TimeUnit.SECONDS);
    return URI.create(gateway.urls().get(0)).getPort();
  }

  private static String asked(int port, String path, String headers) throws IOException {
    return exchange(port, "GET " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n");
  }

  private static String upgraded(int port, String path, String headers) throws IOException {
    return exchange(port, "GET " + path + " HTTP/1.1\r\n" + headers + UPGRADE + "\r\n");
  }

  private static String exchange(int port, String request) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 5000);
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
