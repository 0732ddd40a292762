package dev.magpie.core;

import dev.magpie.protocol.Ids;
import dev.magpie.protocol.MsgpackFormat;
import dev.magpie.protocol.OtherParser;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PacketType;
import dev.magpie.protocol.Parser;
import dev.magpie.protocol.ProtocolException;
import dev.magpie.protocol.SocketIoFormat;
import dev.magpie.protocol.WireFormat;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.Link;
import dev.magpie.transport.Message;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A Socket.IO connection and its sockets, one for each namespace that the client has joined. Owned by one {@link Io}. */
final class Client extends Connection implements NamespaceAdmission.Candidate {
  private static final String MAIN = "/";

  private final boolean version3;
  /** One of the sockets; most connections have only one. The rest are in {@link #others}. */
  private @Nullable Socket first;
  private @Nullable Map<String, Socket> others;
  /** By namespace: requests to join it that are not decided. */
  private @Nullable Map<String, ConnectContext> connecting;
  /** Namespaces from which the server has disconnected this client: packets that it sent before are no violation. */
  private @Nullable Set<String> dismissed;
  private boolean greeted;
  private final NamespaceAdmission admission;

  Client(Loop loop, Connections connections, NamespaceAdmission admission, Link link, int engineVersion) {
    this(loop, connections, admission, link, format(loop, engineVersion), engineVersion == 3);
  }

  private Client(
      Loop loop, Connections connections, NamespaceAdmission admission, Link link, WireFormat format, boolean version3) {
    super(loop, connections, link, format, format.newDecoder(limits(loop)), loop.options().rateLimits());
    this.admission = admission;
    this.version3 = version3;
  }

  /** Clients of Socket.IO 1 and 2 have another MessagePack parser: they speak JSON to every server. */
  private static WireFormat format(Loop loop, int engineVersion) {
    if (engineVersion == 3) return SocketIoFormat.V4;
    return loop.options().parser() == Parser.MSGPACK ? MsgpackFormat.V5 : SocketIoFormat.V5;
  }

  @Override
  void open() {
    super.open();
    // Clients of Socket.IO 1 and 2 join the main namespace without a CONNECT.
    if (version3) connect(MAIN, null);
  }

  @Override
  void route(Packet packet) {
    if (!greeted && !version3 && packet.type() != PacketType.CONNECT) throw new ProtocolException("the first packet is not CONNECT");
    greeted = true;
    switch (packet.type()) {
      case CONNECT -> connect(packet.namespace(), (JsonObject) packet.data());
      case DISCONNECT -> disconnected(packet);
      case EVENT, ACK, BINARY_EVENT, BINARY_ACK -> received(packet);
      case CONNECT_ERROR -> throw new ProtocolException("clients do not send CONNECT_ERROR");
    }
  }

  /** A client with the MessagePack parser gets a CONNECT_ERROR in MessagePack that says so, and does not reconnect. */
  @Override
  boolean isForeign(Buffer data) {
    if (greeted || version3 || format instanceof MsgpackFormat) return false;
    Optional<Buffer> answer = OtherParser.refusal(data, parserNotOffered(), limits(loop));
    answer.ifPresent(refusal -> refuseParser(Message.binary(refusal)));
    return answer.isPresent();
  }

  /**
   * The same for a client of Socket.IO 2, which encodes only what it sends after it has joined the main namespace, and, on a server that
   * speaks MessagePack, for a client with the default parser.
   */
  @Override
  boolean isForeign(String text) {
    if (!version3 && (greeted || !(format instanceof MsgpackFormat))) return false;
    Optional<String> answer = version3 ? OtherParser.refusal2(text, parserNotOffered(), limits(loop))
        : OtherParser.refusal(text, parserNotOffered(), limits(loop));
    answer.ifPresent(refusal -> refuseParser(Message.text(refusal)));
    return answer.isPresent();
  }

  private String parserNotOffered() {
    Parser parser = format instanceof MsgpackFormat ? Parser.MSGPACK : Parser.JSON;
    return "parser not offered: this server speaks " + parser.module() + " only";
  }

  private void refuseParser(Message refusal) {
    if (countRefused()) PeerLog.warned(link.handshake().address(), "connect refused reason=" + parserNotOffered());
    if (loop.events() != null) loop.events().refused(MAIN, link.handshake(), parserNotOffered());
    send(refusal);
  }

  private void received(Packet packet) {
    Socket socket = socket(packet.namespace());
    if (socket != null) socket.receive(packet);
    else requireDismissed(packet.namespace());
  }

