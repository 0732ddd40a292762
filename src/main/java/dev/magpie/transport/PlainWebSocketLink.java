package dev.magpie.transport;

import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plain WebSocket client: one message is one text frame and a binary frame for each attachment. Answers the text {@code ping}, and in
 * echo mode ({@code ?echo=true}) sends everything back without telling anyone. Owned by its server's context.
 */
public final class PlainWebSocketLink implements Link {
  private static final Logger log = LoggerFactory.getLogger(PlainWebSocketLink.class);

  private static final SharedFrame PONG_TEXT = WebSocketFrames.text("pong");

  /** A deadline that passed while the loop was blocked: what lies unread in the socket gets its chance. */
  private static final long SUSPECT_NANOS = Duration.ofMillis(50).toNanos();

  private final PlainWebSocketServer server;
  private final String id = Ids.random();
  private final Handshake handshake;
  private final String subprotocol;
  private final Heartbeat heartbeat = new Heartbeat();
  private WebSocketChannel channel;
  /** Null in echo mode, and once it has heard of the end. */
  private LinkListener listener;

  private boolean echo;

  PlainWebSocketLink(PlainWebSocketServer server, Handshake handshake, String subprotocol) {
    this.server = server;
    this.handshake = handshake;
    this.subprotocol = subprotocol;
  }

  void opened(WebSocketChannel channel, Function<PlainWebSocketLink, LinkListener> acceptor) {
    this.channel = channel;
    echo = Boolean.parseBoolean(handshake.query("echo"));
    heartbeat.begin();
    try {
      if (!echo) listener = acceptor.apply(this);
    } catch (RuntimeException e) {
      log.error("plain WebSocket not accepted address={}", handshake.address(), e);
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
    channel.send(message.form(PlainWebSocket.FRAMING));
  }

  @Override
  public boolean writable() {
    return channel.writable();
  }

  @Override
  public void close(CloseReason reason, String detail) {
    if (!channel.isOpen()) return;
    if (reason == CloseReason.PING_TIMEOUT) channel.closeNow(reason, detail);
    else channel.close(reason, detail);
    ended(reason, detail);
  }

  /** Closes with a code of the application's own. */
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
  public String transportName() {
    return "websocket";
  }

  /** The subprotocol that was agreed on, or null. */
  public String subprotocol() {
    return subprotocol;
  }

  /** The listener hears of the end when it is decided; the file descriptor is freed a close handshake later. */
  private void ended(CloseReason reason, String detail) {
    server.deadlines().cancel(heartbeat);
    LinkListener last = listener;
    listener = null;
    if (last != null) last.onClose(reason, detail);
  }

  /** What comes from the channel. */
  private final class Input implements WebSocketListener {
    @Override
    public void onText(String text) {
      heartbeat.signOfLife();
      if (text.equals("ping")) channel.send(PONG_TEXT);
      else if (echo) echo(text);
      else if (listener != null) listener.onText(text);
    }

    @Override
    public void onBinary(Buffer data) {
      heartbeat.signOfLife();
      if (echo) echo(data);
      else if (listener != null) listener.onBinary(data);
    }

    @Override
    public void onPong() {
      heartbeat.signOfLife();
    }

    @Override
    public void onDrain() {
      if (echo) channel.resumeReading();
      else if (listener != null) listener.onDrain();
    }

    @Override
    public void onClose(int code, String reason, CloseReason why) {
      ended(why, reason.isEmpty() ? "code " + code : "code " + code + ", " + reason);
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

    /** One who sends but does not read what comes back is slowed down by TCP, not closed. */
    private void pauseWhileItWaits() {
      if (channel.isOpen() && !channel.writable()) channel.pauseReading();
    }
  }

  /** WebSocket pings; whatever comes after one is its answer. */
  private final class Heartbeat extends Deadline {
    private boolean awaited;
    private boolean extended;
    private boolean suspect;

    void begin() {
      long interval = server.options().pingInterval().toNanos();
      // Clients that came together, after a restart, are not pinged together.
      server.deadlines().schedule(this, ThreadLocalRandom.current().nextLong(interval / 2, interval + 1));
    }

    void signOfLife() {
      if (!awaited || !channel.isOpen()) return;
      awaited = false;
      server.deadlines().schedule(this, server.options().pingInterval().toNanos());
    }

    @Override
    protected void due() {
      if (!channel.isOpen()) return;
      if (!awaited) {
        ping();
      } else if (!channel.writable() || channel.isMidMessage() && !extended) {
        // The ping may not have left (the channel itself ends a peer that takes nothing), or its answer waits behind a long upload.
        extended = channel.writable();
        server.deadlines().schedule(this, server.options().pingTimeout().toNanos());
      } else if (!suspect) {
        suspect = true;
        server.deadlines().schedule(this, SUSPECT_NANOS);
      } else {
        close(CloseReason.PING_TIMEOUT, null);
      }
    }

    private void ping() {
      awaited = true;
      extended = false;
      suspect = false;
      channel.ping();
      server.deadlines().schedule(this, server.options().pingTimeout().toNanos());
    }
  }
}
