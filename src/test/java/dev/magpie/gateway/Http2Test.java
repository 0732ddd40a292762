package dev.magpie.gateway;

import static dev.magpie.testing.RawHttp2.CONTINUATION;
import static dev.magpie.testing.RawHttp2.DATA;
import static dev.magpie.testing.RawHttp2.END_HEADERS;
import static dev.magpie.testing.RawHttp2.END_STREAM;
import static dev.magpie.testing.RawHttp2.GOAWAY;
import static dev.magpie.testing.RawHttp2.HEADERS;
import static dev.magpie.testing.RawHttp2.RST_STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawHttp2;
import dev.magpie.testing.TestCertificates;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.admission.Admission;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What HTTP/1.1 is refused is refused over HTTP/2 too, and what only HTTP/2 can do is bounded. */
@ExtendWith(VertxExtension.class)
class Http2Test {
  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final String POLL = "/socket.io/?EIO=4&transport=polling";

  private static TestCertificates authority;

  @TempDir
  Path folder;

  private TlsListener listener;

  @BeforeAll
  static void makeAuthority() {
    authority = new TestCertificates("Test authority");
  }

  @BeforeEach
  void makeCertificate() throws IOException {
    listener = new TlsListener(folder, authority);
    authority.server("localhost", "127.0.0.1").write(folder, "main");
  }

  private int deploy(Vertx vertx) {
    return deploy(vertx, new JsonObject());
  }

  private int deploy(Vertx vertx, JsonObject http) {
    JsonObject one = new JsonObject().put("port", 0).put("tls", listener.tls("main"));
    return listener.deploy(vertx, listener.settings(http, one), 1).get(0).getPort();
  }

  private static RawHttp2 open(int port) throws IOException {
    return RawHttp2.open(authority.trusting(), port);
  }

  // Hosts and heads.

