package dev.magpie.transport.websocket;

import static dev.magpie.testing.RawWebSocket.EXAMPLE_KEY;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.frame;
import static dev.magpie.testing.RawWebSocket.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Await;
import dev.magpie.testing.LogLines;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.websocket.WebSocketHarness.Echo;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.SelfSignedCertificate;
import io.vertx.core.net.TrafficShapingOptions;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("removal") // SelfSignedCertificate: as long as Vert.x has it, a test needs no files.
class TakeOverTest {
  private static SelfSignedCertificate certificate;

  /** Once: to find an RSA key takes a cold, busy machine seconds. */
  @BeforeAll
  static void makeCertificate() {
    certificate = SelfSignedCertificate.create("localhost");
  }

  @AfterAll
  static void deleteCertificate() {
    certificate.delete();
  }

  /** Servers that are configured by strangers, with whatever puts handlers into the pipeline. */
  static Stream<Arguments> servers() {
    return Stream.of(
        Arguments.of("ours", WebSocketHarness.options()),
        Arguments.of("Vert.x's defaults, h2c among them", new HttpServerOptions()),
        Arguments.of("strict thread mode", WebSocketHarness.options().setStrictThreadMode(true)),
        Arguments.of("traffic shaping", WebSocketHarness.options().setTrafficShapingOptions(shaping())),
        Arguments.of(
            "everything on",
            new HttpServerOptions()
                .setHttp2ClearTextEnabled(true)
                .setCompressionSupported(true)
                .setDecompressionSupported(true)
                .setPerFrameWebSocketCompressionSupported(true)
                .setPerMessageWebSocketCompressionSupported(true)
                .setLogActivity(true)
                .setIdleTimeout(1)
                .setTrafficShapingOptions(shaping())));
  }

