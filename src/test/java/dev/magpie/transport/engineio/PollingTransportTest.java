package dev.magpie.transport.engineio;

import static dev.magpie.testing.RawWebSocket.ascii;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.Message;
import dev.magpie.transport.admission.Admission;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A GET that is parked when the session's WebSocket probes. */
class PollingTransportTest {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();

  @AfterEach
  void close() throws Exception {
    done(vertx.close());
  }

  @Test
  void itTakesWhatIsSentWhileTheClientUpgrades() throws Exception {
    assertThat(answerTo((polling, request) -> {
      polling.beginPoll(request);
      polling.pause();
      polling.send(Message.text("a"));
      polling.send(Message.text("b"));
    })).isEqualTo("4a\u001e4b");
  }

  @Test
  void itIsANoopWhereNothingIsSent() throws Exception {
    assertThat(answerTo((polling, request) -> {
      polling.beginPoll(request);
      polling.pause();
    })).isEqualTo("6");
  }

  @Test
  void aLaterOneTakesWhatWasSentBefore() throws Exception {
    assertThat(answerTo((polling, request) -> {
      polling.pause();
      polling.send(Message.text("a"));
      polling.beginPoll(request);
    })).isEqualTo("4a");
  }

  @Test
  void aLaterOneTakesWhatIsSentInTheSameTurn() throws Exception {
    assertThat(answerTo((polling, request) -> {
      polling.pause();
      polling.beginPoll(request);
      polling.send(Message.text("a"));
    })).isEqualTo("4a");
  }

  @Test
  void aLaterOneIsANoopWhereNothingIsSent() throws Exception {
    assertThat(answerTo((polling, request) -> {
      polling.pause();
      polling.beginPoll(request);
    })).isEqualTo("6");
  }

  private String answerTo(BiConsumer<PollingTransport, ParkedRequest> turn) throws Exception {
    Future<HttpServer> listening = Future.future(promise -> context.runOnContext(on -> vertx.createHttpServer()
        .requestHandler(request -> turn.accept(new PollingTransport(session(request), false),
        new ParkedRequest(context, request, "127.0.0.1", null)))
        .listen(0, "127.0.0.1").onComplete(promise)));
    try (RawWebSocket client = RawWebSocket.tcp(done(listening).actualPort())) {
      return client.send(ascii("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).readAnswer().body();
    }
  }

  private EngineSession session(HttpServerRequest request) {
    EngineServer server =
        new EngineServer(context, EngineOptions.defaults(), new TimerWheel(System::nanoTime), new SessionDirectory(),
        (link, version) -> null);
    return new EngineSession(server, "sid", 4, Handshake.of(request), Admission.of(vertx).ask(AdmissionLimits.NONE));
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
