package dev.magpie.transport.websocket;

import static dev.magpie.testing.Await.await;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.transport.CloseReason;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A Vert.x server whose every request is upgraded, and what its channels report; for tests with real sockets. */
public final class WebSocketHarness implements AutoCloseable {
  record Closed(int code, String reason, CloseReason why) {}

  final Vertx vertx;
  final HttpServer server;
  final int port;
  final BlockingQueue<WebSocketChannel> opened = new LinkedBlockingQueue<>();
  final BlockingQueue<Closed> closed = new LinkedBlockingQueue<>();

  private WebSocketHarness(Vertx vertx, HttpServerOptions options, Function<WebSocketHarness, Handler<HttpServerRequest>> handler) {
    this.vertx = vertx;
    Handler<HttpServerRequest> requests = handler.apply(this);
    this.server = await(vertx.createHttpServer(options.setHost("127.0.0.1").setPort(0)).requestHandler(requests).listen());
    this.port = server.actualPort();
  }

  /** Our own server's options. */
  public static HttpServerOptions options() {
    return new HttpServerOptions()
        .setHttp2ClearTextEnabled(false)
        .setPerMessageWebSocketCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false);
  }

  static WebSocketHarness echo() {
    return echo(WebSocketLimits.DEFAULT, options());
  }

  static WebSocketHarness echo(WebSocketLimits limits, HttpServerOptions options) {
    return of(Vertx.vertx(new VertxOptions().setPreferNativeTransport(true)), options, harness -> harness.accepting(limits, Echo::new));
  }

  static WebSocketHarness of(Vertx vertx, HttpServerOptions options, Function<WebSocketHarness, Handler<HttpServerRequest>> handler) {
    return new WebSocketHarness(vertx, options, handler);
  }

  /** A request handler that accepts at once, on the loop where the request arrived. */
  Handler<HttpServerRequest> accepting(WebSocketLimits limits, Function<WebSocketHarness, Recorder> listener) {
    return request ->
        WebSocketUpgrade.takeOver(request, limits)
            .ifPresent(
                upgrade -> {
                  Recorder recorder = listener.apply(this);
                  upgrade.accept(ContextInternal.current().unwrap(), null, recorder, recorder::opened);
                });
  }

  RawWebSocket connect() throws IOException {
    return RawWebSocket.connect(port, "/");
  }

  Closed awaitClosed() throws InterruptedException {
    return closed.poll(RawWebSocket.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  WebSocketChannel awaitOpened() throws InterruptedException {
    return opened.poll(RawWebSocket.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Runs on the channel's context. */
  static void on(WebSocketChannel channel, Runnable action) {
    channel.owner().runOnContext(none -> action.run());
  }

  @Override
  public void close() {
    await(vertx.close());
  }

  /** Notes what is opened and closed. */
  static class Recorder implements WebSocketListener {
    protected final WebSocketHarness harness;
    protected WebSocketChannel channel;

    Recorder(WebSocketHarness harness) {
      this.harness = harness;
    }

    void opened(WebSocketChannel channel) {
      this.channel = channel;
      harness.opened.add(channel);
    }

    @Override
    public void onText(String text) {}

    @Override
    public void onBinary(Buffer data) {}

    @Override
    public void onClose(int code, String reason, CloseReason why) {
      harness.closed.add(new Closed(code, reason, why));
    }
  }

  static class Echo extends Recorder {
    Echo(WebSocketHarness harness) {
      super(harness);
    }

    @Override
    public void onText(String text) {
      channel.sendText(text);
    }

    @Override
    public void onBinary(Buffer data) {
      channel.sendBinary(data);
    }
  }
}
