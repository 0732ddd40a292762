package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PacketType;
import dev.magpie.protocol.PlainJsonFormat;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Ids;
import dev.magpie.transport.Link;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One plain WebSocket and its one socket: the query names the namespace ({@code ns}) and rooms to join ({@code room}, {@code roomid}).
 * What it sends before its namespace has admitted it waits. Owned by one {@link Io}.
 */
final class PlainClient extends Peer {
  /** Packets that may come before the namespace has admitted the client: a page sends its first words at once. */
  private static final int MOST_WAITING = 64;

  private final boolean magpieV1;
  private final String namespace;
  private ConnectContext wish;
  private Socket socket;
  /** Null once the client is admitted. */
  private Queue<Packet> waiting = new ArrayDeque<>(2);

  PlainClient(Io io, Link link, boolean magpieV1) {
    this(io, link, magpieV1 ? PlainJsonFormat.MAGPIE_V1 : PlainJsonFormat.ARRAYS, namespace(link));
  }

  private PlainClient(Io io, Link link, PlainJsonFormat format, String namespace) {
    super(io, link, format, format.newDecoder(limits(io), namespace), io.options().plainRateLimits());
    this.magpieV1 = format == PlainJsonFormat.MAGPIE_V1;
    this.namespace = namespace;
  }

  private static String namespace(Link link) {
    String name = link.handshake().query("ns");
    if (name == null || name.isEmpty()) return "/";
    return name.startsWith("/") ? name : "/" + name;
  }

  @Override
  void open() {
    super.open();
    // A magpie.v1 client says who it is in its first frame, where the namespace asks.
    if (!magpieV1 || !io.namespaces().asks(namespace)) ask(null);
  }

  @Override
  void route(Packet packet) {
    boolean connect = packet.type() == PacketType.CONNECT;
    if (wish == null) ask(connect ? auth(packet) : null);
    // Seam (recovery): the first frame may also hold {"resume": {"pid", "offset"}}.
    if (connect) return;
    if (socket != null) socket.receive(packet);
    else if (waiting != null && waiting.size() < MOST_WAITING) waiting.add(packet);
    else if (waiting != null) close(CloseReason.RATE_LIMIT, "more than " + MOST_WAITING + " messages before the namespace has admitted the client");
  }

  private static JsonObject auth(Packet connect) {
    return connect.data() instanceof JsonObject data && data.getValue("auth") instanceof JsonObject auth ? auth : null;
  }

  private void ask(JsonObject auth) {
    wish = new ConnectContext(namespace, Ids.random(), link.handshake(), auth);
    if (namespace.length() > limits(io).maxNamespaceLength()) refuse(new Refusal("Invalid namespace"));
    else io.namespaces().resolve(namespace, wish.auth(), this::admit);
  }

  private void admit(Namespace found) {
    if (found == null) refuse(new Refusal("Invalid namespace"));
    else
      found.check(
          wish,
          failure -> {
            if (failure != null) refuse(failure);
            else if (link.isOpen()) join(found);
            found.releaseIfEmpty();
          });
  }

  private void join(Namespace found) {
    socket = new Socket(found, this, wish);
    joined();
    found.add(socket);
    for (String parameter : new String[] {"room", "roomid"}) {
      String room = socket.query(parameter);
      if (room != null && !room.isEmpty()) socket.join(room);
    }
    send(Packet.connect(namespace, opening()));
    found.connected(socket);
    Queue<Packet> early = waiting;
    waiting = null;
    for (Packet packet : early) if (socket != null) socket.receive(packet);
  }

  private JsonObject opening() {
    return new JsonObject()
        .put("id", socket.id())
        .put("interval", io.options().pingInterval())
        .put("timeout", io.options().pingTimeout());
  }

  private void refuse(Throwable failure) {
    if (!link.isOpen()) return;
    io.counters().increment(Count.CONNECTS_REFUSED);
    if (!Refusal.isTold(failure)) log.warn("connect refused namespace={}", namespace, failure);
    JsonObject refusal = refusal(failure);
    send(Packet.connectError(namespace, refusal));
    close(CloseReason.NAMESPACE_REFUSED, refusal.getString("message"));
  }

  @Override
  void left(Socket gone) {
    socket = null;
  }

  @Override
  void disconnect(Socket leaving, boolean close) {
    // It has no other namespace that the link would be kept for.
    send(Packet.disconnect(namespace));
    leaving.close("server namespace disconnect");
    close(CloseReason.FORCED_SERVER_CLOSE);
  }

  @Override
  void closed(String reason) {
    if (socket != null) socket.close(reason);
  }
}