  @Test
  void answersTheUpgradeWithTheKeysDigest() throws Exception {
    try (WebSocketHarness harness = WebSocketHarness.echo();
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      HttpAnswer answer = client.send(upgradeRequest("/")).readAnswer();
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.headers()).containsEntry("sec-websocket-accept", RawWebSocket.EXAMPLE_ACCEPT);
      assertThat(answer.headers()).containsOnlyKeys("upgrade", "connection", "sec-websocket-accept");
    }
  }

  @Test
  void takesUpgradeHeadersInTheirLooserForms() throws Exception {
    String request =
        "GET / HTTP/1.1\r\nhost: x\r\nUPGRADE: WebSocket\r\nConnection: keep-alive, Upgrade\r\nContent-Length: 0\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + EXAMPLE_KEY + "\r\n"
            + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, constructor\r\n\r\n";
    try (WebSocketHarness harness = WebSocketHarness.echo(WebSocketLimits.DEFAULT, new HttpServerOptions());
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      HttpAnswer answer = client.send(ascii(request)).readAnswer();
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.headers()).doesNotContainKey("sec-websocket-extensions");
      assertThat(client.sendText("hello").readFrame().text()).isEqualTo("hello");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("servers")
  void losesNoFrameOfTheSegmentThatBroughtTheRequest(String name, HttpServerOptions options) throws Exception {
    try (WebSocketHarness harness = WebSocketHarness.echo(WebSocketLimits.DEFAULT, options)) {
      for (int i = 0; i < 20; i++) {
        try (RawWebSocket client = RawWebSocket.tcp(harness.port)) {
          client.send(concat(upgradeRequest("/"), frame(TEXT, ascii("a")), frame(TEXT, ascii("b"))));
          assertThat(client.readAnswer().status()).isEqualTo(101);
          assertThat(client.readFrame().text()).isEqualTo("a");
          assertThat(client.readFrame().text()).isEqualTo("b");
          assertThat(client.sendText("c").readFrame().text()).isEqualTo("c");
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("servers")
  void upgradesBehindAnOrdinaryRequestOfTheSameConnection(String name, HttpServerOptions options) throws Exception {
    try (WebSocketHarness harness =
            WebSocketHarness.of(
                Vertx.vertx(),
                options,
                h -> {
                  Handler<HttpServerRequest> upgrade = h.accepting(WebSocketLimits.DEFAULT, Echo::new);
                  return request -> {
                    if (request.path().equals("/page")) request.response().end("page");
                    else upgrade.handle(request);
                  };
                });
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      client.send(ascii("GET /page HTTP/1.1\r\nHost: x\r\n\r\n"));
      assertThat(client.readAnswer().body()).isEqualTo("page");
      client.upgrade("/").sendText("hello");
      assertThat(client.readFrame().text()).isEqualTo("hello");
    }
  }

  @Test
  void outlivesTheServersIdleTimeout() throws Exception {
    try (WebSocketHarness harness =
            WebSocketHarness.echo(
                WebSocketLimits.DEFAULT, new HttpServerOptions().setIdleTimeout(50).setIdleTimeoutUnit(TimeUnit.MILLISECONDS));
        RawWebSocket client = harness.connect()) {
      assertThat(harness.closed.poll(300, TimeUnit.MILLISECONDS)).isNull();
      assertThat(client.sendText("still here").readFrame().text()).isEqualTo("still here");
    }
  }

  // Deciding later.

  @ParameterizedTest(name = "{0}")
  @MethodSource("servers")
  void keepsFramesInOrderUntilItIsAccepted(String name, HttpServerOptions options) throws Exception {
    try (WebSocketHarness harness = WebSocketHarness.of(Vertx.vertx(), options, h -> acceptingLater(h, 50));
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      client.send(upgradeRequest("/"));
      byte[] frames = {};
      for (int i = 0; i < 100; i++) frames = concat(frames, frame(TEXT, ascii("early " + i)));
      client.sendChopped(frames, 97);
      assertThat(client.readAnswer().status()).isEqualTo(101);
      for (int i = 0; i < 100; i++) assertThat(client.readFrame().text()).isEqualTo("early " + i);
    }
  }

  @Test
  void refusesLaterWithAnOrdinaryAnswer() throws Exception {
    try (WebSocketHarness harness =
            WebSocketHarness.of(
                Vertx.vertx(),
                WebSocketHarness.options(),
                h ->
                    request ->
                        WebSocketUpgrade.takeOver(request, WebSocketLimits.DEFAULT)
                            .ifPresent(
                                upgrade -> h.vertx.setTimer(20, t -> upgrade.refuse(403, "not you", Map.of("X-Why", "so")))));
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      HttpAnswer answer = client.send(upgradeRequest("/")).readAnswer();
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.body()).isEqualTo("not you");
      assertThat(answer.headers()).containsEntry("connection", "close").containsEntry("x-why", "so");
      assertThat(client.readEnd()).isTrue();
    }
  }

  @Test
  void closesWhenTooMuchComesBeforeItIsDecided() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (LogLines log = new LogLines(PeerLog.class);
        WebSocketHarness harness = WebSocketHarness.of(Vertx.vertx(), WebSocketHarness.options(), h -> neverDeciding(heard));
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      client.send(upgradeRequest("/"));
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("taken over");
      client.send(new byte[60_000]);
      assertThat(heard.poll(100, TimeUnit.MILLISECONDS)).isNull();
      client.send(new byte[6_000]);
      assertThat(client.readEnd()).isTrue();
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
      assertThat(log.lines()).singleElement(InstanceOfAssertFactories.STRING)
          .contains("address=127.0.0.1", "more than 65536 bytes before its upgrade was answered");
    }
  }

  @Test
  void saysInOneLineWhoIsClosedForTheMemoryOfOthers() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    List<RawWebSocket> clients = new ArrayList<>();
    WebSocketLimits limits = WebSocketLimits.DEFAULT.withPendingBytes(96 << 10);
    try (LogLines log = new LogLines(PeerLog.class);
        WebSocketHarness harness = WebSocketHarness.of(Vertx.vertx(), WebSocketHarness.options(), h -> neverDeciding(heard, limits))) {
      // An address may hold an eighth, which the first one does; there is no room for a ninth.
      for (int i = 0; i < 9; i++) {
        RawWebSocket client = RawWebSocket.tcp(harness.port);
        clients.add(client);
        client.send(upgradeRequest("/10.0.0." + i));
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("taken over");
        client.send(new byte[i == 0 ? 12 << 10 : 11 << 10]);
        long held = (12 + 11 * i) << 10;
        if (i < 8) Await.until("all of it is kept", () -> MemoryBudget.of(harness.vertx).held() >= held);
      }
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
      assertThat(clients.get(0).readEnd()).isTrue();
      assertThat(log.lines()).singleElement(InstanceOfAssertFactories.STRING).contains("address=10.0.0.0/24 ", "holds the most");
    } finally {
      for (RawWebSocket client : clients) client.close();
    }
  }

  @Test
  void noticesThatTheClientGoesBeforeItIsDecided() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (WebSocketHarness harness = WebSocketHarness.of(Vertx.vertx(), WebSocketHarness.options(), h -> neverDeciding(heard))) {
      RawWebSocket.tcp(harness.port).send(upgradeRequest("/")).close();
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("taken over");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
    }
  }

  @Test
  void opensNothingWhenTheClientWentBeforeItWasAccepted() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (WebSocketHarness harness =
        WebSocketHarness.of(
            Vertx.vertx(),
            WebSocketHarness.options(),
            h ->
                request -> {
                  ContextInternal context = ContextInternal.current().unwrap();
                  WebSocketUpgrade upgrade = WebSocketUpgrade.takeOver(request, WebSocketLimits.DEFAULT).orElseThrow();
                  upgrade.onClose(
                      none -> {
                        heard.add("closed");
                        upgrade.accept(context, null, new Echo(h), channel -> heard.add("opened"));
                        h.vertx.runOnContext(after -> heard.add("end"));
                      });
                })) {
      RawWebSocket.tcp(harness.port).send(upgradeRequest("/")).close();
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("end");
    }
  }

  // The owner.

  @ParameterizedTest
  @CsvSource({"false,false", "true,false", "false,true", "true,true"})
  void movesTheChannelToItsOwnersEventLoop(boolean nativeTransport, boolean tls) throws Exception {
    BlockingQueue<Boolean> onOwner = new LinkedBlockingQueue<>();
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(4).setPreferNativeTransport(nativeTransport));
    ContextInternal owner = ((VertxInternal) vertx).createEventLoopContext();
    HttpServerOptions options = WebSocketHarness.options();
    if (tls) options.setSsl(true).setKeyCertOptions(certificate.keyCertOptions());
    Function<WebSocketHarness, Handler<HttpServerRequest>> handler =
        h ->
            request -> {
              boolean elsewhere = ContextInternal.current().nettyEventLoop() != owner.nettyEventLoop();
              WebSocketUpgrade upgrade = WebSocketUpgrade.takeOver(request, WebSocketLimits.DEFAULT).orElseThrow();
              Echo echo = new OwnedEcho(h, owner, onOwner);
              upgrade.accept(
                  owner,
                  null,
                  echo,
                  channel -> {
                    onOwner.add(elsewhere && ContextInternal.current() == owner && owner.inThread());
                    echo.opened(channel);
                  });
            };
    try (WebSocketHarness harness = WebSocketHarness.of(vertx, options, handler);
        RawWebSocket client = tls ? RawWebSocket.tls(harness.port, trusting()) : RawWebSocket.tcp(harness.port)) {
      client.send(concat(upgradeRequest("/"), frame(TEXT, ascii("first"))));
      assertThat(client.readAnswer().status()).isEqualTo(101);
      assertThat(client.readFrame().text()).isEqualTo("first");
      for (int i = 0; i < 100; i++) assertThat(client.sendText("m" + i).readFrame().text()).isEqualTo("m" + i);
      byte[] large = new byte[900_000];
      assertThat(client.sendBinary(large).readFrame().payload()).isEqualTo(large);
      client.sendClose(1000, "");
      assertThat(client.readClose().closeCode()).isEqualTo(1000);
      assertThat(harness.awaitClosed().code()).isEqualTo(1000);
      // opened, 101 texts, the end
      for (int i = 0; i < 103; i++) assertThat(onOwner.poll(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void speaksTls() throws Exception {
    HttpServerOptions options =
        new HttpServerOptions().setSsl(true).setUseAlpn(true).setKeyCertOptions(certificate.keyCertOptions());
    try (WebSocketHarness harness = WebSocketHarness.echo(WebSocketLimits.DEFAULT.withMaxMessageBytes(12_000_000), options);
        RawWebSocket client = RawWebSocket.tls(harness.port, trusting()).upgrade("/")) {
      byte[] large = new byte[10_000_000];
      assertThat(client.sendBinary(large).readFrame().payload()).isEqualTo(large);
      client.send(frame(true, 4, TEXT, true, new byte[0]));
      assertThat(client.readClose().closeCode()).isEqualTo(1002);
    }
  }

  // What is no upgrade.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1|Host: x",
        "POST / HTTP/1.1|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: KEY",
        "GET / HTTP/1.0|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: KEY",
        "GET / HTTP/1.1|Host: x|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: KEY",
        "GET / HTTP/1.1|Host: x|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: KEY",
        "GET / HTTP/1.1|Host: x|Upgrade: websocket|Connection: close, Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: KEY",
        "GET / HTTP/1.1|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13",
        "GET / HTTP/1.1|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: c2hvcnQ=",
        "GET / HTTP/1.1|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
        + "!!!notbase64!!!!!!!!!==",
        "GET / HTTP/1.1|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
        + "KEY|Sec-WebSocket-Key: KEY",
        "GET / HTTP/1.1|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: KEY|Content-Length: 4",
        "GET / HTTP/1.1|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
        + "KEY|Transfer-Encoding: chunked",
      })
  void answers400ToWhatCannotBeUpgraded(String request) throws Exception {
    HttpAnswer answer = answerTo(request);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"|Sec-WebSocket-Version: 12", "|Sec-WebSocket-Version: 8", "|Sec-WebSocket-Version: 13, 13", ""})
  void answers426WithTheVersionItSpeaks(String version) throws Exception {
    HttpAnswer answer = answerTo("GET / HTTP/1.1|Host: x|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Key: KEY" + version);
    assertThat(answer.status()).isEqualTo(426);
    assertThat(answer.headers()).containsEntry("sec-websocket-version", "13");
  }

  @Test
  void answers400ToAnUpgradePipelinedBehindAnotherRequest() throws Exception {
    try (WebSocketHarness harness =
            WebSocketHarness.of(
                Vertx.vertx(),
                WebSocketHarness.options(),
                h -> {
                  Handler<HttpServerRequest> upgrade = h.accepting(WebSocketLimits.DEFAULT, Echo::new);
                  return request -> {
                    if (request.path().equals("/slow")) h.vertx.setTimer(50, t -> request.response().end("slow"));
                    else upgrade.handle(request);
                  };
                });
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      client.send(concat(ascii("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"), upgradeRequest("/")));
      assertThat(client.readAnswer().body()).isEqualTo("slow");
      assertThat(client.readAnswer().status()).isEqualTo(400);
      assertThat(client.readEnd()).isTrue();
      assertThat(harness.opened).isEmpty();
    }
  }

  private static HttpAnswer answerTo(String request) throws Exception {
    try (WebSocketHarness harness = WebSocketHarness.echo();
        RawWebSocket client = RawWebSocket.tcp(harness.port)) {
      return client.send(ascii(request.replace("KEY", EXAMPLE_KEY).replace("|", "\r\n") + "\r\n\r\n")).readAnswer();
    }
  }

  private static Handler<HttpServerRequest> acceptingLater(WebSocketHarness harness, long millis) {
    return request -> {
      ContextInternal context = ContextInternal.current().unwrap();
      Echo echo = new Echo(harness);
      WebSocketUpgrade upgrade = WebSocketUpgrade.takeOver(request, WebSocketLimits.DEFAULT).orElseThrow();
      harness.vertx.setTimer(millis, t -> upgrade.accept(context, null, echo, echo::opened));
    };
  }

  private static Handler<HttpServerRequest> neverDeciding(BlockingQueue<String> heard) {
    return neverDeciding(heard, WebSocketLimits.DEFAULT);
  }

  /** @param limits of all clients; the path names the address of one, if not this machine's */
  private static Handler<HttpServerRequest> neverDeciding(BlockingQueue<String> heard, WebSocketLimits limits) {
    return request -> {
      String address = request.path().equals("/") ? "127.0.0.1" : request.path().substring(1);
      WebSocketUpgrade upgrade = WebSocketUpgrade.takeOver(request, limits, address).orElseThrow();
      ContextInternal context = ContextInternal.current();
      upgrade.onClose(none -> heard.add(ContextInternal.current() == context ? "closed" : "closed elsewhere"));
      heard.add("taken over");
    };
  }

  private static TrafficShapingOptions shaping() {
    return new TrafficShapingOptions().setInboundGlobalBandwidth(100_000_000).setOutboundGlobalBandwidth(100_000_000);
  }

  /** A client that believes every certificate: this test's is made as it starts. */
  private static SSLContext trusting() throws Exception {
    X509TrustManager everyone =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {everyone}, null);
    return context;
  }

  /** Notes for each call whether it came on the owner's context and thread. */
  private static final class OwnedEcho extends Echo {
    private final ContextInternal owner;
    private final BlockingQueue<Boolean> onOwner;

    private OwnedEcho(WebSocketHarness harness, ContextInternal owner, BlockingQueue<Boolean> onOwner) {
      super(harness);
      this.owner = owner;
      this.onOwner = onOwner;
    }

    @Override
    public void onText(String text) {
      onOwner.add(ContextInternal.current() == owner && owner.inThread());
      super.onText(text);
    }

    @Override
    public void onClose(int code, String reason, CloseReason why) {
      onOwner.add(ContextInternal.current() == owner && owner.inThread());
      super.onClose(code, reason, why);
    }
  }
}
