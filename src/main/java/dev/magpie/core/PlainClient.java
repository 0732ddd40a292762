package dev.magpie.core;

import dev.magpie.protocol.Ids;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PacketType;
import dev.magpie.protocol.PlainJsonFormat;
import dev.magpie.protocol.RoomNames;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.Link;
import dev.magpie.transport.heartbeat.TimerHandle;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A plain WebSocket connection and its socket: the query names the namespace ({@code ns}) and rooms to join ({@code room}, {@code
 * roomid}). Messages that arrive before the client is admitted wait. Owned by one {@link Io}.
 */
final class PlainClient extends Connection implements NamespaceAdmission.Candidate {
  /** Messages that may arrive before the client is admitted: a page sends the first ones at once. */
  private static final int MOST_WAITING = 64;

  /** How long the first frame of a magpie.v1 client is waited for, which may name a session; without it the client gets a new one. */
  private static final long FIRST_FRAME_MILLIS = 1_000;

  /** The same where middleware may need its auth: without it a client may still join, as one of an optional authentication does. */
  private static final long AUTH_MILLIS = 3_000;

  private final boolean magpieV1;
  private final String namespace;
  /** Timeout of the first frame; null if it is not waited for. */
  private @Nullable TimerHandle firstFrame;
  /** Null until the client has asked to join. */
  private @Nullable ConnectContext request;
  private @Nullable Socket socket;
  /** Null once the client is admitted. */
  private @Nullable Queue<Packet> waiting = new ArrayDeque<>(2);
  private long waitingBytes;
  private final NamespaceAdmission admission;

  PlainClient(Loop loop, Connections connections, NamespaceAdmission admission, Link link, boolean magpieV1) {
    this(loop, connections, admission, link, magpieV1 ? PlainJsonFormat.MAGPIE_V1 : PlainJsonFormat.ARRAYS, namespace(link));
  }

  private PlainClient(
      Loop loop, Connections connections, NamespaceAdmission admission, Link link, PlainJsonFormat format, String namespace) {
    super(loop, connections, link, format, format.newDecoder(limits(loop), namespace), loop.options().plainRateLimits());
    this.admission = admission;
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
    // A magpie.v1 client may send auth and the session that it resumes in its first frame.
    if (!magpieV1) ask(null, null);
    else if (admission.recovers(namespace)) awaitFirstFrame(FIRST_FRAME_MILLIS);
    else if (admission.hasMiddleware(namespace)) awaitFirstFrame(Math.min(AUTH_MILLIS, loop.options().connectTimeout() / 2));
    else ask(null, null);
  }

  private void awaitFirstFrame(long millis) {
    firstFrame = new TimerHandle() {
      @Override
      protected void due() {
        if (request == null && link.isOpen()) ask(null, null);
      }
    };
    loop.timers().schedule(firstFrame, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Override
  void route(Packet packet) {
    boolean connect = packet.type() == PacketType.CONNECT;
    if (request == null) ask(connect ? part(packet, "auth") : null, connect ? part(packet, "resume") : null);
    if (connect) return;
    if (socket != null) socket.receive(packet);
    else if (waiting != null && waiting.size() < MOST_WAITING) hold(packet);
    else if (waiting != null)
      close(CloseReason.RATE_LIMIT, "more than " + MOST_WAITING + " messages before the namespace has admitted the client");
  }

  private void hold(Packet packet) {
    if (!retain(routed())) return;
    waiting.add(packet);
    waitingBytes += routed();
  }

  private static @Nullable JsonObject part(Packet connect, String name) {
    return connect.data() instanceof JsonObject data && data.getValue(name) instanceof JsonObject part ? part : null;
  }

  private void ask(@Nullable JsonObject auth, @Nullable JsonObject resume) {
    if (firstFrame != null) loop.timers().cancel(firstFrame);
    long bytes = auth == null ? 0 : routed();
    request = new ConnectContext(namespace, Ids.ofSocket(), link.handshake(), auth, bytes, loop.values());
    if (!retain(bytes)) return;
    request.wants(rooms());
    if (magpieV1 && resume == null) request.mayRecover(true, null, null);
    else if (magpieV1) request.mayRecover(true, resume.getValue("pid"), resume.getValue("offset"));
    if (namespace.length() > limits(loop).maxNamespaceLength()) refuse("Invalid namespace");
    else if (rooms().stream().anyMatch(Namespace::isSocketId)) refuse("Invalid room: a socket's id");
    else if (rooms().stream().anyMatch(RoomNames::isInternal)) refuse("Invalid room: a name must not start with U+0000");
    else admission.decide(this, request);
  }

  private void refuse(String reason) {
    admission.refuse(this, namespace, new ClientError(reason));
  }

  @Override
  public Connection connection() {
    return this;
  }

  @Override
  public boolean awaits(ConnectContext context) {
    return link.isOpen();
  }

  @Override
  public JsonObject joined(Socket joined) {
    socket = joined;
    rooms().forEach(socket::join);
    JsonObject answer = new JsonObject().put("id", socket.id());
    if (socket.session() != null) answer.put("pid", socket.session().pid());
    return answer.put("interval", loop.options().pingInterval()).put("timeout", loop.options().pingTimeout());
  }

  @Override
  public void admitted() {
    Queue<Packet> early = waiting;
    waiting = null;
    release(waitingBytes);
    for (Packet packet : early) if (socket != null) socket.receive(packet);
  }

  @Override
  public void refused(String reason) {
    close(CloseReason.NAMESPACE_REFUSED, reason);
  }

  /** The rooms that the query names. */
  private List<String> rooms() {
    MultiMap query = link.handshake().query();
    return Stream.of(query.get("room"), query.get("roomid")).filter(room -> room != null && !room.isEmpty()).toList();
  }

  @Override
  Room.@Nullable Member member(String name) {
    return socket;
  }

  @Override
  String namespaceIn(@Nullable String text) {
    return namespace;
  }

  @Override
  void released(String name) {
    socket = null;
  }

  @Override
  void disconnect(String name, boolean close) {
    Socket leaving = socket;
    // The connection has no other namespace, so it is closed too.
    send(Packet.disconnect(namespace));
    leaving.close("server namespace disconnect");
    close(CloseReason.FORCED_SERVER_CLOSE);
  }

  /** Without the subprotocol the frames belong to the application: the close frame has the reason. */
  @Override
  void tell(Exceeded limit) {
    if (magpieV1 && socket != null) socket.warn(limit);
  }

  @Override
  void closed(String reason) {
    if (firstFrame != null) loop.timers().cancel(firstFrame);
    if (socket != null) socket.close(reason);
  }
}
