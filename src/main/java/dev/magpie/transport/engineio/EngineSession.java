package dev.magpie.transport.engineio;

import dev.magpie.transport.ClientUse;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.LoggedAddress;
import dev.magpie.transport.Message;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.admission.AdmissionToken;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.heartbeat.Heartbeat;
import dev.magpie.transport.heartbeat.TimerHandle;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One client's Engine.IO session, over its present transport. Owned by the {@link EngineServer} that performed the handshake, used on its
 * context only; it is its own {@link Heartbeat}.
 */
final class EngineSession extends Heartbeat implements Link {
  /** How long an ended session stays for a polling client that was not told yet. */
  private static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Per second. A normal client sends one in many seconds; a flood of them costs work without any message. */
  private static final int MAX_CONTROL_PACKETS = 100;

  /** Delay of a POST that closes the session: the client has sent a GET before, on another connection, which may be read later. */
  private static final long CLOSING_POST_MS = 50;

  private enum State {
    OPEN,
    /** Ended, but the client has to be told with its next GET. */
    LEAVING,
    CLOSED
  }

  // Set once at the handshake.
  private final EngineServer server;
  private final String sid;
  private final int version;
  private final Handshake handshake;
  private final AdmissionToken token;
  private LinkListener listener;

  // Changes as the transport upgrades.
  private EngineTransport transport;
  private WebSocketTransport candidate;
  private TimerHandle upgradeTimer;

  /** Processes the delayed POST that closes the session; null where there is none. */
  private Runnable closingPost;

  /** Whether a request from another address was logged. */
  private boolean addressChanged;
  private int controlPackets;
  private long controlSecond;

  private State state = State.OPEN;

  EngineSession(EngineServer server, String sid, int version, Handshake handshake, AdmissionToken token) {
    this.server = server;
    this.sid = sid;
    this.version = version;
    this.handshake = handshake;
    this.token = token;
  }

  /** Sends the open packet, which must be the first, and only then accepts the session in the layer above. */
  void open(EngineTransport first) {
    transport = first;
    String open = EngineCodec.open(sid, !(first instanceof WebSocketTransport), options());
    first.send(EnginePacket.control(EnginePacketType.OPEN, open.substring(1)));
    if (options().initialPacket() != null) first.send(Message.text(options().initialPacket()));
    if (state != State.OPEN) return;
    if (version == 4) beginPinging();
    else beginListening();
    listener = server.accept(this);
  }

  // Outbound.

  @Override
  public void send(Message message) {
    if (state == State.OPEN) transport.send(message);
  }

  @Override
  public void push() {
    if (state == State.OPEN) transport.push();
  }

  @Override
  public boolean writable() {
    return state == State.OPEN && transport.writable();
  }

  @Override
  public long queuedBytes() {
    return state == State.OPEN ? transport.queuedBytes() : 0;
  }

  @Override
  public boolean full() {
    return state != State.OPEN || transport.full();
  }

  /** The transport's send queue is empty again. */
  void drained() {
    if (state == State.OPEN && listener != null) listener.onDrain();
  }

  /** A message is lost: see {@link LinkListener#onDiscard}. */
  void discarded(String key) {
    if (listener != null) listener.onDiscard(key);
  }

  // Inbound.

  void receiveText(String text) {
    if (state != State.OPEN) return;
    // Nearly every packet is a message: it is handed on without a packet object.
    if (!text.isEmpty() && text.charAt(0) == '4') {
      listener.onText(text.substring(1));
      return;
    }
    try {
      receive(EngineCodec.decode(version, text));
    } catch (EngineException wrong) {
      close(CloseReason.PARSE_ERROR, wrong.getMessage());
    }
  }

  void receiveBinary(Buffer data) {
    if (state != State.OPEN) return;
    try {
      receive(EngineCodec.decodeBinary(version, data));
    } catch (EngineException wrong) {
      close(CloseReason.PARSE_ERROR, wrong.getMessage());
    }
  }

  private void receive(EnginePacket packet) {
    if (packet.type() != EnginePacketType.MESSAGE && tooManyControlPackets()) return;
    switch (packet.type()) {
      case MESSAGE -> {
        if (packet.binary() != null) listener.onBinary(packet.binary());
        else listener.onText(packet.text());
      }
      case PONG -> pong();
      case PING -> ping(packet.text());
      case CLOSE -> close(CloseReason.FORCED_CLOSE, "the client closed its session");
      // A noop has no meaning, and a second upgrade packet has no effect.
      case NOOP, UPGRADE -> {}
      case OPEN -> throw new EngineException("clients send no open packet");
    }
  }

