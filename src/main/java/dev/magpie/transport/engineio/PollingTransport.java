package dev.magpie.transport.engineio;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Framing;
import dev.magpie.transport.Message;
import dev.magpie.transport.SendQueue;
import dev.magpie.transport.admission.MemoryBudget;
import java.util.ArrayList;
import java.util.List;

/** Long-polling: the send queue for the next GET, and the GET and the POST in progress. Owned by its session. */
final class PollingTransport implements EngineTransport {
  /** The packets of a message in a version 4 payload. */
  private static final Framing<String> PACKETS = new Framing<>() {
    @Override
    public int slot() {
      return ENGINE_4_POLLING;
    }

    @Override
    public String encode(Message message) {
      StringBuilder packets = new StringBuilder();
      EngineCodec.append(packets, EnginePacket.message(message));
      return packets.toString();
    }
  };

  private static final String NO_MEMORY = "messages that wait for its polls exceed the memory budget";

  /** Bytes that may wait for a poll before a sender should pause: where a WebSocket's channel stops being writable, too. */
  private static final int FULL_FROM = 64 << 10;

  /**
   * How long a GET waits for messages while the client upgrades. As in the reference server: a message in this time saves the noop, and a
   * client counts no packet that it would not get from the reference server.
   */
  private static final long NOOP_AFTER_MS = 100;

  private final EngineSession session;
  /** Version 3 only: the client cannot take the binary form of a payload. */
  private final boolean base64;

  private final SendQueue<EnginePacket> queue = new SendQueue<>(EnginePacket::weight, this::mayWait, this::waited);
  /** Counts messages that wait for a poll; null before the first one. */
  private MemoryBudget.Account memory;
  private ParkedRequest poll;
  private ParkedRequest post;
  private boolean flushing;
  /** Why the session has ended, if its client caused that by misuse; empty otherwise. */
  private String reproach = "";
  /** The client waits for the answer to its last GET before it says that it has upgraded: none may stay parked. */
  private boolean pausing;

  PollingTransport(EngineSession session, boolean base64) {
    this.session = session;
    this.base64 = base64;
  }

  @Override
  public void send(Message message) {
    EnginePacket packet = EnginePacket.message(message);
    boolean replaces = queue.has(message.key());
    if (!queue.fits(packet, message.key(), session.options().sendQueueBytes())) {
      session.discarded(null);
      session.close(CloseReason.SLOW_CONSUMER, "more than " + session.options().sendQueueBytes() + " bytes waited for a poll");
    } else if (!enqueue(packet, message.key())) {
      session.discarded(null);
      session.close(CloseReason.OUT_OF_MEMORY, NO_MEMORY);
    } else if (replaces) {
      session.discarded(message.key());
    }
  }

  /** Only messages count: they may be large and shared with other clients; control packets are few. */
  private boolean mayWait(EnginePacket packet) {
    if (packet.message() == null) return true;
    if (memory == null)
      memory = session.memory(() -> session.context().runOnContext(turn -> session.close(CloseReason.OUT_OF_MEMORY, NO_MEMORY)));
    return memory.keep(packet.message(), packet.weight());
  }

  private void waited(EnginePacket packet) {
    if (packet.message() != null) memory.letGo(packet.message());
  }

  @Override
  public void send(EnginePacket control) {
    enqueue(control, null);
  }

  @Override
  public void ping(Runnable written) {
    enqueue(EnginePacket.PING, null);
    // Taken as written: a live client nearly always has a GET parked.
    written.run();
  }

  @Override
  public long taken() {
    return 0;
  }

  private boolean enqueue(EnginePacket packet, String key) {
    if (!queue.add(packet, key)) return false;
    if (poll == null || flushing) return true;
    // At the end of the turn, so that all that one handler emits goes into one payload.
    flushing = true;
    session.context().runOnContext(turn -> {
      flushing = false;
      flush();
    });
    return true;
  }

  @Override
  public boolean writable() {
    return poll != null && queue.isEmpty();
  }

  @Override
  public long queuedBytes() {
    return queue.bytes();
  }

  @Override
  public boolean full() {
    return queue.bytes() >= Math.min(FULL_FROM, session.options().sendQueueBytes() / 2);
  }

  void beginPoll(ParkedRequest request) {
    if (poll != null) {
      // The close answers the first one.
      session.close(CloseReason.PROTOCOL_ERROR, "two GET requests at once");
      request.refuse(EngineError.BAD_REQUEST);
      return;
    }
    poll = request;
    flush();
    if (pausing) answerSoon();
  }

  void abortPoll(ParkedRequest request) {
    if (poll != request) return;
    poll = null;
    session.close(CloseReason.TRANSPORT_ERROR, "GET cancelled");
  }

  void beginPost(ParkedRequest request) {
    if (post != null) {
      // The close answers the first one.
      session.close(CloseReason.PROTOCOL_ERROR, "two POST requests at once");
      request.refuse(EngineError.BAD_REQUEST);
      return;
    }
    post = request;
  }

