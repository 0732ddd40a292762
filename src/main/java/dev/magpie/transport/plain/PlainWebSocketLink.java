package dev.magpie.transport.plain;

import dev.magpie.protocol.Ids;
import dev.magpie.transport.ClientUse;
import dev.magpie.transport.ClientUse.Verdict;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.Message;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.admission.AdmissionToken;
import dev.magpie.transport.heartbeat.Heartbeat;
import dev.magpie.transport.heartbeat.TimerWheel;
import dev.magpie.transport.http.FaultLog;
import dev.magpie.transport.websocket.SharedFrame;
import dev.magpie.transport.websocket.WebSocketChannel;
import dev.magpie.transport.websocket.WebSocketFrames;
import dev.magpie.transport.websocket.WebSocketListener;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;

/**
 * A plain WebSocket client: one message is one text frame and a binary frame for each attachment. Answers the text {@code ping}; in echo
 * mode ({@code ?echo=true}) it sends back all messages and has no listener. Owned by its server's context.
 */
public final class PlainWebSocketLink implements Link {
  private static final SharedFrame PONG_TEXT = WebSocketFrames.text("pong");
  /** Characters. */
  private static final int LONGEST_PING = 16;
  private static final SharedFrame PING = WebSocketFrames.ping(new byte[0]);

  private final PlainWebSocketServer server;
  private final String id = Ids.random();
  private final Handshake handshake;
  private final String subprotocol;
  private final AdmissionToken token;
  private final Pulse pulse = new Pulse();
  private WebSocketChannel channel;
  /** Null in echo mode, and once it was told of the end. */
  private LinkListener listener;

  private boolean echo;

  PlainWebSocketLink(PlainWebSocketServer server, Handshake handshake, String subprotocol, AdmissionToken token) {
    this.server = server;
    this.token = token;
    this.handshake = handshake;
    this.subprotocol = subprotocol;
  }

  void opened(WebSocketChannel channel, Function<PlainWebSocketLink, LinkListener> acceptor) {
    this.channel = channel;
    echo = Boolean.parseBoolean(handshake.query("echo"));
    pulse.begin();
    try {
      if (!echo) listener = acceptor.apply(this);
    } catch (Throwable e) {
      FaultLog.write("plain WebSocket not accepted", e);
      close(CloseReason.SERVER_ERROR, null);
    }
  }

  WebSocketListener input() {
    return new Input();
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public void send(Message message) {
    channel.send(message.form(PlainWebSocket.FRAMING), message.key());
  }

  @Override
  public boolean writable() {
    return channel.writable();
  }

  @Override
  public long queuedBytes() {
    return channel.queuedBytes();
  }

  @Override
  public void close(CloseReason reason, String detail) {
    if (!channel.isOpen()) return;
    if (reason == CloseReason.PING_TIMEOUT) channel.closeNow(reason, detail);
    else channel.close(reason, detail);
    ended(reason, detail);
  }

  /** Closes with the application's own code. */
  public void close(int code, String reason) {
    if (!channel.isOpen()) return;
    channel.close(code, reason);
    ended(CloseReason.FORCED_SERVER_CLOSE, reason);
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

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
    return "websocket";
  }

  /** The negotiated subprotocol, or null. */
  public String subprotocol() {
    return subprotocol;
  }

  /** Whether a ping is written and its pong is missing. */
  boolean awaitsPong() {
    return pulse.isAwaitingPong();
  }

  /** The listener is told of the end when it is decided; the file descriptor is released after the close handshake. */
  private void ended(CloseReason reason, String detail) {
    if (!pulse.beating) return;
    pulse.end();
    PeerLog.ended(handshake.address(), transportName(), reason, detail);
    LinkListener last = listener;
    listener = null;
    if (last != null) last.onClose(reason, detail);
  }

  /** Input of the channel. */
  private final class Input implements WebSocketListener {
    @Override
    public void onText(String text) {
      boolean ping = isPing(text);
      if ((ping || echo) && !counts(text.length())) return;
      if (ping) channel.send(PONG_TEXT);
      else if (echo) echo(text);
      else if (listener != null) listener.onText(text);
    }

    /** Command-line clients append a line break. */
    private boolean isPing(String text) {
      return text.length() <= LONGEST_PING && text.trim().equals("ping");
    }

    @Override
    public void onBinary(Buffer data) {
      if (!echo) {
        if (listener != null) listener.onBinary(data);
      } else if (counts(data.length())) echo(data);
    }

    /** Counts what the layer above does not get. @return false if a limit is exceeded: the link is closed then */
    private boolean counts(int size) {
      ClientUse use = token.use();
      if (use == null || use.take(size, 0) != Verdict.EXCEEDED || server.timers().isLate()) return true;
      close(CloseReason.RATE_LIMIT, use.last().text());
      return false;
    }

    @Override
    public void onPong() {
      pulse.pong();
    }

    @Override
    public void onDrain() {
      if (echo) channel.resumeReading();
      else if (listener != null) listener.onDrain();
    }

    @Override
    public void onDiscard(String key) {
      if (listener != null) listener.onDiscard(key);
    }

    @Override
    public void onClose(int code, String reason, CloseReason why) {
      ended(why, reason.isEmpty() ? "code " + code : "code " + code + ", " + reason);
      token.close();
      server.gone(PlainWebSocketLink.this);
    }

    private void echo(String text) {
      channel.sendText(text);
      pauseWhileItWaits();
    }

    private void echo(Buffer data) {
      channel.sendBinary(data);
      pauseWhileItWaits();
    }

    /** A client that sends without reading the echo is slowed down by TCP, not closed. */
    private void pauseWhileItWaits() {
      if (channel.isOpen() && !channel.writable()) channel.pauseReading();
    }
  }

  /**
   * WebSocket pings. Only their pongs are signs of life: every client sends them by itself (RFC 6455, section 5.5.2).
   */
  private final class Pulse extends Heartbeat {
    private boolean beating;

    void begin() {
      beating = true;
      wheel().missedPongs().opened();
      beginPinging();
    }

    void end() {
      if (!beating) return;
      beating = false;
      endHeartbeat();
      wheel().missedPongs().closed();
    }

    void pong() {
      ponged();
    }

    boolean isAwaitingPong() {
      return awaitsPong();
    }

    @Override
    protected TimerWheel wheel() {
      return server.timers();
    }

    @Override
    protected boolean isStrict() {
      return server.options().strictPong();
    }

    @Override
    protected boolean isReceiving() {
      return channel.isMidMessage();
    }

    @Override
    protected void writePing(Runnable written) {
      channel.ping(PING, written);
    }

    @Override
    protected long taken() {
      return channel.taken();
    }

    @Override
    protected void failed(CloseReason reason, String detail) {
      close(reason, detail);
    }

    @Override
    protected long interval() {
      return server.options().pingInterval().toNanos();
    }

    @Override
    protected long timeout() {
      return server.options().pingTimeout().toNanos();
    }
  }
}
