package dev.magpie.testing;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket that says what a test tells it to and shows what comes back, one message at a time: Engine.IO, or anything else. Blocking,
 * each call bounded.
 *
 * <pre>{@code
 * var client = EngineWebSocketClient.connect(port);
 * client.expectOpen();
 * client.send("40");
 * client.expectStart("40{");
 * client.expectNothingElse();
 * }</pre>
 */
public final class EngineWebSocketClient implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = EnginePollingClient.TIMEOUT.toSeconds();
  private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
      .connectTimeout(EnginePollingClient.TIMEOUT).build();

  /** How a connection ended: 1006, the code that is never sent, when it broke without a close frame. */
  public record Closed(int code, String reason) {
    static final int WITHOUT_CLOSE_FRAME = 1006;
  }

  private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
  private WebSocket webSocket;
  private int barriers;

  private EngineWebSocketClient() {}

  /** Engine.IO 4 at {@code /socket.io/}. */
  public static EngineWebSocketClient connect(int port) {
    return connect(port, "/socket.io/?EIO=4&transport=websocket");
  }

  public static EngineWebSocketClient connect(int port, String uri) {
    return connect(port, uri, Map.of());
  }

  /** Subprotocols go by the header {@code Sec-WebSocket-Protocol}, separated by commas. */
  public static EngineWebSocketClient connect(int port, String uri, Map<String, String> headers) {
    EngineWebSocketClient client = new EngineWebSocketClient();
    WebSocket.Builder builder = HTTP.newWebSocketBuilder().connectTimeout(EnginePollingClient.TIMEOUT);
    headers.forEach((name, value) -> {
      if (name.equalsIgnoreCase("Sec-WebSocket-Protocol")) {
        String[] protocols = value.split(", *");
        builder.subprotocols(protocols[0], Arrays.copyOfRange(protocols, 1, protocols.length));
      } else {
        builder.header(name, value);
      }
    });
    client.webSocket = builder.buildAsync(URI.create("ws://127.0.0.1:" + port + uri), client.new Receiver())
        .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    return client;
  }

  /** The status with which the server refuses this upgrade. */
  public static int refusal(int port, String uri, Map<String, String> headers) {
    try (EngineWebSocketClient accepted = connect(port, uri, headers)) {
      throw new AssertionError("the upgrade was accepted: " + uri);
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) return refused.getResponse().statusCode();
      throw e;
    }
  }

  /** Takes a polling session over, with the whole sequence of an upgrade. */
  public static EngineWebSocketClient upgrade(int port, String sid) {
    EngineWebSocketClient client = connect(port, "/socket.io/?EIO=4&transport=websocket&sid=" + sid);
    client.send("2probe");
    client.expect("3probe");
    client.send("5");
    return client;
  }

  public String subprotocol() {
    return webSocket.getSubprotocol();
  }

  public void send(String text) {
    webSocket.sendText(text, true).orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
  }

  public void send(Buffer data) {
    webSocket.sendBinary(ByteBuffer.wrap(data.getBytes()), true).orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** The next text (a string) or binary message (a buffer), or {@link Closed} at the end. */
  public Object receive() {
    try {
      Object next = received.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (next == null) throw new AssertionError("nothing received within " + TIMEOUT_SECONDS + " s");
      // The end stays the end.
      if (next instanceof Closed) received.add(next);
      return next;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public void expect(String text) {
    Object next = receive();
    if (!text.equals(next)) throw new AssertionError("expected " + text + " but received " + next);
  }

  public void expect(Buffer data) {
    Object next = receive();
    if (!data.equals(next)) throw new AssertionError("expected binary " + data + " but received " + next);
  }

  /** The next message, which is a text that begins so. */
  public String expectStart(String start) {
    Object next = receive();
    if (next instanceof String text && text.startsWith(start)) return text;
    throw new AssertionError("expected " + start + "… but received " + next);
  }

  /** Engine.IO's open packet. */
  public String expectOpen() {
    return expectStart("0{");
  }

  public Closed expectClosed() {
    Object next = receive();
    if (next instanceof Closed closed) return closed;
    throw new AssertionError("expected the end but received " + next);
  }

  public Closed expectClosed(int code) {
    Closed closed = expectClosed();
    if (closed.code() != code) throw new AssertionError("expected close code " + code + " but it was " + closed);
    return closed;
  }

  /**
   * Proves by a round trip through the server, not by waiting, that nothing else was sent. On a Socket.IO connection; the question is for a
   * namespace that cannot be.
   */
  public void expectNothingElse() {
    String nowhere = "/?barrier-" + barriers++ + ",";
    send("40" + nowhere);
    expectStart("44" + nowhere);
  }

  /** The same where the server echoes what it gets. */
  public void expectNothingElseBeforeEcho() {
    String echo = "4barrier-" + barriers++;
    send(echo);
    expect(echo);
  }

  public void sendClose(int code, String reason) {
    webSocket.sendClose(code, reason).orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** Breaks the connection off without a close frame. */
  public void abort() {
    webSocket.abort();
  }

  @Override
  public void close() {
    webSocket.abort();
  }

  private final class Receiver implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        received.add(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      binary.writeBytes(bytes);
      if (last) {
        received.add(Buffer.buffer(binary.toByteArray()));
        binary.reset();
      }
      from.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      received.add(new Closed(code, reason));
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      received.add(new Closed(Closed.WITHOUT_CLOSE_FRAME, String.valueOf(error.getMessage())));
    }
  }
}
