package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.ReverseProxy;
import dev.magpie.transport.admission.Admission;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS and HTTP/2 end at the proxies of {@code src/main/proxy}; HTTP/1.1 goes to one or two servers. */
@Timeout(120)
class TlsFrontTest {
  private static final String HANDSHAKE = "socket.io/?EIO=4&transport=polling";

  @TempDir
  Path folder;

  private final List<Vertx> servers = new ArrayList<>();
  private ReverseProxy.Running proxy;

  @AfterEach
  void stop() throws Exception {
    if (proxy != null) proxy.close();
    for (Vertx server : servers) server.close().await(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void pagesAndPollsComeByHttp2(ReverseProxy kind) throws Exception {
    start(kind, kind.configuration(), 1);
    HttpClient client = client();
    for (String prefix : List.of("/", "/rt/")) {
      HttpResponse<String> page = send(client, "GET", prefix, null);
      assertThat(page.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(page.body()).contains("css/base.css");
      String session = session(send(client, "GET", prefix + HANDSHAKE, null));
      assertThat(send(client, "POST", prefix + HANDSHAKE + session, "40/none,").body()).isEqualTo("ok");
      HttpResponse<String> poll = send(client, "GET", prefix + HANDSHAKE + session, null);
      assertThat(poll.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(poll.body()).isEqualTo("44/none,{\"message\":\"Invalid namespace\"}");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void thePageOfTheSecureOriginConnects(ReverseProxy kind) throws Exception {
    start(kind, kind.configuration(), 1);
    assertThat(upgrade("https://" + ReverseProxy.HOST)).isEqualTo(101);
    assertThat(upgrade("http://" + ReverseProxy.HOST)).isEqualTo(403);
    assertThat(upgrade("https://evil.example")).isEqualTo(403);
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void theServerKnowsWhoCameByTls(ReverseProxy kind) throws Exception {
    start(kind, kind.configuration(), 1);
    assertThat(send(client(), "GET", "/", null).headers().firstValue("Strict-Transport-Security")).hasValue("max-age=86400");
    URI clear = URI.create("http://127.0.0.1:" + proxy.port + "/");
    assertThat(client().send(HttpRequest.newBuilder(clear).build(), HttpResponse.BodyHandlers.ofString()).headers().map())
        .doesNotContainKey("strict-transport-security");
  }

  /** nginx chooses by the client's address, HAProxy in turn. */
  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void webSocketsAreSpreadOverTwoServers(ReverseProxy kind) throws Exception {
    start(kind, kind.configurationForSeveralServers(), 2);
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 1; clients(0) == 0 || clients(1) == 0; i++) {
        assertThat(i).as("clients at both servers").isLessThan(100);
        SSLSocket client = (SSLSocket) ReverseProxy.AUTHORITY.trusting().getSocketFactory()
            .createSocket(InetAddress.getByName("127.0.0.1"), proxy.tlsPort, InetAddress.getByName("127.0.0." + (i + 1)), 0);
        open.add(client);
        client.setSoTimeout(RawWebSocket.TIMEOUT_MILLIS);
        client.getOutputStream().write(RawWebSocket.upgradeRequest("/ws"));
        assertThat(new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 101");
      }
    } finally {
      for (Socket socket : open) socket.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void aPollingSessionStaysWithItsServer(ReverseProxy kind) throws Exception {
    start(kind, kind.configurationForSeveralServers(), 2);
    for (int clients = 0; clients < 4; clients++) {
      HttpClient client = client();
      String session = session(send(client, "GET", "/" + HANDSHAKE, null));
      for (int i = 0; i < 5; i++) {
        assertThat(send(client, "POST", "/" + HANDSHAKE + session, "40/none" + i + ",").statusCode()).isEqualTo(200);
        assertThat(send(client, "GET", "/" + HANDSHAKE + session, null).body()).startsWith("44/none" + i + ",");
      }
    }
  }

  private void start(ReverseProxy kind, String configuration, int count) throws Exception {
    int[] ports = new int[count];
    for (int i = 0; i < count; i++) {
      Vertx vertx = Vertx.vertx();
      servers.add(vertx);
      JsonObject http = new JsonObject()
          .put("listeners", new JsonArray().add(new JsonObject().put("port", 0)))
          .put("trusted_proxies", new JsonArray().add("127.0.0.1/32"))
          .put("hsts_seconds", 86_400L);
      JsonObject inMemory = new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory"));
      GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(new JsonObject().put("http", http).put("recovery", inMemory)));
      vertx.deployVerticle(gateway).await(60, TimeUnit.SECONDS);
      ports[i] = URI.create(gateway.urls().get(0)).getPort();
    }
    proxy = kind.start(folder, configuration, ports);
  }

  private long clients(int server) {
    return Admission.of(servers.get(server)).clients();
  }

  private static HttpClient client() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(ReverseProxy.AUTHORITY.trusting())
        .cookieHandler(new CookieManager()).connectTimeout(Duration.ofSeconds(20)).build();
  }

  private HttpResponse<String> send(HttpClient client, String method, String path, String body) throws Exception {
    HttpRequest.BodyPublisher content = body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body);
    HttpRequest request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + proxy.tlsPort + path)).method(method, content)
        .header("Content-Type", "text/plain;charset=UTF-8").timeout(Duration.ofSeconds(30)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static String session(HttpResponse<String> handshake) {
    return "&sid=" + new JsonObject(handshake.body().split("\u001e")[0].substring(1)).getString("sid");
  }

  private int upgrade(String origin) throws IOException {
    String request = new String(RawWebSocket.upgradeRequest("/ws", "Origin: " + origin), StandardCharsets.US_ASCII)
        .replace("Host: localhost", "Host: " + ReverseProxy.HOST);
    try (RawWebSocket client = RawWebSocket.tls(proxy.tlsPort, ReverseProxy.AUTHORITY.trusting())) {
      return client.send(request.getBytes(StandardCharsets.US_ASCII)).readAnswer().status();
    }
  }
}
