package dev.magpie.transport.engineio;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Framing;
import dev.magpie.transport.Message;
import dev.magpie.transport.websocket.SharedFrame;
import dev.magpie.transport.websocket.WebSocketChannel;
import dev.magpie.transport.websocket.WebSocketFrames;
import dev.magpie.transport.websocket.WebSocketListener;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** A session's WebSocket: from the handshake on, or first as the candidate of an upgrade. Owned by its session. */
final class WebSocketTransport implements EngineTransport, WebSocketListener {
  private static final byte[] VERSION_3_BINARY = {(byte) EnginePacketType.MESSAGE.ordinal()};
  private static final Framing<SharedFrame> VERSION_4 = framing(Framing.ENGINE_4_WEBSOCKET, null);
  private static final Framing<SharedFrame> VERSION_3 = framing(Framing.ENGINE_3_WEBSOCKET, VERSION_3_BINARY);
  private static final SharedFrame PING = WebSocketFrames.encode("2", "", null, List.of());

  private final EngineSession session;
  private final Framing<SharedFrame> framing;
  /** Whether the client cannot receive binary frames. */
  private final boolean base64;
  private WebSocketChannel channel;
  private boolean probed;

  WebSocketTransport(EngineSession session, boolean base64) {
    this.session = session;
    this.base64 = base64;
    this.framing = session.version() == 4 ? VERSION_4 : VERSION_3;
  }

  private static Framing<SharedFrame> framing(int slot, byte[] binaryPrefix) {
    return new Framing<>() {
      @Override
      public int slot() {
        return slot;
      }

      @Override
      public SharedFrame encode(Message message) {
        return WebSocketFrames.encode("4", message.text(), binaryPrefix, message.attachments());
      }
    };
  }

  void opened(WebSocketChannel opened) {
    channel = opened;
  }

  @Override
  public void send(Message message) {
    boolean asText = base64 && !message.attachments().isEmpty();
    channel.send(asText ? textFrames(message) : message.form(framing), message.key());
  }

  /** Not cached in the message, since such clients are few. */
  private SharedFrame textFrames(Message message) {
    List<String> packets = new ArrayList<>();
    if (message.text() != null) packets.add("4" + message.text());
    for (Buffer attachment : message.attachments()) packets.add(EngineCodec.base64(session.version(), attachment));
    return WebSocketFrames.texts(packets);
  }

  @Override
  public void send(EnginePacket control) {
    channel.sendText(EngineCodec.encode(control));
  }

  @Override
  public void push() {
    channel.flush();
  }

  @Override
  public void ping(Runnable written) {
    channel.ping(PING, written);
  }

  @Override
  public long taken() {
    return channel.taken();
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
  public void onText(String text) {
    if (session.carriedBy(this)) session.receiveText(text);
    else session.receiveProbe(this, text);
  }

  @Override
  public void onBinary(Buffer data) {
    if (session.carriedBy(this)) session.receiveBinary(data);
    else session.abandon(this, CloseReason.PARSE_ERROR, "binary message before the upgrade");
  }

  @Override
  public void onDrain() {
    if (session.carriedBy(this)) session.drained();
  }

  @Override
  public void onDiscard(String key) {
    session.discarded(key);
  }

  @Override
  public void onClose(int code, String reason, CloseReason cause) {
    if (session.carriedBy(this)) session.close(cause, reason);
    else session.abandoned(this, cause, reason);
    session.server().closed(this);
  }

  boolean probed() {
    return probed;
  }

  void setProbed() {
    probed = true;
  }

  @Override
  public void close(CloseReason reason, String detail) {
    if (channel == null) return;
    // A client that missed the pong will not answer a close frame either.
    String why = detail == null ? reason.text() : detail;
    if (reason == CloseReason.PING_TIMEOUT) channel.closeNow(reason, why);
    else channel.close(reason, why);
  }

  @Override
  public boolean receiving() {
    return channel.isMidMessage();
  }

  @Override
  public String name() {
    return "websocket";
  }
}
