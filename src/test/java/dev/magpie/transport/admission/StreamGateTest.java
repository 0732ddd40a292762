package dev.magpie.transport.admission;

import static dev.magpie.testing.Await.until;
import static dev.magpie.testing.RawHttp2.DATA;
import static dev.magpie.testing.RawHttp2.END_HEADERS;
import static dev.magpie.testing.RawHttp2.END_STREAM;
import static dev.magpie.testing.RawHttp2.HEADERS;
import static dev.magpie.testing.RawHttp2.INITIAL_WINDOW_SIZE;
import static dev.magpie.testing.RawHttp2.RST_STREAM;
import static dev.magpie.testing.RawHttp2.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Await;
import dev.magpie.testing.RawHttp2;
import dev.magpie.testing.TestCertificates;
import dev.magpie.transport.TrustedProxies;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that an HTTP/2 client does not take, and bodies that it does not send. */
class StreamGateTest {
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Duration IMPATIENT = Duration.ofMillis(1_000);
  private static final Buffer LARGE = Buffer.buffer(new byte[300_000]);
  private static final long AMPLE = 1L << 30;
  private static final int CANCEL = 8;
  private static final int WINDOW_BYTES = 65_535;

  private static TestCertificates authority;
  private static TestCertificates.Signed certificate;

  @TempDir
  Path folder;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final List<HttpServerRequest> parked = new CopyOnWriteArrayList<>();
  private final List<Boolean> idle = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void makeCertificate() {
    authority = new TestCertificates("Test authority");
    certificate = authority.server("localhost");
  }

  @AfterEach
  void close() {
    Await.await(vertx.close());
  }

  private int serve(Duration stall, long pendingBytes, Handler<HttpServerRequest> handler) {
    PemKeyCertOptions pem = new PemKeyCertOptions().addCertValue(Buffer.buffer(certificate.certificatePem()))
        .addKeyValue(Buffer.buffer(certificate.keyPem()));
    return Await.await(vertx.createHttpServer(new HttpServerOptions().setSsl(true).setUseAlpn(true).setKeyCertOptions(pem))
        .connectionHandler(connection -> {
          RequestGate.open(connection, vertx, pendingBytes, TrustedProxies.NONE, stall);
          StreamGate.onIdle(connection, idle::add);
        })
        .requestHandler(request -> {
          StreamGate.arrived(request);
          handler.handle(request);
        })
        .listen(0, "127.0.0.1")).actualPort();
  }

  private long held() {
    return MemoryBudget.of(vertx).held();
  }