  private boolean tooManyControlPackets() {
    long second = TimeUnit.NANOSECONDS.toSeconds(server.timers().now());
    if (second != controlSecond) {
      controlSecond = second;
      controlPackets = 0;
    }
    if (++controlPackets <= MAX_CONTROL_PACKETS) return false;
    close(CloseReason.RATE_LIMIT, "more than " + MAX_CONTROL_PACKETS + " control packets a second");
    return true;
  }

  // Heartbeat. Engine.IO 4: the server pings, the client pongs. Engine.IO 3: the client pings.

  @Override
  protected void due() {
    if (state == State.LEAVING) discard();
    else super.due();
  }

  @Override
  protected TimerWheel wheel() {
    return server.timers();
  }

  @Override
  protected long interval() {
    return millis(options().pingInterval());
  }

  @Override
  protected long timeout() {
    return millis(options().pingTimeout());
  }

  @Override
  protected boolean isStrict() {
    return options().strictPong();
  }

  @Override
  protected boolean isReceiving() {
    return transport.receiving();
  }

  @Override
  protected boolean canPing() {
    return candidate == null || !candidate.probed();
  }

  @Override
  protected void writePing(Runnable written) {
    transport.ping(written);
  }

  @Override
  protected long taken() {
    return transport.taken();
  }

  @Override
  protected void failed(CloseReason reason, String detail) {
    close(reason, detail);
  }

  private void pong() {
    if (version == 3) throw new EngineException("invalid heartbeat direction");
    ponged();
  }

  private void ping(String data) {
    if (version == 4) throw new EngineException("invalid heartbeat direction");
    beginListening();
    transport.send(EnginePacket.control(EnginePacketType.PONG, data));
  }

  // Long-polling.

  void beginPoll(ParkedRequest request) {
    noteAddress(request);
    if (state == State.OPEN && isExpired()) close(CloseReason.PING_TIMEOUT, null);
    switch (state) {
      case OPEN -> {
        if (transport instanceof PollingTransport polling) {
          polling.beginPoll(request);
          takeClosingPost();
        } else request.refuseAlone(EngineError.BAD_REQUEST, server.events());
      }
      case LEAVING -> {
        PollingTransport polling = (PollingTransport) transport;
        if (polling.owesOnlyOne()) forget();
        polling.farewellTo(request);
      }
      case CLOSED -> request.refuse(EngineError.SESSION_ID_UNKNOWN);
    }
  }

  /** The id alone authorizes, since phones change their address within a session. Logged once per session, without the id. */
  private void noteAddress(ParkedRequest request) {
    if (addressChanged || request.address().equals(handshake.address())) return;
    addressChanged = true;
    PeerLog.warned(request.address(), "uses a session that was opened from another address, " + LoggedAddress.of(handshake.address()));
  }

  void abortPoll(ParkedRequest request) {
    if (transport instanceof PollingTransport polling) polling.abortPoll(request);
  }

  void beginPost(ParkedRequest request) {
    noteAddress(request);
    takeClosingPost();
    if (state == State.OPEN && isExpired()) close(CloseReason.PING_TIMEOUT, null);
    if (state != State.OPEN) request.refuse(EngineError.SESSION_ID_UNKNOWN);
    else if (transport instanceof PollingTransport polling) polling.beginPost(request);
    else request.refuseAlone(EngineError.BAD_REQUEST, server.events());
  }

  /** @param packets of the body, or null where it was not a payload */
  void endPost(ParkedRequest request, List<EnginePacket> packets, String wrong) {
    if (!(transport instanceof PollingTransport polling) || !polling.endPost(request)) {
      request.refuse(EngineError.BAD_REQUEST);
      return;
    }
    if (packets != null && polling.lacksPoll() && packets.stream().anyMatch(packet -> packet.type() == EnginePacketType.CLOSE)) {
      closingPost = () -> take(polling, request, packets, null);
      context().setTimer(CLOSING_POST_MS, passed -> takeClosingPost());
    } else {
      take(polling, request, packets, wrong);
    }
  }

  private void takeClosingPost() {
    if (closingPost == null) return;
    Runnable closing = closingPost;
    closingPost = null;
    closing.run();
  }

  private void take(PollingTransport polling, ParkedRequest request, List<EnginePacket> packets, String wrong) {
    try {
      if (packets == null) close(CloseReason.PARSE_ERROR, wrong);
      else for (EnginePacket packet : packets) if (state == State.OPEN) receive(packet);
    } catch (EngineException invalid) {
      close(CloseReason.PARSE_ERROR, invalid.getMessage());
    }
    // If no GET waits, this answer is all that the client gets.
    if (polling.reproach().isEmpty()) request.ok();
    else request.refuse(EngineError.BAD_REQUEST, EngineError.BAD_REQUEST.message() + ": " + polling.reproach());
  }

