package dev.magpie.testing;

import dev.magpie.protocol.DecoderLimits;
import dev.magpie.protocol.EncodedPacket;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PacketDecoder;
import dev.magpie.protocol.SocketIoFormat;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * A Socket.IO client for tests of your own handlers: one connection to one namespace, over WebSocket, without reconnecting.
 *
 * <pre>{@code
 * TestIo.connect(vertx, port, "roomid=1").onComplete(context.succeeding(alice -> {
 *   alice.on("greeting", args -> context.verify(() -> assertEquals("hello", args.getString(0))));
 *   alice.emit("greet", "Alice");
 *   alice.barrier().onComplete(context.succeeding(done -> context.completeNow()));
 * }));
 * }</pre>
 *
 * <p>{@link #barrier()} is what to wait for instead of sleeping. What arrives before a handler is there for it is kept, and handed over
 * when the handler comes. Every method may be called from any thread; handlers run one after the other on the client's context.
 */
public final class TestIo {

  /** The server answered CONNECT with CONNECT_ERROR; the message is the server's. */
  public static final class ConnectRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient JsonObject error;

    private ConnectRefused(JsonObject error) {
      super(error.getString("message"));
      this.error = error;
    }

    /** The error's {@code data}; null where the server gave none. */
    public Object data() {
      return error.getValue("data");
    }
  }

  /** A server under test is trusted with more than a stranger is. */
  private static final DecoderLimits LIMITS = new DecoderLimits(1000, 500, 10_000, 10_000, 1000, 1_000_000);

  private static final int MAX_MESSAGE = 64 << 20;

  // Set once.
  private final Vertx vertx;
  private final Context context;
  private final TestIoOptions options;
  private final WebSocketClient client;
  private final ClientWebSocket webSocket;
  private final PacketDecoder decoder = SocketIoFormat.V5.newDecoder(LIMITS);
  private final Promise<TestIo> connected = Promise.promise();
  private final Promise<String> disconnected = Promise.promise();

  // Changes as it talks; used on the context only.
  private final Map<String, Function<JsonArray, ?>> handlers = new HashMap<>();
  private final Map<String, Deque<Packet>> unheard = new HashMap<>();
  private final Map<String, Deque<Promise<JsonArray>>> awaited = new HashMap<>();
  private final Map<Long, Promise<JsonArray>> acknowledgements = new HashMap<>();
  private final Map<String, Promise<Void>> barriers = new HashMap<>();
  private long nextId;
  private volatile String id;

  private TestIo(Vertx vertx, Context context, TestIoOptions options) {
    this.vertx = vertx;
    this.context = context;
    this.options = options;
    this.client = vertx.createWebSocketClient(new WebSocketClientOptions().setMaxFrameSize(MAX_MESSAGE).setMaxMessageSize(MAX_MESSAGE));
    this.webSocket = client.webSocket();
  }

  /** Connects to the main namespace on 127.0.0.1. */
  public static Future<TestIo> connect(Vertx vertx, int port) {
    return connect(vertx, new TestIoOptions(port));
  }

  /** Connects to the main namespace on 127.0.0.1; the query, escaped, is the handshake's. */
  public static Future<TestIo> connect(Vertx vertx, int port, String query) {
    return connect(vertx, new TestIoOptions(port).setQuery(query));
  }

  /** @return fails with {@link ConnectRefused} when the server does not want this client in the namespace */
  public static Future<TestIo> connect(Vertx vertx, TestIoOptions options) {
    TestIo io = new TestIo(vertx, vertx.getOrCreateContext(), options);
    io.run(io::open);
    return io.connected.future();
  }

  /** The handler of an event from now on, in place of an earlier one; it gets the arguments. */
  public TestIo on(String event, Handler<JsonArray> handler) {
    return onAck(event, arguments -> {
      handler.handle(arguments);
      return null;
    });
  }

  /**
   * Like {@link #on}, for an event that the server wants acknowledged: what the handler returns is the acknowledgement's argument, or all
   * of them when it is a {@link JsonArray}; null acknowledges nothing.
   */
  public TestIo onAck(String event, Function<JsonArray, ?> handler) {
    run(() -> {
      handlers.put(event, handler);
      Deque<Packet> kept = unheard.remove(event);
      if (kept != null) kept.forEach(packet -> hand(handler, packet));
    });
    return this;
  }

  /** The arguments of the next event of this name that no handler takes; one that arrived already counts. */
  public Future<JsonArray> next(String event) {
    Promise<JsonArray> next = Promise.promise();
    run(() -> {
      Deque<Packet> kept = unheard.get(event);
      if (kept != null && !kept.isEmpty()) next.complete(withoutName(kept.poll()));
      else {
        awaited.computeIfAbsent(event, name -> new ArrayDeque<>()).add(next);
        expire(next, "no event \"" + event + "\"");
      }
    });
    return next.future();
  }

  /** Arguments may be JSON values of any depth, buffers and byte arrays in them, records and beans. */
  public TestIo emit(String event, Object... arguments) {
    EncodedPacket encoded = encoded(Packet.event(options.namespace(), named(event, arguments)));
    run(() -> write(encoded));
    return this;
  }

  /** @return the acknowledgement's arguments; fails when there is none in time */
  public Future<JsonArray> emitWithAck(String event, Object... arguments) {
    Promise<JsonArray> acknowledged = Promise.promise();
    JsonArray named = named(event, arguments);
    run(() -> {
      long id = nextId++;
      acknowledgements.put(id, acknowledged);
      expire(acknowledged, "no acknowledgement of \"" + event + "\"");
      write(encoded(Packet.event(options.namespace(), id, named)));
    });
    return acknowledged.future();
  }

  /**
   * A round trip through the server on this connection. When it completes, the server has handled all that was emitted before, and this
   * client has all that the server had sent it by then, its handlers included. What a handler left to a future or a worker may still be
   * under way.
   */
  public Future<Void> barrier() {
    Promise<Void> passed = Promise.promise();
    run(() -> {
      // Packets are handled in order, and a CONNECT to a namespace that is none is answered. No namespace has a question mark in its name:
      // clients take what follows it for the query.
      String nowhere = "/?barrier-" + nextId++;
      barriers.put(nowhere, passed);
      expire(passed, "the barrier was not passed");
      write(encoded(Packet.connect(nowhere, null)));
    });
    return passed.future();
  }

  /** The socket's id, which the server knows this client by. */
  public String id() {
    return id;
  }

  /** Completes when the connection or the namespace is left, with the reason in the words of the official client. */
  public Future<String> disconnected() {
    return disconnected.future();
  }

  /** Leaves the namespace with a DISCONNECT and closes the connection. */
  public Future<Void> close() {
    run(() -> {
      if (disconnected.tryComplete("io client disconnect")) write(encoded(Packet.disconnect(options.namespace())));
    });
    return shut();
  }

  /** Closes the connection without a word in the protocol, as a page does that is closed. */
  public Future<Void> drop() {
    return shut();
  }

  private Future<Void> shut() {
    Promise<Void> closed = Promise.promise();
    run(() -> webSocket.close().transform(any -> client.close()).onComplete(closed));
    return closed.future();
  }

  private void run(Runnable task) {
    if (Vertx.currentContext() == context) task.run();
    else context.runOnContext(ignored -> task.run());
  }

  // Engine.IO

  private void open() {
    webSocket.textMessageHandler(this::receive);
    webSocket.binaryMessageHandler(data -> decoder.binary(data).ifPresent(this::handle));
    webSocket.closeHandler(closed -> ended("transport close"));
    webSocket.exceptionHandler(failure -> ended("transport error"));
    expire(connected, "not connected");
    WebSocketConnectOptions to = new WebSocketConnectOptions().setHost(options.host()).setPort(options.port()).setURI(options.uri());
    to.setHeaders(options.headers());
    webSocket.connect(to).onFailure(failure -> {
      connected.tryFail(failure);
      client.close();
    });
  }

  private void receive(String message) {
    switch (message.isEmpty() ? ' ' : message.charAt(0)) {
      case '0' -> write(encoded(Packet.connect(options.namespace(), options.auth())));
      case '1' -> webSocket.close();
      // Engine.IO v4: the server pings, the client pongs.
      case '2' -> webSocket.writeTextMessage("3");
      case '4' -> decoder.text(message.substring(1)).ifPresent(this::handle);
      default -> {}
    }
  }

  private void write(EncodedPacket encoded) {
    webSocket.writeTextMessage("4" + encoded.text());
    encoded.attachments().forEach(webSocket::writeBinaryMessage);
  }

  private void ended(String reason) {
    disconnected.tryComplete(reason);
    String why = "the connection ended: " + disconnected.future().result();
    connected.tryFail(why);
    List<Promise<?>> open = new ArrayList<>(acknowledgements.values());
    open.addAll(barriers.values());
    awaited.values().forEach(open::addAll);
    open.forEach(promise -> promise.tryFail(why));
    client.close();
  }

  // Socket.IO

  private void handle(Packet packet) {
    switch (packet.type()) {
      case CONNECT -> joined(packet);
      case CONNECT_ERROR -> refused(packet);
      case EVENT, BINARY_EVENT -> heard(packet);
      case ACK, BINARY_ACK -> acknowledged(packet);
      case DISCONNECT -> disconnected.tryComplete("io server disconnect");
    }
  }

  private void joined(Packet packet) {
    Promise<Void> barrier = barriers.remove(packet.namespace());
    if (barrier != null) {
      // A server that lets everybody in everywhere: the round trip is made all the same, and the place is left again.
      write(encoded(Packet.disconnect(packet.namespace())));
      barrier.tryComplete();
    } else if (packet.namespace().equals(options.namespace())) {
      id = packet.data() instanceof JsonObject payload ? payload.getString("sid") : null;
      connected.tryComplete(this);
    }
  }

  private void refused(Packet packet) {
    Promise<Void> barrier = barriers.remove(packet.namespace());
    if (barrier != null) {
      barrier.tryComplete();
    } else if (packet.namespace().equals(options.namespace())) {
      connected.tryFail(new ConnectRefused((JsonObject) packet.data()));
      webSocket.close();
    }
  }

  private void heard(Packet packet) {
    String event = String.valueOf(packet.arguments().getValue(0));
    Function<JsonArray, ?> handler = handlers.get(event);
    Deque<Promise<JsonArray>> waiting = awaited.get(event);
    if (handler != null) hand(handler, packet);
    else if (waiting == null || !handOver(waiting, packet)) unheard.computeIfAbsent(event, name -> new ArrayDeque<>()).add(packet);
  }

  /** To the first who still waits. */
  private static boolean handOver(Deque<Promise<JsonArray>> waiting, Packet packet) {
    for (Promise<JsonArray> next = waiting.poll(); next != null; next = waiting.poll()) {
      if (next.tryComplete(withoutName(packet))) return true;
    }
    return false;
  }

  private void hand(Function<JsonArray, ?> handler, Packet packet) {
    Object answer = handler.apply(withoutName(packet));
    if (answer == null || !packet.hasId()) return;
    JsonArray arguments = answer instanceof JsonArray all ? all : new JsonArray().add(answer);
    write(encoded(Packet.ack(options.namespace(), packet.id(), arguments)));
  }

  private void acknowledged(Packet packet) {
    Promise<JsonArray> waiting = acknowledgements.remove(packet.id());
    if (waiting != null) waiting.tryComplete(packet.arguments());
  }

  private void expire(Promise<?> promise, String what) {
    long timer = vertx.setTimer(options.timeout().toMillis(),
        fired -> promise.tryFail(new TimeoutException(what + " within " + options.timeout())));
    promise.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  private static EncodedPacket encoded(Packet packet) {
    return SocketIoFormat.V5.encode(packet);
  }

  private static JsonArray named(String event, Object... arguments) {
    JsonArray named = new JsonArray().add(event);
    for (Object argument : arguments) named.add(argument);
    return named;
  }

  private static JsonArray withoutName(Packet packet) {
    List<Object> arguments = new ArrayList<>();
    List<?> named = packet.arguments().getList();
    for (int i = 1; i < named.size(); i++) arguments.add(named.get(i));
    return new JsonArray(arguments);
  }
}
