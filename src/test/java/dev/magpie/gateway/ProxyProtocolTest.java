package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.magpie.testing.Await;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A listener whose connections begin with a header of the PROXY protocol; 127.0.0.1 is the proxy. */
@ExtendWith(VertxExtension.class)
class ProxyProtocolTest {
  private static final String V1 = "PROXY TCP4 192.0.2.7 127.0.0.1 4711 8000\r\n";
  private static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final int UNSPECIFIED = 0;
  private static final int TCP4 = 0x11;
  private static final int UDP4 = 0x12;
  private static final int TCP6 = 0x21;
  private static final byte[] FOUR = {(byte) 192, 0, 2, 7, 127, 0, 0, 1, 0x12, 0x67, 0x1f, 0x40};
  private static final String GET = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  private int port;

  @BeforeEach
  void start(Vertx vertx) throws Exception {
    JsonObject http = new JsonObject()
        .put("listeners", new JsonArray().add(new JsonObject().put("port", 0).put("proxy_protocol", true)))
        .put("trusted_proxies", new JsonArray().add("127.0.0.1"));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(new JsonObject().put("http", http)));
    vertx.deployVerticle(gateway).await(60, TimeUnit.SECONDS);
    port = URI.create(gateway.urls().get(0)).getPort();
  }

  @Test
  void versionOneNamesTheClient() throws Exception {
    assertThat(addressOf(RawWebSocket.ascii(V1))).isEqualTo("192.0.2.0/24");
    assertThat(addressOf(RawWebSocket.ascii("PROXY TCP6 2001:db8::7 ::1 4711 8000\r\n"))).isEqualTo("2001:db8::/48");
  }

  @Test
  void versionTwoNamesTheClient() throws Exception {
    assertThat(addressOf(v2(PROXY, TCP4, FOUR))).isEqualTo("192.0.2.0/24");
    byte[] six = new byte[36];
    six[0] = 0x20;
    six[1] = 0x01;
    six[2] = 0x0d;
    six[3] = (byte) 0xb8;
    six[15] = 7;
    assertThat(addressOf(v2(PROXY, TCP6, six))).isEqualTo("2001:db8::/48");
  }

  /** As a proxy checks the server, or forwards a connection of which it knows nothing. */
  @Test
  void aConnectionOfTheProxyItselfIsServed() throws Exception {
    assertThat(addressOf(v2(LOCAL, UNSPECIFIED, new byte[0]))).isEqualTo("127.0.0.1");
    assertThat(addressOf(v2(LOCAL, TCP4, FOUR))).isEqualTo("127.0.0.1");
    assertThat(addressOf(v2(PROXY, UNSPECIFIED, new byte[0]))).isEqualTo("127.0.0.1");
    assertThat(addressOf(RawWebSocket.ascii("PROXY UNKNOWN\r\n"))).isEqualTo("127.0.0.1");
    assertThat(answer(RawWebSocket.ascii("PROXY UNKNOWN\r\n" + GET)).status()).isEqualTo(200);
  }

  @Test
  void theHeaderMayArriveInPieces() throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      client.sendChopped(RawWebSocket.concat(v2(PROXY, TCP4, FOUR), RawWebSocket.ascii(GET)), 7);
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
  }

  @Test
  void aHeaderOfAnotherPeerIsNotBelieved() throws Exception {
    long before = PeerLog.refusals(RefusalReason.PROXY);
    InetAddress server = InetAddress.getByName("127.0.0.1");
    try (Socket other = new Socket(server, port, InetAddress.getByName("127.0.0.2"), 0)) {
      other.setSoTimeout(RawWebSocket.TIMEOUT_MILLIS);
      other.getOutputStream().write(RawWebSocket.ascii(V1 + GET));
      assertThat(ends(other)).isTrue();
    }
    assertThat(PeerLog.refusals(RefusalReason.PROXY)).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", "PROXY TCP4 192.0.2.7\r\n", "PROXY TCP4 not-an-address 127.0.0.1 1 2\r\n",
      "PROXY TCP9 192.0.2.7 127.0.0.1 4711 8000\r\n", "\r\n\r\n\0\r\nQUIT\n\u0071\u0011\0\u000c            "})
  void whatIsNoHeaderEndsTheConnection(String sent) throws Exception {
    long before = PeerLog.refusals(RefusalReason.PROXY);
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      client.send(sent.getBytes(StandardCharsets.ISO_8859_1));
      assertThat(client.readEnd()).isTrue();
    }
    Await.until("it is counted", () -> PeerLog.refusals(RefusalReason.PROXY) == before + 1);
  }

  @Test
  void aClientOfAnotherProtocolThanTcpIsRefused() throws Exception {
    long before = PeerLog.refusals(RefusalReason.PROXY);
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      client.send(RawWebSocket.concat(v2(PROXY, UDP4, FOUR), RawWebSocket.ascii(GET)));
      assertThat(client.readEnd()).isTrue();
    }
    Await.until("it is counted", () -> PeerLog.refusals(RefusalReason.PROXY) == before + 1);
  }

  @Test
  void aClientCannotNameAnotherOneByHeadersOfHttp() throws Exception {
    assertThat(addressOf(RawWebSocket.ascii(V1), "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6")).isEqualTo("192.0.2.0/24");
  }

  @Test
  void aClientThatIsATrustedProxyNamesItsOwn() throws Exception {
    byte[] header = RawWebSocket.ascii("PROXY TCP4 127.0.0.1 127.0.0.1 4711 8000\r\n");
    assertThat(addressOf(header, "X-Forwarded-For: 198.51.100.9")).isEqualTo("198.51.100.0/24");
  }

  @Test
  void theHeaderSaysWhetherTheClientCameByTls() throws Exception {
    // PP2_TYPE_SSL of five bytes: PP2_CLIENT_SSL, and nothing of a certificate.
    byte[] tls = {0x20, 0, 5, 1, 0, 0, 0, 0};
    byte[] clear = {0x20, 0, 5, 0, 0, 0, 0, 0};
    assertThat(upgrade(v2(PROXY, TCP4, RawWebSocket.concat(FOUR, tls)), "Origin: https://chat.example.com")).isEqualTo(101);
    assertThat(upgrade(v2(PROXY, TCP4, RawWebSocket.concat(FOUR, clear)), "Origin: https://chat.example.com")).isEqualTo(403);
    assertThat(upgrade(v2(PROXY, TCP4, RawWebSocket.concat(FOUR, clear)), "Origin: http://chat.example.com")).isEqualTo(101);
  }

  /** The network that the log names as that of the client that sends this header, and then a request with these. */
  private String addressOf(byte[] header, String... headers) throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(PeerLog.class);
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
      @Override
      protected void append(ILoggingEvent event) {
        lines.add(event.getFormattedMessage());
      }
    };
    Level before = logger.getLevel();
    appender.start();
    // Lines of this level are not limited in number.
    logger.setLevel(Level.DEBUG);
    logger.addAppender(appender);
    try {
      String request = "GET /socket.io/?EIO=4&transport=polling&sid=none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
          + Stream.of(headers).map(line -> line + "\r\n").collect(Collectors.joining()) + "\r\n";
      assertThat(answer(RawWebSocket.concat(header, RawWebSocket.ascii(request))).status()).isEqualTo(400);
      Matcher line = Pattern.compile("request refused address=(\\S+) .*").matcher(lines.poll(20, TimeUnit.SECONDS));
      assertThat(line.matches()).isTrue();
      return line.group(1);
    } finally {
      logger.detachAppender(appender);
      logger.setLevel(before);
    }
  }

  private int upgrade(byte[] header, String... headers) throws IOException {
    String request = new String(RawWebSocket.upgradeRequest("/ws", headers), StandardCharsets.US_ASCII)
        .replace("Host: localhost", "Host: chat.example.com");
    return answer(RawWebSocket.concat(header, RawWebSocket.ascii(request))).status();
  }

  private HttpAnswer answer(byte[] request) throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      return client.send(request).readAnswer();
    }
  }

  private static byte[] v2(int command, int family, byte[] addresses) {
    return Buffer.buffer(SIGNATURE).appendByte((byte) command).appendByte((byte) family).appendShort((short) addresses.length)
        .appendBytes(addresses).getBytes();
  }

  /** Whether it ends without an answer. */
  private static boolean ends(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }
}