  @Test
  void anAnswerThatIsTakenWaitsForNothing() throws Exception {
    int port = serve(PATIENT, AMPLE, request -> request.response().end(LARGE));
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port, INITIAL_WINDOW_SIZE, 1 << 20)) {
      client.frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(1 << 20).array());
      client.get(1, "/");
      assertThat(client.await(RawHttp2.Frame::ends)).isNotNull();
      until("nothing is held", () -> held() == 0);
    }
  }

  @Test
  void anAnswerThatIsNotTakenIsHeldInTheBudget() throws Exception {
    int port = serve(PATIENT, AMPLE, request -> request.response().end(LARGE));
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port, INITIAL_WINDOW_SIZE, 0)) {
      for (int stream = 1; stream < 20; stream += 2) client.get(stream, "/");
      until("ten answers are held", () -> held() > 10 * LARGE.length());
      for (int stream = 1; stream < 20; stream += 2) client.reset(stream);
      until("they are released", () -> held() == 0);
    }
  }

  @Test
  void whatIsTakenOfAnAnswerIsNotHeld() throws Exception {
    int port = serve(PATIENT, AMPLE, request -> request.response().end(LARGE));
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port)) {
      client.get(1, "/");
      int taken = 0;
      while (taken < WINDOW_BYTES) taken += client.await(frame -> frame.type() == DATA).payload().length;
      until("the rest is held", () -> held() > 0 && held() < LARGE.length() - WINDOW_BYTES + 10_000);
    }
  }

  @Test
  void answersThatExceedTheBudgetEndTheConnection() throws Exception {
    int port = serve(PATIENT, 1 << 20, request -> request.response().end(LARGE));
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port, INITIAL_WINDOW_SIZE, 0)) {
      for (int stream = 1; stream < 20; stream += 2) client.get(stream, "/");
      assertThat(client.await(frame -> false)).isNull();
      until("nothing is held", () -> held() == 0);
    }
  }

  @Test
  void requestsThatAreNotAnsweredAreHeldInTheBudget() throws Exception {
    int port = serve(PATIENT, AMPLE, parked::add);
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port)) {
      for (int stream = 1; stream < 20; stream += 2) client.get(stream, "/", "x-large", "a".repeat(5_000));
      until("ten heads are held", () -> held() > 10 * 5_000);
      until("ten requests are there", () -> parked.size() == 10);
      for (HttpServerRequest request : parked) vertx.runOnContext(on -> request.response().end());
      until("they are released", () -> held() == 0);
    }
  }

  @Test
  void aStreamWhoseAnswerIsNotTakenIsResetAndTheOthersGoOn() throws Exception {
    int port = serve(IMPATIENT, AMPLE, request -> request.response().end(request.path().equals("/large") ? LARGE : Buffer.buffer("ok")));
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port)) {
      client.get(1, "/large");
      RawHttp2.Frame reset = client.await(frame -> frame.type() == RST_STREAM);
      assertThat(reset.stream()).isEqualTo(1);
      assertThat(reset.error()).isEqualTo(CANCEL);
      client.get(3, "/");
      assertThat(client.status(3)).isEqualTo("200");
    }
  }

  @Test
  void aParkedRequestIsNotReset() throws Exception {
    int port = serve(IMPATIENT, AMPLE, parked::add);
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port)) {
      client.get(1, "/");
      client.frame(HEADERS, END_HEADERS, 3, client.request("POST", "/"));
      assertThat(client.await(frame -> frame.type() == RST_STREAM).stream()).as("the other's body does not come").isEqualTo(3);
      HttpServerRequest first = parked.get(0);
      vertx.runOnContext(on -> first.response().end("late"));
      assertThat(client.status(1)).isEqualTo("200");
    }
  }

  @Test
  void aBodyThatItsReaderDoesNotTakeIsNotTheClientsFault() throws Exception {
    int port = serve(IMPATIENT, AMPLE, request -> {
      request.pause();
      parked.add(request);
    });
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port)) {
      client.frame(HEADERS, END_HEADERS, 1, client.request("POST", "/"));
      client.frame(DATA, 0, 1, new byte[1_000]);
      // Its body does not come: when it is reset, the first one has been looked at as often.
      client.frame(HEADERS, END_HEADERS, 3, client.request("POST", "/"));
      assertThat(client.await(frame -> frame.type() == RST_STREAM).stream()).isEqualTo(3);
      HttpServerRequest paused = parked.get(0);
      vertx.runOnContext(on -> {
        paused.body().onSuccess(body -> paused.response().end(Integer.toString(body.length())));
        paused.resume();
      });
      client.frame(DATA, END_STREAM, 1);
      assertThat(client.status(1)).isEqualTo("200");
    }
  }

  @Test
  void aClientThatReadsNothingIsClosed() throws Exception {
    int port = serve(IMPATIENT, AMPLE, request -> request.response().end(LARGE));
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port, INITIAL_WINDOW_SIZE, Integer.MAX_VALUE)) {
      client.frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(1 << 30).array());
      for (int stream = 1; stream < 200; stream += 2) client.get(stream, "/");
      until("answers are held", () -> held() > 0);
      until("the connection is closed", () -> held() == 0);
    }
  }

  @Test
  void aConnectionIsIdleFromItsLastStreamToTheNext() throws Exception {
    int port = serve(PATIENT, AMPLE, parked::add);
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port)) {
      client.get(1, "/");
      client.get(3, "/");
      until("both are there", () -> parked.size() == 2);
      vertx.runOnContext(on -> parked.forEach(request -> request.response().end()));
      client.await(frame -> frame.stream() == 3 && frame.ends());
      until("it has become idle", () -> idle.equals(List.of(false, true)));
      client.get(5, "/");
      until("it is idle no more", () -> idle.equals(List.of(false, true, false)));
      client.reset(5);
      until("it is idle again", () -> idle.equals(List.of(false, true, false, true)));
    }
  }

  @Test
  void aFileIsReadAsItsReaderTakesIt() throws Exception {
    Path file = Files.write(folder.resolve("large.bin"), new byte[20_000_000]);
    int port = serve(PATIENT, AMPLE, request -> request.response().sendFile(file.toString()));
    try (RawHttp2 client = RawHttp2.open(authority.trusting(), port)) {
      client.get(1, "/");
      int taken = 0;
      List<Long> held = new ArrayList<>();
      while (taken < WINDOW_BYTES) taken += client.await(frame -> frame.type() == DATA).payload().length;
      held.add(held());
      assertThat(held).allMatch(bytes -> bytes < 2_000_000);
    }
  }
}
