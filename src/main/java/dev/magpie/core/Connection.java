package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.Room.Member;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.DecoderLimits;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PacketDecoder;
import dev.magpie.protocol.ProtocolException;
import dev.magpie.protocol.WireFormat;
import dev.magpie.transport.ClientUse;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.LoggedAddress;
import dev.magpie.transport.Message;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.Scope;
import dev.magpie.transport.SendQueue;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.heartbeat.TimerHandle;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of one link: decodes its messages to packets, enforces the rate limits, and closes it on a violation of the protocol.
 * Owned by one {@link Io}, used on its context only.
 */
abstract class Connection extends Connections.Element implements LinkListener {
  static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** Retained bytes that do not count: what an ordinary client's headers and auth take. */
  private static final int FREE_RETAINED = 8 << 10;

  /** Refused tokens after which a connection is closed: more than an honest client with many namespaces has. */
  private static final int MOST_REFUSED_TOKENS = 32;

  // Set once when the link opens.
  final Loop loop;
  private final Connections connections;
  final Link link;
  final WireFormat format;
  private final PacketDecoder decoder;
  /** Whether its packets are written to the {@link PacketLog}. */
  private final boolean logged = PacketLog.isOn();
  /** Null without limits. */
  private final @Nullable RateLimit rate;
  /** What counts on its address and its users; null for a client that is exempt, which pays nothing for that. */
  final @Nullable ClientUse use;

  // Changes as messages arrive.
  /** Timeout of the first join; null once a namespace is joined. */
  private @Nullable Due connecting;
  /** Timeout of a packet's attachments. */
  private @Nullable Due attachments;
  /** See {@link #memory()}; null until it is used. */
  private MemoryBudget.@Nullable Account memory;
  /** Bytes of the packet that waits for its attachments. */
  private long unfinished;
  /** Bytes of what is retained, see {@link #retain}. */
  private int retained;
  /** Bytes of the packet that is being routed. */
  private long routed;
  /** The send queue had no room: the link is closed, or about to be. */
  private boolean overflowed;
  /** A namespace has refused its client before. */
  private boolean refused;
  /** Tokens of its client that were refused. */
  private int refusedTokens;
  private CloseReason ending = CloseReason.TRANSPORT_CLOSE;
  private @Nullable List<Runnable> waiting;

  Connection(Loop loop, Connections connections, Link link, WireFormat format, PacketDecoder decoder, RateLimits limits) {
    this.loop = loop;
    this.connections = connections;
    this.link = link;
    this.format = loop.options().numbersAsStrings() ? format.numbersAsStrings() : format;
    this.decoder = decoder;
    this.use = link.use();
    this.rate = limits.limitsAnything() ? new RateLimit(limits, loop.timers().now(), loop.timers().stallCredit()) : null;
  }

  /** The link is open. */
  void open() {
    connections.add(this);
    if (!retain(link.handshake().bytes())) return;
    connecting = new Due(CloseReason.CONNECT_TIMEOUT, "no namespace joined in " + loop.options().connectTimeout() + " ms");
    schedule(connecting, loop.options().connectTimeout());
  }

  @Override
  public final void onText(String text) {
    if (!admits(text.length())) return;
    try {
      Optional<Packet> packet = decoder.text(text);
      if (logged) logReceived(packet, text);
      take(packet, text.length());
    } catch (ProtocolException violation) {
      if (!isForeign(text)) violated(violation);
    } catch (RuntimeException bug) {
      failed(bug);
    }
  }

  @Override
  public final void onBinary(Buffer data) {
    if (!admits(data.length())) return;
    try {
      if (logged) PacketLog.received(data);
      if (!decoder.awaitingAttachments() && isForeign(data)) return;
      take(decoder.binary(data), data.length());
    } catch (ProtocolException violation) {
      violated(violation);
    } catch (RuntimeException bug) {
      failed(bug);
    }
  }

  @Override
  public final void onClose(CloseReason reason, @Nullable String detail) {
    cancel(connecting);
    cancel(attachments);
    connecting = null;
    finished();
    release(retained);
    if (!connections.remove(this)) return;
    loop.counters().countClosed(reason);
    closed(reason.text());
  }

  /** Runs an action once the link, which is not writable now, is writable again. */
  final void whenWritable(Runnable action) {
    if (waiting == null) waiting = new ArrayList<>(1);
    waiting.add(action);
  }

  @Override
  public final void onDrain() {
    if (waiting == null) return;
    List<Runnable> actions = waiting;
    waiting = null;
    actions.forEach(Runnable::run);
  }

  @Override
  public final void onDiscard(@Nullable String key) {
    if (key == null) overflowed = true;
    else {
      loop.counters().increment(Count.LATEST_REPLACED);
      if (loop.events() != null) replaced(loop.events(), key);
    }
  }