  /** The body was cut off or too large, or the memory budget refused it. */
  void cutPost(ParkedRequest request, CloseReason reason, String detail) {
    if (transport instanceof PollingTransport polling) polling.endPost(request);
    close(reason, detail);
  }

  // The upgrade: 2probe, 3probe, 5.

  /** @return whether this WebSocket may probe: only one may, and only for a session that polls */
  boolean beginUpgrade(WebSocketTransport next) {
    if (state != State.OPEN || candidate != null || !(transport instanceof PollingTransport)) return false;
    candidate = next;
    upgradeTimer = new TimerHandle() {
      @Override
      protected void due() {
        abandon(next, CloseReason.CONNECT_TIMEOUT, "upgrade not finished in " + options().upgradeTimeout() + " ms");
      }
    };
    server.timers().schedule(upgradeTimer, millis(options().upgradeTimeout()));
    return true;
  }

  void receiveProbe(WebSocketTransport from, String text) {
    if (state != State.OPEN || from != candidate) return;
    if (text.equals("2probe") && !from.probed()) {
      from.setProbed();
      from.send(EnginePacket.control(EnginePacketType.PONG, "probe"));
      ((PollingTransport) transport).pause();
    } else if (text.equals("5") && from.probed()) {
      PollingTransport before = (PollingTransport) transport;
      endUpgrade();
      transport = from;
      before.drainTo(from);
      listener.onUpgrade();
      // Senders that waited for the next poll may go on.
      if (from.writable()) drained();
    } else {
      abandon(from, CloseReason.PARSE_ERROR, "not the sequence of an upgrade: 2probe, then 5");
    }
  }

  /** Closes a WebSocket that did not become this session's transport; the session goes on. */
  void abandon(WebSocketTransport probing, CloseReason reason, String detail) {
    probing.close(reason, detail);
    PeerLog.ended(handshake.address(), probing.name(), reason, detail);
    if (probing == candidate) endProbe();
  }

  /** The probing WebSocket has ended by itself; ignored if it was abandoned before. */
  void abandoned(WebSocketTransport probing, CloseReason reason, String detail) {
    if (probing != candidate) return;
    PeerLog.ended(handshake.address(), probing.name(), reason, detail);
    endProbe();
  }

  private void endProbe() {
    endUpgrade();
    if (state == State.OPEN && transport instanceof PollingTransport polling) polling.resume();
  }

  private void endUpgrade() {
    candidate = null;
    server.timers().cancel(upgradeTimer);
    upgradeTimer = null;
  }

  boolean carriedBy(EngineTransport candidateOrCurrent) {
    return transport == candidateOrCurrent;
  }

  // The end.

  @Override
  public void close(CloseReason reason, String detail) {
    if (state != State.OPEN) return;
    endHeartbeat();
    if (transport instanceof PollingTransport polling && polling.owesFarewell(reason)) {
      state = State.LEAVING;
      server.timers().schedule(this, FAREWELL_NANOS);
    } else {
      forget();
    }
    if (candidate != null) {
      WebSocketTransport probing = candidate;
      endUpgrade();
      probing.close(reason, detail);
    }
    transport.close(reason, detail);
    if (listener != null) listener.onClose(reason, detail);
    server.ended(this, reason, detail);
  }

  /** Ends without telling anyone: its opening failed, or its client has not polled in time after the end. */
  void discard() {
    if (state == State.CLOSED) return;
    if (transport instanceof PollingTransport polling) polling.forget();
    forget();
  }

  private void forget() {
    state = State.CLOSED;
    endHeartbeat();
    server.forget(this);
    token.close();
  }

  @Override
  public boolean isOpen() {
    return state == State.OPEN;
  }

  // Properties.

  @Override
  public Handshake handshake() {
    return handshake;
  }

  @Override
  public ClientUse use() {
    return token.use();
  }

  @Override
  public String transportName() {
    return transport.name();
  }

  @Override
  public String id() {
    return sid;
  }

  String sid() {
    return sid;
  }

  int version() {
    return version;
  }

  EngineServer server() {
    return server;
  }

  ContextInternal context() {
    return server.context();
  }

  EngineOptions options() {
    return server.options();
  }

  MemoryBudget.Account memory(Runnable evict) {
    return server.memory(handshake.address(), evict);
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
