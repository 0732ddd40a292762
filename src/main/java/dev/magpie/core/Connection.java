package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.protocol.DecoderLimits;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PacketDecoder;
import dev.magpie.protocol.ProtocolException;
import dev.magpie.protocol.WireFormat;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.Message;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.heartbeat.TimerHandle;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of one link: reads its messages as packets and ends it when they are not in its language. Owned by one {@link Io}, used
 * on its context only.
 */
abstract class Connection extends Connections.Element implements LinkListener {
  static final Logger log = LoggerFactory.getLogger(Connection.class);

  // Set once when the link opens.
  final Loop loop;
  private final Connections connections;
  final Link link;
  final WireFormat format;
  private final PacketDecoder decoder;
  /** Null where no limits are set. */
  private final RateLimit rate;

  // Changes as messages come.
  private Due connecting;
  private Due attachments;
  /** Of a packet that waits for its attachments, of acknowledgements and of events that wait for middleware; made with the first one. */
  private MemoryBudget.Account memory;
  /** Bytes of a packet that waits for its attachments. */
  private long unfinished;
  /** Bytes of the packet that is being routed. */
  private long routed;
  private boolean refused;
  private CloseReason ending = CloseReason.TRANSPORT_CLOSE;
  private List<Runnable> waiting;

  Connection(Loop loop, Connections connections, Link link, WireFormat format, PacketDecoder decoder, RateLimits limits) {
    this.loop = loop;
    this.connections = connections;
    this.link = link;
    this.format = format;
    this.decoder = decoder;
    this.rate = limits.limitsAnything() ? new RateLimit(limits, loop.timers().now(), loop.timers().stallCredit()) : null;
  }

  /** The link is open. */
  void open() {
    connections.add(this);
    connecting = new Due(CloseReason.CONNECT_TIMEOUT, "no namespace joined in " + loop.options().connectTimeout() + " ms");
    schedule(connecting, loop.options().connectTimeout());
  }

  @Override
  public final void onText(String text) {
    if (!admits(text.length())) return;
    try {
      take(decoder.text(text), text.length());
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
      if (!decoder.awaitingAttachments() && isForeign(data)) return;
      take(decoder.binary(data), data.length());
    } catch (ProtocolException violation) {
      violated(violation);
    } catch (RuntimeException bug) {
      failed(bug);
    }
  }

  @Override
  public final void onClose(CloseReason reason, String detail) {
    cancel(connecting);
    cancel(attachments);
    connecting = null;
    finished();
    if (!connections.remove(this)) return;
    loop.counters().countClosed(reason);
    closed(reason.text());
  }

  /** Runs an action once the link, which takes no more just now, has written what waits. */
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

  /** Whether a text that is no packet is another language's, and was answered in it. */
  boolean isForeign(String text) {
    return false;
  }

  /** Whether a binary message that no packet waits for is another language's, and was answered in it. */
  boolean isForeign(Buffer data) {
    return false;
  }

  /** A whole packet came. */
  abstract void route(Packet packet);

  /** The link is gone: so are its sockets. */
  abstract void closed(String reason);

  /** Its socket in this namespace has left. */
  abstract void released(String namespace);

  /**
   * Disconnects its socket in this namespace, on behalf of the server; the client is told.
   *
   * @param close whether the whole connection is closed
   */
  abstract void disconnect(String namespace, boolean close);

  /** A client that has joined a namespace has no timer for it any more. */
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

  /** Ends the link for this reason; {@code detail} is what the client may be told, or null. */
  final void close(CloseReason reason, String detail) {
    if (link.isOpen()) ending = reason;
    link.close(reason, detail);
  }

  @Override
  final void close(CloseReason reason) {
    close(reason, null);
  }

  /** Why this side has closed the link. */
  final CloseReason ending() {
    return ending;
  }

  final void send(Packet packet) {
    send(Broadcast.encode(format, packet, null));
  }

  /** Null, for what this wire has no words for, sends nothing. */
  final void send(Message message) {
    if (message == null) return;
    loop.counters().increment(Count.MESSAGES_OUT);
    link.send(message);
  }

  private boolean admits(int size) {
    if (!link.isOpen()) return false;
    loop.counters().increment(Count.MESSAGES_IN);
    if (rate == null) return true;
    return switch (rate.take(size, loop.timers().now(), loop.timers().stallCredit())) {
      case FINE -> true;
      case WARN -> {
        loop.counters().increment(Count.RATE_WARNINGS);
        PeerLog.warned(link.handshake().address(), "sends more than half of " + limits());
        yield true;
      }
      case EXCEEDED -> {
        // What came while this loop was blocked was not sent as fast as it is read now; the next tick counts how long that was.
        if (loop.timers().isLate()) yield true;
        loop.counters().increment(Count.RATE_LIMITED);
        close(CloseReason.RATE_LIMIT, "more than " + limits());
        yield false;
      }
    };
  }

  private String limits() {
    RateLimits limits = rate.limits();
    String events = limits.eventsPerSecond() + " events/s";
    return limits.limitsBytes() ? events + ", " + limits.bytesPerSecond() + " bytes/s" : events;
  }

  /** @param size of the message that came */
  private void take(Optional<Packet> packet, int size) {
    if (packet.isPresent()) {
      cancel(attachments);
      routed = unfinished + size;
      finished();
      route(packet.get());
    } else if (decoder.awaitingAttachments()) {
      if (!memory().add(size)) {
        close(CloseReason.OUT_OF_MEMORY, "unfinished messages hold as much memory as they may");
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

  /** What waits because of this client. */
  final MemoryBudget.Account memory() {
    if (memory == null) {
      // Later: whoever asks for memory may be going through all clients.
      Runnable evict = () -> loop.context()
          .runOnContext(turn -> close(CloseReason.OUT_OF_MEMORY,
          "what it has not finished is the largest, and there is no memory left for others"));
      memory = MemoryBudget.of(loop.vertx()).open(loop.options().admission().pendingBytes(), 0, link.handshake().address(), evict);
    }
    return memory;
  }

  /** Bytes of the packet that is being routed, about what it takes of the heap. */
  final long routed() {
    return routed;
  }

  /** The one place where a client's breach of its protocol ends its link. */
  private void violated(ProtocolException violation) {
    loop.counters().increment(Count.PARSE_ERRORS);
    close(CloseReason.PARSE_ERROR, violation.getMessage());
  }

  /** Handlers' failures do not come so far: this one is ours, and costs this client alone. */
  private void failed(RuntimeException bug) {
    log.error("connection failed address={}", link.handshake().address(), bug);
    close(CloseReason.SERVER_ERROR);
  }

  private void schedule(Due due, long millis) {
    loop.timers().schedule(due, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private void cancel(Due due) {
    if (due != null) loop.timers().cancel(due);
  }

  static DecoderLimits limits(Loop loop) {
    return loop.options().decoderLimits();
  }

  /** A timer that ends the link. */
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