  @Test
  void aHostThatIsNotServedIsMisdirected(Vertx vertx) throws Exception {
    try (RawHttp2 client = open(deploy(vertx))) {
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1,
          RawHttp2.block(":method", "GET", ":scheme", "https", ":authority", "evil.example", ":path", "/own.html"));
      assertThat(client.status(1)).isEqualTo("421");
      client.get(3, "/own.html");
      assertThat(client.status(3)).as("the connection stays").isEqualTo("200");
    }
  }

  @Test
  void aHostHeaderInPlaceOfTheAuthorityIsCheckedTheSame(Vertx vertx) throws Exception {
    try (RawHttp2 client = open(deploy(vertx))) {
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1,
          RawHttp2.block(":method", "GET", ":scheme", "https", ":path", "/own.html", "host", "evil.example"));
      assertThat(client.status(1)).isEqualTo("421");
    }
  }

  @Test
  void aRequestWithoutAHostIsRefused(Vertx vertx) throws Exception {
    try (RawHttp2 client = open(deploy(vertx))) {
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1, RawHttp2.block(":method", "GET", ":scheme", "https", ":path", "/own.html"));
      assertThat(client.status(1)).isEqualTo("400");
    }
  }

  @Test
  void aHostHeaderThatDiffersFromTheAuthorityEndsTheStream(Vertx vertx) throws Exception {
    try (RawHttp2 client = open(deploy(vertx))) {
      client.get(1, "/own.html", "host", "evil.example");
      RawHttp2.Frame reset = client.await(frame -> frame.type() == RST_STREAM);
      assertThat(reset.error()).isEqualTo(PROTOCOL_ERROR);
    }
  }

  @ParameterizedTest
  @CsvSource({"1500, 0, 414", "0, 3000, 431"})
  void heavyRequestsAreRefusedByTheSameLimits(int path, int header, String status, Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject().put("max_request_line", 1024).put("max_header_size", 2048));
    try (RawHttp2 client = open(port)) {
      client.get(1, "/" + "a".repeat(path), "x-large", "b".repeat(header));
      assertThat(client.status(1)).isEqualTo(status);
      client.get(3, "/own.html");
      assertThat(client.status(3)).isEqualTo("200");
    }
  }

  @ParameterizedTest
  @CsvSource({"https://chat.example, true", "http://chat.example, false", "https://evil.example, false", "http://localhost:1, true"})
  void theOriginIsComparedWithTheAuthority(String origin, boolean admitted, Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject().put("hosts", new JsonArray().add("chat.example")));
    try (RawHttp2 client = open(port)) {
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1,
          RawHttp2.block(":method", "GET", ":scheme", "https", ":authority", "chat.example", ":path", POLL, "origin", origin));
      CharSequence allowed = client.head(1).get("access-control-allow-origin");
      assertThat(allowed == null ? "" : allowed.toString()).isEqualTo(admitted ? origin : "");
    }
  }

  @Test
  void aBodyThatIsTooLargeEndsItsStreamAlone(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject().put("max_payload", 1024));
    try (RawHttp2 client = open(port)) {
      client.get(1, POLL);
      String open = body(client, 1);
      String session = new JsonObject(open.substring(1)).getString("sid");
      client.frame(HEADERS, END_HEADERS, 3, client.request("POST", POLL + "&sid=" + session));
      for (int i = 0; i < 3; i++) client.frame(DATA, 0, 3, new byte[1000]);
      assertThat(client.status(3)).isEqualTo("413");
      client.get(5, "/own.html");
      assertThat(client.status(5)).isEqualTo("200");
    }
  }

  private static String body(RawHttp2 client, int stream) {
    StringBuilder body = new StringBuilder();
    RawHttp2.Frame frame;
    do {
      frame = client.await(any -> any.stream() == stream && any.type() == DATA);
      body.append(new String(frame.payload(), StandardCharsets.UTF_8));
    } while (!frame.ends());
    return body.toString();
  }

  // Abuse.

  @Test
  void rapidResetsEndTheConnection(Vertx vertx) throws Exception {
    try (RawHttp2 client = open(deploy(vertx))) {
      for (int stream = 1; stream < 1_000; stream += 2) {
        client.get(stream, "/own.html");
        client.reset(stream);
      }
      RawHttp2.Frame last = client.await(frame -> frame.type() == GOAWAY);
      assertThat(last == null || last.error() == ENHANCE_YOUR_CALM).as("closed, or told to calm down").isTrue();
      assertThat(client.await(frame -> false)).isNull();
    }
  }

  @Test
  void aHeadOfManySmallPartsEndsTheConnection(Vertx vertx) throws Exception {
    try (RawHttp2 client = open(deploy(vertx))) {
      client.frame(HEADERS, END_STREAM, 1, client.request("GET", "/own.html"));
      for (int i = 0; i < 1_000; i++) client.frame(CONTINUATION, 0, 1);
      assertThat(client.await(frame -> false)).isNull();
    }
  }

  @Test
  void aHeadThatNeverEndsIsBounded(Vertx vertx) throws Exception {
    try (RawHttp2 client = open(deploy(vertx))) {
      client.frame(HEADERS, END_STREAM, 1, client.request("GET", "/own.html"));
      byte[] part = RawHttp2.block("x-large", "b".repeat(10_000));
      for (int i = 0; i < 300; i++) client.frame(CONTINUATION, 0, 1, part);
      assertThat(client.await(frame -> false)).isNull();
    }
  }

  @Test
  void streamsBeyondTheLimitAreRefusedAndTheOthersServed(Vertx vertx) throws Exception {
    try (RawHttp2 client = open(deploy(vertx))) {
      // Their requests never end.
      byte[] head = client.request("POST", POLL + "&sid=none");
      for (int stream = 1; stream <= 201; stream += 2) client.frame(HEADERS, END_HEADERS, stream, head);
      List<Integer> refused = new ArrayList<>();
      RawHttp2.Frame frame = client.await(any -> any.type() == RST_STREAM && any.error() == REFUSED_STREAM || any.type() == HEADERS);
      assertThat(frame).isNotNull();
      refused.add(frame.stream());
      client.frame(DATA, END_STREAM, 1);
      client.get(203, "/own.html");
      assertThat(client.await(any -> any.type() == HEADERS && any.stream() == 203)).as("after " + refused).isNotNull();
    }
  }

  @Test
  void aClientThatNamesManyHostsLeavesNothingBehind(Vertx vertx) throws Exception {
    URI url = URI.create("https://localhost:" + deploy(vertx));
    var context = authority.trusting();
    for (int i = 0; i < 200; i++) {
      try (SSLSocket socket = TlsListener.connect(context, url, "host" + i + ".example")) {
        assertThat(socket.getSession().isValid()).isTrue();
      }
    }
    dev.magpie.testing.Await.until("no connection is left", () -> Admission.of(vertx).connections() == 0);
  }

  // Before the first request.

  @Test
  void connectionsThatDoNotGoOnAreClosedWithinSeconds(Vertx vertx) throws Exception {
    int port = deploy(vertx);
    long refused = PeerLog.refusals(RefusalReason.NO_REQUEST);
    try (Socket silent = new Socket("127.0.0.1", port);
        RawHttp2 agreed = RawHttp2.agree(authority.trusting(), port);
        RawHttp2 opened = open(port)) {
      dev.magpie.testing.Await.until("all are counted", () -> Admission.of(vertx).connections() == 3);
      silent.setSoTimeout(30_000);
      assertThat(silent.getInputStream().read()).as("no TLS").isEqualTo(-1);
      assertThat(agreed.await(frame -> false)).as("no HTTP/2").isNull();
      assertThat(opened.await(frame -> false)).as("no request").isNull();
    }
    assertThat(PeerLog.refusals(RefusalReason.NO_REQUEST) - refused).isEqualTo(2);
    dev.magpie.testing.Await.until("none is counted", () -> Admission.of(vertx).connections() == 0);
  }

  @Test
  void plainHttpToATlsListenerIsCountedAndClosed(Vertx vertx) throws Exception {
    int port = deploy(vertx);
    long refused = PeerLog.refusals(RefusalReason.TLS);
    try (Socket plain = new Socket("127.0.0.1", port)) {
      plain.setSoTimeout(30_000);
      plain.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      plain.getInputStream().readAllBytes();
    } catch (java.net.SocketException reset) {
      // Closed with unread input.
    }
    assertThat(PeerLog.refusals(RefusalReason.TLS) - refused).isEqualTo(1);
  }
}