  private void replaced(IoEvents events, String key) {
    // See Broadcast.keyIn.
    String plain = SendQueue.plain(key);
    int comma = plain.indexOf(',');
    Member socket = member(plain.substring(0, comma));
    if (socket != null) events.replaced(socket, plain.substring(comma + 1));
  }

  /** Whether messages are lost because the client reads too slowly. */
  final boolean hasOverflowed() {
    return overflowed;
  }

  /** Its socket in this namespace; null for none. */
  abstract @Nullable Member member(String namespace);

  /** Whether a text that is no packet is of another protocol; it has been answered in that protocol then. */
  boolean isForeign(String text) {
    return false;
  }

  /** The same for a binary message that is no attachment. */
  boolean isForeign(Buffer data) {
    return false;
  }

  /** Handles a packet with its attachments. */
  abstract void route(Packet packet);

  /** The link is closed: its sockets leave. */
  abstract void closed(String reason);

  /** Its socket in this namespace has left. */
  abstract void released(String namespace);

  /**
   * Disconnects its socket in this namespace, on behalf of the server; the client is told.
   *
   * @param close whether the whole connection is closed
   */
  abstract void disconnect(String namespace, boolean close);

  /** The client has joined a namespace: cancels the timeout. */
  final void joined() {
    cancel(connecting);
    connecting = null;
  }

  /** @return whether it is this connection's first refusal; only that is logged, however many namespaces its client tries */
  final boolean countRefused() {
    loop.counters().increment(Count.CONNECTS_REFUSED);
    boolean isFirst = !refused;
    refused = true;
    return isFirst;
  }

  /** Counts a token that was refused; after {@link #MOST_REFUSED_TOKENS} a client only costs the time of the checks. */
  final boolean isRefusedTooOften() {
    return ++refusedTokens >= MOST_REFUSED_TOKENS;
  }

  /** Closes the link for this reason; {@code detail} is for the client, or null. */
  final void close(CloseReason reason, @Nullable String detail) {
    if (link.isOpen()) ending = reason;
    link.close(reason, detail);
  }

  @Override
  final void close(CloseReason reason) {
    close(reason, null);
  }

  @Override
  final long queuedBytes() {
    return link.queuedBytes();
  }

  /** Why this side has closed the link. */
  final CloseReason ending() {
    return ending;
  }

  final void send(Packet packet) {
    send(Broadcast.encode(format, packet, null));
  }

  /** Does nothing for null: the wire format cannot express the packet. */
  final void send(@Nullable Message message) {
    if (message == null) return;
    loop.counters().increment(Count.MESSAGES_OUT);
    if (loop.events() != null) loop.events().messageSent(message.length());
    if (logged) logSent(message);
    link.send(message);
  }

  private void logReceived(Optional<Packet> packet, String text) {
    String namespace = packet.isPresent() ? packet.get().namespace() : namespaceIn(text);
    PacketLog.received(idIn(namespace), namespace, text, secretIn(packet, text));
  }

  /** See {@link PacketLog#received}; a packet that waits for its attachments is not decoded yet. */
  private static @Nullable String secretIn(Optional<Packet> packet, String text) {
    if (packet.isEmpty()) return text.contains(Authenticator.REFRESH) ? PacketLog.TOKEN : null;
    return switch (packet.get().type()) {
      case CONNECT -> PacketLog.JOINS;
      case EVENT, BINARY_EVENT -> Arguments.name(packet.get().arguments()).equals(Authenticator.REFRESH) ? PacketLog.TOKEN : null;
      case DISCONNECT, ACK, CONNECT_ERROR, BINARY_ACK -> null;
    };
  }

  private void logSent(Message message) {
    String namespace = namespaceIn(message.text());
    PacketLog.sent(idIn(namespace), namespace, message);
  }

  private @Nullable String idIn(String namespace) {
    Member socket = member(namespace);
    return socket == null ? null : socket.id();
  }

  /** The namespace of an encoded packet, for the log. */
  abstract String namespaceIn(@Nullable String text);

  private boolean admits(int size) {
    if (!link.isOpen()) return false;
    loop.counters().increment(Count.MESSAGES_IN);
    if (loop.events() != null) loop.events().messageReceived(size);
    return (rate == null || keepsTo(rate, size)) && (use == null || keepsTo(use, size));
  }

  private boolean keepsTo(RateLimit rate, int size) {
    return switch (rate.take(size, loop.timers().now(), loop.timers().stallCredit())) {
      case FINE -> true;
      case WARN -> {
        loop.counters().increment(Count.RATE_WARNINGS);
        loop.limits().warned(Scope.SOCKET, rate.lowest());
        PeerLog.warned(link.handshake().address(), "sends more than half of " + limits());
        tell(Exceeded.forNext(rate.millisToFull(), Scope.SOCKET, rate.lowest(), rate.limit()));
        yield true;
      }
      case EXCEEDED -> {
        // What arrived while this loop was blocked is read faster than it was sent; the next tick credits the time.
        if (loop.timers().isLate()) yield true;
        loop.counters().increment(Count.RATE_LIMITED);
        loop.limits().refused(Scope.SOCKET, rate.lowest());
        close(CloseReason.RATE_LIMIT, "more than " + limits());
        yield false;
      }
    };
  }

