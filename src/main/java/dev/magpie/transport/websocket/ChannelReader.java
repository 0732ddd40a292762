package dev.magpie.transport.websocket;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.LoggedAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The read side of a {@link WebSocketChannel}: decodes the peer's frames, keeps input that arrives while reading is paused, limits control
 * frames, and discards what arrives after the end. Used on the channel's event loop only.
 */
final class ChannelReader implements FrameDecoder.Receiver {
  private static final Logger log = LoggerFactory.getLogger(ChannelReader.class);

  /** Bytes read and discarded after the end, so that a peer in the middle of a message still reads the close frame. */
  private static final long MAX_DISCARDED_BYTES = 1 << 20;

  // Set once.
  private final WebSocketChannel webSocket;
  private final ChannelWriter writer;
  private final Channel channel;
  private final WebSocketLimits limits;
  /** Null where the server keeps no metrics. */
  private final ConnectionMetric metric;
  private final FrameDecoder decoder;

  private boolean paused;
  private boolean decoding;
  /** Input that is not decoded yet; null for none. */
  private ByteBuf unread;
  /** Bytes of {@link #unread} that the memory budget counts. */
  private long unreadBytes;
  private long discarded;
  /** Bytes of an unfinished message that the memory budget counts. */
  private long unfinished;
  private int controlFrames;
  /** The second in which {@link #controlFrames} arrived, by {@link System#nanoTime}. */
  private long controlSecond;

  /** @param scratch shared by all channels of the event loop */
  ChannelReader(WebSocketChannel webSocket, ChannelWriter writer, Channel channel, WebSocketLimits limits, ConnectionMetric metric,
      byte[] scratch) {
    this.webSocket = webSocket;
    this.writer = writer;
    this.channel = channel;
    this.limits = limits;
    this.metric = metric;
    this.decoder = new FrameDecoder(this, limits, scratch);
  }

  void pause() {
    paused = true;
    channel.config().setAutoRead(false);
  }

  void resume() {
    if (!paused) return;
    paused = false;
    channel.config().setAutoRead(true);
    // In a task: a message handed on at once would re-enter the caller.
    decodeLater();
  }

  /** Reads on although it may be paused: the peer's close frame has to be read. */
  void awaitCloseFrame() {
    paused = false;
    if (!channel.config().isAutoRead()) channel.config().setAutoRead(true);
    decodeLater();
  }

  boolean isMidMessage() {
    return decoder.isMidMessage() || unread != null;
  }

  /** Takes input over from the channel. */
  void receive(ByteBuf in) {
    if (metric != null) metric.read(in.readableBytes());
    if (!webSocket.expectsFrames()) {
      discarded += in.readableBytes();
      in.release();
      // A peer that sends more is not read any more until the close timeout.
      if (discarded > MAX_DISCARDED_BYTES) channel.config().setAutoRead(false);
    } else if (unread != null || decoding) {
      unread = unread == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), unread, in);
      countUnread();
    } else {
      unread = in;
      decode();
    }
  }

  /** Drops input that is not handed on. */
  void drop() {
    if (unread != null) unread.release();
    unread = null;
    countUnread();
    decoder.release();
  }

  private void decodeLater() {
    if (unread != null && !decoding) channel.eventLoop().execute(this::decode);
  }

  private void decode() {
    if (unread == null || decoding) return;
    ByteBuf in = unread;
    unread = null;
    decoding = true;
    try {
      decoder.decode(in);
    } finally {
      decoding = false;
      keep(in);
    }
  }

  /** Input that was not decoded is kept for {@link #resume}, unless frames are not expected any more. */
  private void keep(ByteBuf in) {
    if (!in.isReadable() || !webSocket.expectsFrames()) {
      in.release();
    } else {
      unread = unread == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), in, unread);
    }
    countUnread();
    if (!paused) decodeLater();
  }

  private void countUnread() {
    long now = unread == null ? 0 : unread.readableBytes();
    if (now == unreadBytes) return;
    if (webSocket.memory().add(now - unreadBytes)) unreadBytes = now;
    else webSocket.evict();
  }

  // Called by the decoder.

  @Override
  public boolean wantsFrames() {
    return webSocket.isOpen() ? !paused : webSocket.expectsFrames();
  }

  @Override
  public boolean mayHold(long bytes) {
    if (bytes == unfinished) return true;
    if (!webSocket.memory().add(bytes - unfinished)) return false;
    unfinished = bytes;
    return true;
  }

  @Override
  public void text(String text) {
    if (webSocket.isOpen()) webSocket.onText(text);
  }

  @Override
  public void binary(byte[] bytes, int length) {
    if (webSocket.isOpen()) webSocket.onBinary(BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, 0, length)));
  }

  @Override
  public void ping(byte[] payload) {
    if (webSocket.isOpen() && !tooManyControlFrames()) writer.pong(payload);
  }

  @Override
  public void pong() {
    if (webSocket.isOpen() && !tooManyControlFrames()) webSocket.onPong();
  }

  @Override
  public void closeFrame(byte[] payload) {
    webSocket.onCloseFrame(payload);
  }

  @Override
  public void violation(CloseReason why, String what) {
    if (log.isDebugEnabled()) log.debug("WebSocket closed because {} address={}", what, LoggedAddress.of(webSocket.address()));
    webSocket.fail(why, what);
  }

  private boolean tooManyControlFrames() {
    long second = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    if (second != controlSecond) {
      controlSecond = second;
      controlFrames = 0;
    }
    if (++controlFrames <= limits.maxControlFrames()) return false;
    webSocket.fail(CloseReason.RATE_LIMIT, "more than " + limits.maxControlFrames() + " control frames a second");
    return true;
  }
}
