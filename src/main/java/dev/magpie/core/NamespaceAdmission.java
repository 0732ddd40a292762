package dev.magpie.core;

import dev.magpie.protocol.Packet;
import dev.magpie.transport.ClientUse;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.PeerLog;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admission of clients to namespaces, for Socket.IO and plain WebSocket alike: finds the namespace, runs its middleware, and joins the
 * client to it or refuses it. One for each {@link Io}, used on its context; the state of one admission is its {@link ConnectContext}.
 *
 * <p>The answer to CONNECT comes first: no event and no acknowledgement of the namespace is sent before it, since the connection handlers
 * and the replay run after it. A client that has left while middleware ran does not join, and neither does one whose session another
 * connection has taken over meanwhile (its session is fenced): its connection is closed.
 */
final class NamespaceAdmission {
  private static final Logger log = LoggerFactory.getLogger(NamespaceAdmission.class);

  /** A connection whose client asks to join a namespace. */
  interface Candidate {
    Connection connection();

    /** Whether the client still waits for this decision; it may have left or cancelled. Called once for each decision. */
    boolean awaits(ConnectContext context);

    /**
     * The client has joined, and is not told yet.
     *
     * @return the payload of the answer to its CONNECT, or null for none
     */
    @Nullable JsonObject joined(Socket socket);

    /** The client has been told, the connection handlers have run. */
    default void admitted() {}

    /** The client has been told that it may not join. */
    default void refused(String reason) {}
  }

  private final Loop loop;
  private final Namespaces namespaces;
  /** Not decided yet; weak, since middleware may never decide. */
  private final Set<ConnectContext> pending = Collections.newSetFromMap(new WeakHashMap<>());

  NamespaceAdmission(Loop loop, Namespaces namespaces) {
    this.loop = loop;
    this.namespaces = namespaces;
  }

  /** Whether the namespace has middleware, which may read what the client sends as {@code auth}. */
  boolean hasMiddleware(String namespace) {
    return namespaces.hasMiddleware(namespace);
  }

  boolean recovers(String namespace) {
    return namespaces.recovers(namespace);
  }

  /** Decides on this request: at once if no middleware takes time, later otherwise. */
  void decide(Candidate candidate, ConnectContext context) {
    pending.add(context);
    namespaces.resolve(context.namespace(), context.auth(), namespace -> check(candidate, context, namespace));
  }

  /** Refuses the clients that wait for their admission and are, or will be, identified as this user. */
  void disconnectUser(String id) {
    pending.forEach(context -> context.disconnectUser(id));
  }

  private void check(Candidate candidate, ConnectContext context, @Nullable Namespace namespace) {
    if (namespace == null) decided(candidate, context, null, new ClientError("Invalid namespace"));
    else namespace.check(context, failure -> decided(candidate, context, namespace, failure));
  }

  private void decided(Candidate candidate, ConnectContext context, @Nullable Namespace namespace, @Nullable Throwable failure) {
    pending.remove(context);
    // The socket of one that joins goes on using it.
    if (!admit(candidate, context, namespace, failure)) candidate.connection().release(context.bytes());
    if (namespace != null) namespace.releaseIfEmpty();
  }

  /** @return whether the client has joined */
  private boolean admit(Candidate candidate, ConnectContext context, @Nullable Namespace namespace, @Nullable Throwable failure) {
    SocketRecovery session = context.session();
    if (!candidate.awaits(context)) {
      if (session != null) session.end(CloseReason.TRANSPORT_CLOSE.text());
      return false;
    }
    if (session != null && session.isFenced()) {
      candidate.connection().close(CloseReason.SESSION_TAKEN_OVER);
      return false;
    }
    if (context.isDisconnected()) {
      if (session != null) session.end("server namespace disconnect");
      refuse(candidate, context.namespace(), new ClientError("disconnected by the server"));
      return false;
    }
    if (failure == null && context.isExpired(loop.options().clock().getAsLong())) {
      if (session != null) session.end(CloseReason.TOKEN_EXPIRED.text());
      refuse(candidate, context.namespace(), Unauthorized.unknown("token_expired", "the token has expired"));
      return false;
    }
    if (failure != null) {
      refuse(candidate, context.namespace(), failure);
      if (failure instanceof Unauthorized && candidate.connection().isRefusedTooOften())
        candidate.connection().close(CloseReason.RATE_LIMIT, "too many refused tokens");
      return false;
    }
    ClientUse use = candidate.connection().use;
    Exceeded exceeded = use == null ? null : use.join(context.userId());
    if (exceeded != null) {
      // Its session may be recovered later.
      if (session != null) session.end(CloseReason.TRANSPORT_CLOSE.text());
      refuse(candidate, context.namespace(), new ClientError(exceeded.text(), exceeded.toJson()));
      return false;
    }
    join(candidate, context, namespace);
    return true;
  }

  private static void join(Candidate candidate, ConnectContext context, Namespace namespace) {
    Connection connection = candidate.connection();
    Socket socket = new Socket(namespace, connection, context);
    connection.joined();
    namespace.add(socket);
    connection.send(Packet.connect(namespace.name(), candidate.joined(socket)));
    // Flushed separately from the first event: some clients lose an event that arrives in the same segment.
    connection.link.push();
    IoEvents events = connection.loop.events();
    if (events != null) events.connected(socket);
    socket.begin();
    candidate.admitted();
  }

  /** Tells the client why it may not join, unless it has left. */
  void refuse(Candidate candidate, String namespace, Throwable failure) {
    Connection connection = candidate.connection();
    if (!connection.link.isOpen()) return;
    boolean first = connection.countRefused();
    // A refusal with a cause is what middleware has thrown.
    boolean unexpected = !ClientError.isTold(failure) || failure.getCause() != null;
    if (unexpected) {
      Throwable thrown = failure.getCause() == null || !ClientError.isTold(failure) ? failure : failure.getCause();
      log.warn("connect refused namespace={}", namespace, thrown);
      namespaces.failures().tell(null, "connect", thrown);
    } else if (first)
      PeerLog.warned(connection.link.handshake().address(), "connect refused namespace=" + namespace + " reason=" + failure.getMessage()
          + (failure instanceof Unauthorized refusal ? " code=" + refusal.code() : ""));
    JsonObject answer = loop.values().copy(answer(failure), refused -> leftOut(namespace, refused));
    if (loop.events() != null) loop.events().refused(namespace, connection.link.handshake(), answer.getString("message"));
    try {
      connection.send(Packet.connectError(namespace, answer));
    } catch (IllegalArgumentException binary) {
      leftOut(namespace, binary);
      connection.send(Packet.connectError(namespace, new JsonObject().put("message", answer.getString("message"))));
    }
    candidate.refused(answer.getString("message"));
  }

  private static void leftOut(String namespace, IllegalArgumentException refused) {
    log.error("data of a refusal left out namespace={} reason={}", namespace, refused.getMessage());
  }

  private static JsonObject answer(Throwable failure) {
    JsonObject error = new JsonObject().put("message", ClientError.messageOf(failure, "Connection refused"));
    JsonObject data = ClientError.dataOf(failure);
    return data == null ? error : error.put("data", data);
  }
}
