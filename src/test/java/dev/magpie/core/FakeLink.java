package dev.magpie.core;

import dev.magpie.protocol.Ids;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.Message;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A link without a network: keeps what is sent over it, and says to its listener what the test wants said. */
final class FakeLink implements Link {
  final String id = Ids.random();
  List<Message> messages = new ArrayList<>();
  CloseReason closed;
  String closeDetail;
  boolean writable = true;
  /** Gets each text when it is sent; null for nobody. */
  Consumer<String> tap;
  private final Handshake handshake;
  private LinkListener listener;

  private FakeLink(String uri, String... headers) {
    this.handshake = handshake(uri, headers);
  }

  /** A link that nobody listens to yet. */
  static FakeLink unheard() {
    return new FakeLink("/socket.io/?EIO=4&transport=websocket");
  }

  /** A Socket.IO client of Engine.IO 4 that has said nothing yet. */
  static FakeLink socketIo(Io io) {
    return new FakeLink("/socket.io/?EIO=4&transport=websocket").listenedBy(io, 4);
  }

  /** The same with more in its query. */
  static FakeLink socketIo(Io io, String query) {
    return new FakeLink("/socket.io/?EIO=4&transport=websocket&" + query).listenedBy(io, 4);
  }

  /** The same with headers: names and values in turn. */
  static FakeLink socketIoWith(Io io, String... headers) {
    return new FakeLink("/socket.io/?EIO=4&transport=websocket", headers).listenedBy(io, 4);
  }

  static FakeLink version3(Io io) {
    return new FakeLink("/socket.io/?EIO=3&transport=websocket").listenedBy(io, 3);
  }

  static FakeLink plain(Io io, String query) {
    FakeLink link = new FakeLink("/ws?" + query);
    link.listener = io.connectPlain(link, false);
    return link;
  }

  static FakeLink magpieV1(Io io, String query) {
    FakeLink link = new FakeLink("/ws?" + query);
    link.listener = io.connectPlain(link, true);
    return link;
  }

  /** A Socket.IO client that has joined the main namespace; nothing of that is among its messages. */
  static FakeLink joined(Io io) {
    return joined(io, "/");
  }

  static FakeLink joined(Io io, String namespace) {
    FakeLink link = socketIo(io);
    link.say("0" + (namespace.equals("/") ? "" : namespace + ","));
    link.messages.clear();
    return link;
  }

  FakeLink listenedBy(Io io, int version) {
    listener = io.connectSocketIo(this, version);
    return this;
  }

  // What the client does.

  void say(String text) {
    listener.onText(text);
  }

  void say(Buffer data) {
    listener.onBinary(data);
  }

  /** It is gone, or the transport has ended it. */
  void end(CloseReason reason) {
    if (closed == null) closed = reason;
    listener.onClose(reason, null);
  }

  /** It has read all that waited. */
  void drain() {
    writable = true;
    listener.onDrain();
  }

  // What it got.

  /** The texts since the last call; attachments as {@code <n bytes>} behind theirs. */
  List<String> heard() {
    List<String> texts = new ArrayList<>();
    for (Message message : messages) {
      if (message.text() != null) texts.add(message.text());
      for (Buffer attachment : message.attachments()) texts.add("<" + attachment.length() + " bytes>");
    }
    messages.clear();
    return texts;
  }

  // Link.

  @Override
  public String id() {
    return id;
  }

  @Override
  public void send(Message message) {
    if (!isOpen()) return;
    if (tap != null) tap.accept(message.text());
    else messages.add(message);
  }

  @Override
  public boolean writable() {
    return writable;
  }

  @Override
  public void close(CloseReason reason, String detail) {
    if (closed != null) return;
    closed = reason;
    closeDetail = detail;
    if (listener != null) listener.onClose(reason, detail);
  }

  @Override
  public boolean isOpen() {
    return closed == null;
  }

  @Override
  public Handshake handshake() {
    return handshake;
  }

  @Override
  public String transportName() {
    return "websocket";
  }

  private static Handshake handshake(String uri, String... more) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("User-Agent", "test").add("Via", "a").add("Via", "b");
    for (int i = 0; i < more.length; i += 2) headers.add(more[i], more[i + 1]);
    HttpServerRequest request =
        (HttpServerRequest)
            Proxy.newProxyInstance(
                FakeLink.class.getClassLoader(),
                new Class<?>[] {HttpServerRequest.class},
                (proxy, method, args) ->
                    switch (method.getName()) {
                      case "headers" -> headers;
                      case "uri" -> uri;
                      case "remoteAddress" -> SocketAddress.inetSocketAddress(1234, "127.0.0.1");
                      case "isSSL" -> false;
                      case "version" -> HttpVersion.HTTP_1_1;
                      case "getHeader" -> headers.get((String) args[0]);
                      default -> throw new UnsupportedOperationException(method.getName());
                    });
    return Handshake.of(request);
  }
}