  private void disconnected(Packet packet) {
    Socket socket = socket(packet.namespace());
    if (socket != null) socket.close("client namespace disconnect");
    else if (connecting == null || connecting.remove(packet.namespace()) == null) requireDismissed(packet.namespace());
  }

  private void requireDismissed(String namespace) {
    if (dismissed == null || !dismissed.contains(namespace)) throw new ProtocolException("namespace " + namespace + " is not connected");
  }

  private void connect(String name, @Nullable JsonObject auth) {
    if (socket(name) != null || connecting != null && connecting.containsKey(name)) {
      throw new ProtocolException("namespace " + name + " is connected already");
    }
    if (count() >= loop.options().maxNamespaces()) {
      loop.limits().refused(Scope.SOCKET, Resource.NAMESPACES);
      Exceeded exceeded = new Exceeded(Scope.SOCKET, Resource.NAMESPACES, loop.options().maxNamespaces(), 0);
      admission.refuse(this, name, new ClientError("Too many namespaces", exceeded.toJson()));
      return;
    }
    long bytes = auth == null ? 0 : routed();
    if (!retain(bytes)) return;
    ConnectContext context = new ConnectContext(name, socketId(name), link.handshake(), auth, bytes, loop.values());
    if (connecting == null) connecting = new HashMap<>(2);
    connecting.put(name, context);
    // Clients from version 4.6 on send pid and offset in their auth. The first CONNECT does not tell whether a client supports recovery.
    if (!version3 && auth == null) context.mayRecover(false, null, null);
    else if (!version3) context.mayRecover(isSet(auth.getValue("recovery")), auth.getValue("pid"), auth.getValue("offset"));
    admission.decide(this, context);
  }

  private static boolean isSet(Object flag) {
    return flag != null && !Boolean.FALSE.equals(flag);
  }

  @Override
  public Connection connection() {
    return this;
  }

  @Override
  public boolean awaits(ConnectContext context) {
    boolean awaited = connecting != null && connecting.remove(context.namespace(), context) && link.isOpen();
    if (connecting != null && connecting.isEmpty()) connecting = null;
    return awaited;
  }

  @Override
  public @Nullable JsonObject joined(Socket socket) {
    String namespace = socket.namespace().name();
    if (dismissed != null) dismissed.remove(namespace);
    if (first == null) first = socket;
    else {
      if (others == null) others = new HashMap<>(4);
      others.put(namespace, socket);
    }
    if (version3) return null;
    JsonObject answer = new JsonObject().put("sid", socket.id());
    return socket.session() == null ? answer : answer.put("pid", socket.session().pid());
  }

  private String socketId(String namespace) {
    // From Engine.IO 4 on the id of the connection is a secret; clients of Engine.IO 3 derive their socket's id from it.
    if (!version3) return Ids.ofSocket();
    return namespace.equals(MAIN) ? link.id() : namespace + "#" + link.id();
  }

  private @Nullable Socket socket(String namespace) {
    if (first != null && first.namespace().name().equals(namespace)) return first;
    return others == null ? null : others.get(namespace);
  }

  @Override
  Room.@Nullable Member member(String namespace) {
    return socket(namespace);
  }

  @Override
  String namespaceIn(@Nullable String text) {
    return PacketLog.namespaceIn(text);
  }

  private int count() {
    return (first == null ? 0 : 1) + (others == null ? 0 : others.size()) + (connecting == null ? 0 : connecting.size());
  }

  /** All sockets of this connection; a copy. */
  private List<Socket> sockets() {
    List<Socket> sockets = new ArrayList<>();
    if (first != null) sockets.add(first);
    if (others != null) sockets.addAll(others.values());
    return sockets;
  }

  @Override
  void released(String namespace) {
    if (first != null && first.namespace().name().equals(namespace)) first = null;
    else if (others != null) others.remove(namespace);
  }

  @Override
  void disconnect(String namespace, boolean close) {
    if (!close) dismiss(socket(namespace));
    else {
      sockets().forEach(this::dismiss);
      close(CloseReason.FORCED_SERVER_CLOSE);
    }
  }

  private void dismiss(Socket socket) {
    if (!socket.isConnected()) return;
    if (dismissed == null) dismissed = new HashSet<>(2);
    dismissed.add(socket.namespace().name());
    send(Packet.disconnect(socket.namespace().name()));
    socket.close("server namespace disconnect");
  }

  @Override
  void tell(Exceeded limit) {
    sockets().forEach(socket -> socket.warn(limit));
  }

  @Override
  public void onUpgrade() {
    sockets().forEach(Socket::upgraded);
  }

  @Override
  void closed(String reason) {
    connecting = null;
    sockets().forEach(socket -> socket.close(reason));
  }
}
