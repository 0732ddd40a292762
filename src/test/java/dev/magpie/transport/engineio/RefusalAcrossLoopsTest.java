package dev.magpie.transport.engineio;

import static dev.magpie.testing.RawWebSocket.ascii;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.admission.Admission;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A request arrives on one event loop, its session belongs to another: who has read a refusal that ends the session finds it ended. */
class RefusalAcrossLoopsTest {
  private static final String PATH = "/engine.io/?EIO=4&transport=polling";

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
  private final SessionDirectory directory = new SessionDirectory();
  private final Context owner = ((VertxInternal) vertx).createEventLoopContext();
  private final Context other = ((VertxInternal) vertx).createEventLoopContext();
  private int ownerPort;
  private int otherPort;

  @BeforeEach
  void listen() throws Exception {
    ownerPort = port(owner);
    otherPort = port(other);
  }

  @AfterEach
  void close() throws Exception {
    done(vertx.close());
  }

  @ParameterizedTest
  @CsvSource({
    "Content-Type: application/octet-stream, 1, 400",
    "Content-Encoding: gzip, 1, 415",
    "X-Nothing: amiss, 1000001, 413",
  })
  void aBodyThatIsNotTakenIsAnsweredWhenItsSessionHasEnded(String header, int length, int status) throws Exception {
    String sid = handshake();
    CountDownLatch ownerIsBusy = holdOwner();
    try (RawWebSocket client = RawWebSocket.tcp(otherPort)) {
      client.send(ascii("POST " + PATH + "&sid=" + sid + " HTTP/1.1\r\nHost: x\r\n" + header + "\r\nContent-Length: " + length
          + "\r\n\r\n6"));
      // An answer that does not wait for the owner arrives before.
      vertx.setTimer(300, passed -> ownerIsBusy.countDown());
      assertThat(client.readAnswer().status()).isEqualTo(status);
      assertThat(directory.find(sid)).isNull();
    } finally {
      ownerIsBusy.countDown();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void whoIsRefusedForTwoRequestsAtOnceHasGivenItsPlaceBack(String method) throws Exception {
    String body = method.equals("GET") ? "\r\n" : "Content-Length: 1\r\n\r\n";
    for (int round = 0; round < 50; round++) {
      byte[] request = ascii(method + " " + PATH + "&sid=" + handshake() + " HTTP/1.1\r\nHost: x\r\n" + body);
      try (RawWebSocket first = RawWebSocket.tcp(otherPort); RawWebSocket second = RawWebSocket.tcp(otherPort)) {
        first.send(request);
        second.send(request);
        first.readAnswer();
        second.readAnswer();
        assertThat(Admission.of(vertx).clients()).as("round %d", round).isZero();
      }
    }
  }

  @Test
  void theLastFarewellOfASessionIsAnsweredWhenItsPlaceIsGivenBack() throws Exception {
    for (int round = 0; round < 50; round++) {
      String sid = handshake();
      owner.runOnContext(on -> directory.find(sid).close(CloseReason.FORCED_SERVER_CLOSE));
      HttpAnswer farewell = answer(otherPort, ascii("GET " + PATH + "&sid=" + sid + " HTTP/1.1\r\nHost: x\r\n\r\n"));
      assertThat(farewell.body()).endsWith("1");
      assertThat(Admission.of(vertx).clients()).as("round %d", round).isZero();
    }
  }

  private String handshake() throws Exception {
    return new JsonObject(answer(ownerPort, ascii("GET " + PATH + " HTTP/1.1\r\nHost: x\r\n\r\n")).body().substring(1)).getString("sid");
  }

  private CountDownLatch holdOwner() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    owner.runOnContext(on -> {
      held.countDown();
      try {
        released.await(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
    return released;
  }

  private int port(Context context) throws Exception {
    EngineServer engine =
        new EngineServer((ContextInternal) context, EngineOptions.defaults(), new TimerWheel(System::nanoTime), directory,
        (link, version) -> new Deaf());
    Future<HttpServer> listening = Future.future(promise ->
        context.runOnContext(on -> vertx.createHttpServer().requestHandler(engine::handle).listen(0, "127.0.0.1").onComplete(promise)));
    return done(listening).actualPort();
  }

  private static HttpAnswer answer(int port, byte[] request) throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      return client.send(request).readAnswer();
    }
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static final class Deaf implements LinkListener {
    @Override
    public void onText(String text) {}

    @Override
    public void onBinary(Buffer data) {}

    @Override
    public void onClose(CloseReason reason, String detail) {}
  }
}