  private boolean keepsTo(ClientUse use, int size) {
    return switch (use.take(size, loop.recentStall())) {
      case FINE -> true;
      case WARN -> {
        loop.counters().increment(Count.RATE_WARNINGS);
        PeerLog.warned(link.handshake().address(), "is about to send " + use.last().advice());
        tell(use.last());
        yield true;
      }
      case EXCEEDED -> {
        if (loop.timers().isLate()) yield true;
        loop.counters().increment(Count.RATE_LIMITED);
        close(CloseReason.RATE_LIMIT, use.last().text());
        yield false;
      }
    };
  }

  /** Warns the client, by an event at each of its sockets: see {@link Socket#warn}. */
  abstract void tell(Exceeded limit);

  private String limits() {
    RateLimits limits = rate.limits();
    String events = limits.eventsPerSecond() + " events/s";
    return limits.limitsBytes() ? events + ", " + limits.bytesPerSecond() + " bytes/s" : events;
  }

  /** @param size bytes or characters of the message */
  private void take(Optional<Packet> packet, int size) {
    if (packet.isPresent()) {
      cancel(attachments);
      routed = unfinished + size;
      finished();
      route(packet.get());
    } else if (decoder.awaitingAttachments()) {
      if (!memory().add(size)) {
        close(CloseReason.OUT_OF_MEMORY, "memory for unfinished messages is used up");
        return;
      }
      unfinished += size;
      if (attachments == null) attachments = new Due(CloseReason.PARSE_ERROR, "attachments did not come in time");
      if (!attachments.isScheduled()) schedule(attachments, loop.options().attachmentTimeout());
    }
  }

  private void finished() {
    if (unfinished > 0) memory.add(-unfinished);
    unfinished = 0;
  }

  /**
   * Counts what the client sent and the server keeps: its handshake, the auth of its sockets, packets that came before it was admitted.
   *
   * @return false if the memory is used up: the connection is closed then
   */
  final boolean retain(long bytes) {
    long more = counted(retained + bytes) - counted(retained);
    if (more > 0 && !memory().add(more)) {
      close(CloseReason.OUT_OF_MEMORY, "memory for what clients send is used up");
      return false;
    }
    retained += (int) bytes;
    return true;
  }

  /** Gives back what was retained; nothing once the connection is closed, which gives back all. */
  final void release(long bytes) {
    if (bytes > retained) return;
    long less = counted(retained) - counted(retained - bytes);
    retained -= (int) bytes;
    if (less > 0) memory().add(-less);
  }

  private static long counted(long retained) {
    return Math.max(0, retained - FREE_RETAINED);
  }

  /** Account of what waits because of this client: attachments, acknowledgements, events behind middleware. */
  final MemoryBudget.Account memory() {
    if (memory == null) {
      // In another turn of the loop: the caller may be iterating over all clients.
      Runnable evict = () -> loop.context()
          .runOnContext(turn -> close(CloseReason.OUT_OF_MEMORY,
          "memory for unfinished messages is used up, and this client holds the most"));
      memory = newAccount(evict);
    }
    return memory;
  }

  /** An account for what may outlive the connection, under its client's address. */
  final MemoryBudget.Account newAccount(Runnable evict) {
    return MemoryBudget.of(loop.vertx()).open(loop.options().admission().pendingBytes(), 0, link.handshake().address(), evict);
  }

  /** Bytes of the packet that is being routed: about the heap that it uses. */
  final long routed() {
    return routed;
  }

  /** The only place where a protocol violation closes the link. */
  private void violated(ProtocolException violation) {
    loop.counters().increment(Count.PARSE_ERRORS);
    close(CloseReason.PARSE_ERROR, violation.getMessage());
  }

  /** A fault of the server, since failures of handlers are caught before: only this client is closed. */
  private void failed(RuntimeException bug) {
    log.error("connection failed address={}", LoggedAddress.of(link.handshake().address()), bug);
    close(CloseReason.SERVER_ERROR);
  }

  private void schedule(Due due, long millis) {
    loop.timers().schedule(due, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private void cancel(@Nullable Due due) {
    if (due != null) loop.timers().cancel(due);
  }

  static DecoderLimits limits(Loop loop) {
    return loop.options().decoderLimits();
  }

  /** A timer that closes the link. */
  private final class Due extends TimerHandle {
    private final CloseReason reason;
    private final String detail;

    Due(CloseReason reason, String detail) {
      this.reason = reason;
      this.detail = detail;
    }

    @Override
    protected void due() {
      close(reason, detail);
    }
  }
}