  /** Whether the client has no GET parked, though it should. */
  boolean lacksPoll() {
    return poll == null && !pausing;
  }

  /** @return whether this is the POST that had begun here; otherwise its body is ignored */
  boolean endPost(ParkedRequest request) {
    if (post != request) return false;
    post = null;
    return true;
  }

  /** From the probe on no GET is parked for long: see {@link #NOOP_AFTER_MS}. */
  void pause() {
    pausing = true;
    answerSoon();
  }

  private void answerSoon() {
    ParkedRequest parked = poll;
    if (parked == null) return;
    session.context().setTimer(NOOP_AFTER_MS, passed -> {
      if (poll == parked && pausing) answer(List.of(EnginePacket.NOOP));
    });
  }

  /** The upgrade has failed. */
  void resume() {
    pausing = false;
    flush();
  }

  /** Hands the send queue over to the transport that replaces this one. */
  void drainTo(EngineTransport next) {
    if (poll != null) answer(List.of(EnginePacket.NOOP));
    for (EnginePacket packet; (packet = queue.poll()) != null; ) {
      if (packet.message() != null) next.send(packet.message());
      else next.send(packet);
    }
  }

  private void flush() {
    if (poll == null || queue.isEmpty()) return;
    List<EnginePacket> packets = new ArrayList<>();
    long bytes = 0;
    do {
      EnginePacket packet = queue.poll();
      bytes += packet.weight();
      packets.add(packet);
    } while (!queue.isEmpty() && bytes + queue.peek().weight() <= session.options().maxPayload());
    answer(packets);
    if (queue.isEmpty()) session.drained();
  }

  private void answer(List<EnginePacket> packets) {
    ParkedRequest waiting = poll;
    poll = null;
    if (session.version() == 4) waiting.answer(payload(packets));
    else if (!base64 && EngineCodec.hasBinary(packets)) waiting.answer(EngineCodec.encodeBinaryPayload3(packets));
    else waiting.answer(EngineCodec.encodePayload3(packets));
  }

  private static String payload(List<EnginePacket> packets) {
    if (packets.size() == 1 && packets.get(0).message() != null) return packets.get(0).message().form(PACKETS);
    StringBuilder payload = new StringBuilder();
    for (EnginePacket packet : packets) {
      if (packet.message() == null) {
        EngineCodec.append(payload, packet);
      } else {
        if (payload.length() > 0) payload.append(EngineCodec.SEPARATOR);
        payload.append(packet.message().form(PACKETS));
      }
    }
    return payload.toString();
  }

  @Override
  public void close(CloseReason reason, String detail) {
    if (post != null) {
      // Its body may never arrive.
      post.refuse(EngineError.BAD_REQUEST);
      post = null;
    }
    // A slow reader does not get its send queue any more.
    if (reason == CloseReason.SLOW_CONSUMER) rest();
    pausing = false;
    if (reason.isBreach()) reproach = detail == null ? reason.text() : detail;
    if (poll == null) {
      if (!owesFarewell(reason)) rest();
      return;
    }
    // A close packet has no data: only the answer to a POST can tell the reason.
    queue.add(reason == CloseReason.FORCED_CLOSE ? EnginePacket.NOOP : EnginePacket.CLOSE, null);
    answer(rest());
  }

  /** Whether the client's next GETs have to be answered, with what was sent to it and with the end of the session. */
  boolean owesFarewell(CloseReason reason) {
    if (poll != null) return false;
    return switch (reason) {
      case FORCED_SERVER_CLOSE, SERVER_SHUTTING_DOWN, RATE_LIMIT, SLOW_CONSUMER, CONNECT_TIMEOUT, SERVER_ERROR -> true;
      case PARSE_ERROR -> !queue.isEmpty();
      default -> false;
    };
  }

  /** Whether the next GET is the last that has to be answered. */
  boolean owesOnlyOne() {
    return reproach.isEmpty() || queue.isEmpty();
  }

  void farewellTo(ParkedRequest request) {
    boolean last = owesOnlyOne();
    poll = request;
    if (!last) {
      flush();
      return;
    }
    if (queue.isEmpty()) queue.add(EnginePacket.NOOP, null);
    queue.add(EnginePacket.CLOSE, null);
    answer(rest());
  }

  /** Why the session has ended, if its client caused that by misuse; empty otherwise. */
  String reproach() {
    return reproach;
  }

  /** Drops the send queue: the client will not poll any more. */
  void forget() {
    rest();
  }

  private List<EnginePacket> rest() {
    List<EnginePacket> packets = new ArrayList<>();
    queue.clear(packets::add);
    return packets;
  }

  @Override
  public boolean receiving() {
    return post != null;
  }

  @Override
  public String name() {
    return "polling";
  }
}
