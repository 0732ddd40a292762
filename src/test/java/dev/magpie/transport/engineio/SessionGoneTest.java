package dev.magpie.transport.engineio;

import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.upgradeRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session that ends while a request for it is being read, as it does on another loop: the request is for an unknown session. */
class SessionGoneTest {
  private static final String PATH = "/engine.io/?EIO=4&transport=";

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final SessionDirectory directory = new SessionDirectory();
  private volatile UnaryOperator<HttpServerRequest> arriving = UnaryOperator.identity();
  private int port;

  @BeforeEach
  void listen() throws Exception {
    EngineServer engine = new EngineServer(
        (ContextInternal) vertx.getOrCreateContext(), EngineOptions.defaults(), new TimerWheel(System::nanoTime), directory,
        (link, version) -> new Deaf());
    HttpServer server = vertx.createHttpServer().requestHandler(request -> engine.handle(arriving.apply(request)));
    port = server.listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS).actualPort();
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** It ends at the first call that reads the request, then at the second, until it outlives all calls. */
  @ParameterizedTest
  @ValueSource(strings = {"POST", "upgrade"})
  void wheneverItEndsTheRequestIsServedOrForAnUnknownSession(String kind) throws Exception {
    AtomicInteger calls = new AtomicInteger();
    int last = 0;
    int unknown = 0;
    do {
      last++;
      arriving = UnaryOperator.identity();
      HttpAnswer open = answer(ascii("GET " + PATH + "polling HTTP/1.1\r\nHost: x\r\n\r\n"));
      String sid = new JsonObject(open.body().substring(1)).getString("sid");
      calls.set(0);
      int at = last;
      arriving = request -> endingSession(request, sid, calls, at);
      HttpAnswer answer = answer(kind.equals("POST")
          ? ascii("POST " + PATH + "polling&sid=" + sid + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n6")
          : upgradeRequest(PATH + "websocket&sid=" + sid));
      if (answer.status() == 400) {
        unknown++;
        // 3 where the session has heard of its POST, and ends it with itself.
        Integer[] codes = kind.equals("POST") ? new Integer[] {1, 3} : new Integer[] {1};
        assertThat(new JsonObject(answer.body()).getInteger("code")).as("call %d", last).isIn((Object[]) codes);
      } else {
        assertThat(answer.status()).as("call %d", last).isEqualTo(kind.equals("POST") ? 200 : 101);
      }
    } while (calls.get() >= last);
    assertThat(unknown).isGreaterThan(5);
  }

  private HttpAnswer answer(byte[] request) throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(port)) {
      return client.send(request).readAnswer();
    }
  }

  private HttpServerRequest endingSession(HttpServerRequest request, String sid, AtomicInteger calls, int at) {
    return (HttpServerRequest) Proxy.newProxyInstance(
        SessionGoneTest.class.getClassLoader(), new Class<?>[] {HttpServerRequest.class}, (proxy, method, arguments) -> {
          if (calls.incrementAndGet() == at) directory.find(sid).close(CloseReason.TRANSPORT_CLOSE, null);
          try {
            return method.invoke(request, arguments);
          } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
          }
        });
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
