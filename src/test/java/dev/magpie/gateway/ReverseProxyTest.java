package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.testing.ReverseProxy;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Magpie behind the proxies of {@code src/main/proxy}, each with the file that the documentation shows. */
@ExtendWith(VertxExtension.class)
class ReverseProxyTest {
  private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10))
      .build();
  private static final Pattern ABSOLUTE = Pattern.compile("(?:src|href|action)=\"/");

  @TempDir
  Path folder;

  private final List<ReverseProxy.Running> running = new ArrayList<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (ReverseProxy.Running proxy : running) proxy.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void pagesAreServedAlsoBelowAPath(ReverseProxy proxy, Vertx vertx) throws Exception {
    int port = start(proxy, gateway(vertx));
    for (String prefix : List.of("/", "/rt/")) {
      String page = page(port, prefix);
      assertThat(page).as(prefix).contains("css/base.css").doesNotContainPattern(ABSOLUTE);
      assertThat(page(port, prefix + "css/base.css")).as(prefix).isNotBlank();
      assertThat(page(port, prefix + "socket.io/socket.io.esm.min.js")).as(prefix).contains("Socket.IO v4.");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void aFolderWithoutItsSlashIsFoundBelowAPathToo(ReverseProxy proxy, Vertx vertx) throws Exception {
    int port = start(proxy, gateway(vertx));
    for (String prefix : List.of("/", "/rt/")) {
      HttpResponse<String> answer = answer(port, prefix + "examples");
      assertThat(answer.statusCode()).as(prefix).isEqualTo(301);
      URI there = answer.uri().resolve(answer.headers().firstValue("Location").orElseThrow());
      assertThat(there.getPath()).isEqualTo(prefix + "examples/");
      assertThat(page(port, there.getPath())).as(prefix).contains("css/examples.css");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void sessionsPollAndOpenWebSockets(ReverseProxy proxy, Vertx vertx) throws Exception {
    int port = start(proxy, gateway(vertx));
    for (String prefix : List.of("", "/rt")) {
      EnginePollingClient polling = new EnginePollingClient(port, prefix + "/socket.io", 4);
      polling.handshake();
      polling.send("40/none,");
      assertThat(polling.poll()).as(prefix).containsExactly("44/none,{\"message\":\"Invalid namespace\"}");
      try (RawWebSocket socket = RawWebSocket.connect(port, prefix + "/socket.io/?EIO=4&transport=websocket")) {
        assertThat(socket.readFrame().text()).as(prefix).startsWith("0{");
      }
      try (RawWebSocket plain = RawWebSocket.connect(port, prefix + "/ws?echo=true", "Sec-WebSocket-Protocol: chat")) {
        plain.sendText("hello");
        assertThat(plain.readFrame().text()).as(prefix).isEqualTo("hello");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void thePageThatTheProxyServesIsOfTheSameOriginAndOthersAreNot(ReverseProxy proxy, Vertx vertx) throws Exception {
    int port = start(proxy, gateway(vertx));
    assertThat(upgrade(port, "chat.example.com", "http://chat.example.com")).isEqualTo(101);
    assertThat(upgrade(port, "chat.example.com:" + port, "http://chat.example.com:" + port)).isEqualTo(101);
    assertThat(upgrade(port, "chat.example.com", "http://evil.example")).isEqualTo(403);
    // What a client writes itself is not believed.
    assertThat(upgrade(port, "chat.example.com", "http://evil.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"))
        .isEqualTo(403);
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void theServerSeesTheClientsAddress(ReverseProxy proxy, Vertx vertx) throws Exception {
    Io io = Io.create(vertx, new IoOptions().setTrustedProxies(List.of("127.0.0.1/32")));
    Router router = Router.router(vertx);
    io.mountPlain(router, "/ws");
    // HAProxy sends nobody to a server whose health check fails.
    router.get("/ready").handler(check -> check.response().end());
    io.onConnection(socket -> socket.emit("address", socket.handshake().address()));
    int to = vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1").await(60, TimeUnit.SECONDS).actualPort();
    int port = start(proxy, to);
    try (Socket client = new Socket(InetAddress.getByName("127.0.0.1"), port, InetAddress.getByName("127.0.0.9"), 0)) {
      client.setSoTimeout(20_000);
      client.getOutputStream().write(RawWebSocket.upgradeRequest("/ws", "X-Forwarded-For: 6.6.6.6"));
      assertThat(until(client, "]")).contains("[\"address\",\"127.0.0.9\"]");
    }
  }

  @ParameterizedTest
  @EnumSource
  void timeoutsAreLongerThanTheHeartbeat(ReverseProxy proxy) throws IOException {
    long heartbeat = TimeUnit.MILLISECONDS.toSeconds(
        GatewayOptions.DEFAULT.heartbeat().intervalMs() + GatewayOptions.DEFAULT.heartbeat().timeoutMs());
    Pattern timeouts = Pattern.compile("(?:proxy_(?:(?:read|send)_)?timeout|timeout (?:client|server|tunnel)) (\\d+)s");
    Matcher timeout = timeouts.matcher(proxy.configuration());
    List<Long> seconds = timeout.results().map(found -> Long.valueOf(found.group(1))).toList();
    assertThat(seconds).isNotEmpty().allMatch(each -> each > heartbeat);
  }

  @Test
  void theDocumentationShowsTheFilesThatAreTested() throws IOException {
    String page = Files.readString(ReverseProxy.PAGE);
    for (ReverseProxy proxy : ReverseProxy.values()) assertThat(page).contains(proxy.configuration());
  }

  private int gateway(Vertx vertx) throws Exception {
    JsonObject http = new JsonObject()
        .put("listeners", new JsonArray().add(new JsonObject().put("port", 0)))
        .put("trusted_proxies", new JsonArray().add("127.0.0.1").add("::1"));
    JsonObject inMemory = new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory"));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(new JsonObject().put("http", http).put("recovery", inMemory)));
    vertx.deployVerticle(gateway).await(60, TimeUnit.SECONDS);
    return URI.create(gateway.urls().get(0)).getPort();
  }

  /** @return the proxy's port, when it listens */
  private int start(ReverseProxy proxy, int to) throws Exception {
    ReverseProxy.Running started = proxy.start(folder, proxy.configuration(), to);
    running.add(started);
    return started.port;
  }

  private static String page(int port, String path) throws Exception {
    HttpResponse<String> answer = answer(port, path);
    assertThat(answer.statusCode()).as(path).isEqualTo(200);
    return answer.body();
  }

  private static HttpResponse<String> answer(int port, String path) throws Exception {
    return HTTP.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Duration.ofSeconds(20)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static int upgrade(int port, String host, String origin, String... more) throws IOException {
    String[] headers = Stream.concat(Stream.of("Origin: " + origin), Stream.of(more)).toArray(String[]::new);
    String request = new String(RawWebSocket.upgradeRequest("/ws", headers), StandardCharsets.US_ASCII)
        .replace("Host: localhost", "Host: " + host);
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      HttpAnswer answer = client.send(request.getBytes(StandardCharsets.US_ASCII)).readAnswer();
      return answer.status();
    }
  }

  private static String until(Socket socket, String end) throws IOException {
    StringBuilder read = new StringBuilder();
    for (int next; !read.toString().endsWith(end) && (next = socket.getInputStream().read()) >= 0; ) read.append((char) next);
    return read.toString();
  }
}
