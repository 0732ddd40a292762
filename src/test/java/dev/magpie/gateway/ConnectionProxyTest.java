package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.ReverseProxy;
import dev.magpie.testing.TestCertificates;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.junit5.VertxExtension;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The proxies of {@code src/main/proxy} that forward connections, with the PROXY protocol in front of TLS, which ends at the server. */
@Timeout(120)
@ExtendWith(VertxExtension.class)
class ConnectionProxyTest {
  private static final TestCertificates AUTHORITY = new TestCertificates("Authority of the server");

  @TempDir
  Path folder;

  private ReverseProxy.Running proxy;

  @AfterEach
  void stop() throws InterruptedException {
    if (proxy != null) proxy.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX_TCP", "HAPROXY_TCP"})
  void pagesComeByHttp2AndWebSocketsOpen(ReverseProxy kind, Vertx vertx) throws Exception {
    long before = PeerLog.refusals(RefusalReason.PROXY);
    AUTHORITY.server("127.0.0.1", ReverseProxy.HOST).write(folder, "main");
    TlsListener listener = new TlsListener(folder, AUTHORITY);
    JsonObject http = new JsonObject().put("trusted_proxies", new JsonArray().add("127.0.0.1/32"));
    JsonObject settings = listener.settings(http,
        new JsonObject().put("port", 0).put("proxy_protocol", true).put("tls", listener.tls("main")));
    proxy = kind.start(folder, kind.configuration(), listener.deploy(vertx, settings, 2).get(0).getPort());
    HttpResponse<String> page = TlsListener.get(listener.client(), URI.create("https://127.0.0.1:" + proxy.port + "/"));
    assertThat(page.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(page.body()).contains("css/base.css");
    try (RawWebSocket socket = RawWebSocket.tls(proxy.port, AUTHORITY.trusting())) {
      socket.upgrade("/socket.io/?EIO=4&transport=websocket", "Origin: https://127.0.0.1:" + proxy.port);
      assertThat(socket.readFrame().text()).startsWith("0{");
    }
    // HAProxy's checks of the server are connections of its own.
    assertThat(PeerLog.refusals(RefusalReason.PROXY)).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX_TCP", "HAPROXY_TCP"})
  void theServerSeesTheClientsAddress(ReverseProxy kind, Vertx vertx) throws Exception {
    Io io = Io.create(vertx, new IoOptions().setTrustedProxies(List.of("127.0.0.1/32")));
    Router router = Router.router(vertx);
    io.mountPlain(router, "/ws");
    io.onConnection(socket -> socket.emit("address", socket.handshake().address()));
    int to = vertx.createHttpServer(new HttpServerOptions().setUseProxyProtocol(true)).requestHandler(router).listen(0, "127.0.0.1")
        .await(60, TimeUnit.SECONDS).actualPort();
    proxy = kind.start(folder, kind.configuration(), to);
    try (Socket client = new Socket(InetAddress.getByName("127.0.0.1"), proxy.port, InetAddress.getByName("127.0.0.9"), 0)) {
      client.setSoTimeout(RawWebSocket.TIMEOUT_MILLIS);
      client.getOutputStream().write(RawWebSocket.upgradeRequest("/ws", "X-Forwarded-For: 6.6.6.6"));
      StringBuilder read = new StringBuilder();
      for (int next; read.indexOf("]") < 0 && (next = client.getInputStream().read()) >= 0; ) read.append((char) next);
      assertThat(read.toString()).contains("[\"address\",\"127.0.0.9\"]");
    }
  }

  @Test
  void oneThatEndsTlsSaysSo(Vertx vertx) throws Exception {
    JsonObject http = new JsonObject().put("trusted_proxies", new JsonArray().add("127.0.0.1/32"));
    JsonObject settings = new TlsListener(folder, AUTHORITY).settings(http, new JsonObject().put("port", 0).put("proxy_protocol", true));
    int to = new TlsListener(folder, AUTHORITY).deploy(vertx, settings, 1).get(0).getPort();
    String ends = ReverseProxy.HAPROXY_TCP.configuration()
        .replace("bind :443\n", "bind :443\n  bind :443 ssl crt /etc/ssl/private/chat.example.com.pem\n")
        .replace("send-proxy-v2 ", "send-proxy-v2-ssl ");
    proxy = ReverseProxy.HAPROXY_TCP.start(folder, ends, to);
    byte[] request = RawWebSocket.ascii(new String(RawWebSocket.upgradeRequest("/ws", "Origin: https://" + ReverseProxy.HOST),
        StandardCharsets.US_ASCII).replace("Host: localhost", "Host: " + ReverseProxy.HOST));
    // The server listens on loopback: another host than its own is served because a trusted proxy has connected.
    try (RawWebSocket secure = RawWebSocket.tls(proxy.tlsPort, ReverseProxy.AUTHORITY.trusting());
        RawWebSocket clear = RawWebSocket.tcp(proxy.port)) {
      assertThat(secure.send(request).readAnswer().status()).isEqualTo(101);
      assertThat(clear.send(request).readAnswer().status()).isEqualTo(403);
    }
  }
}
