package dev.magpie.transport.websocket;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.LoggedAddress;
import dev.magpie.transport.admission.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.impl.ShutdownEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's WebSocket connection (RFC 6455) on a channel that {@link WebSocketUpgrade} took over from Vert.x: its state, the close
 * handshake, and the calls to its listener. Reading is done by its {@link ChannelReader}, writing by its {@link ChannelWriter}. Owned by
 * one Vert.x context, on whose event loop the channel lives: every method is called there, and the listener is called there.
 */
public final class WebSocketChannel {
  private static final Logger log = LoggerFactory.getLogger(WebSocketChannel.class);

  /** Default of the longest coalescing window, in milliseconds: see {@link #coalesceFanOut}. */
  public static final long DEFAULT_WINDOW_MS = 5;

  private static final int NO_CODE = 1005;
  private static final int ABNORMAL = 1006;

  private enum State {
    OPEN,
    /** Our close frame is on its way; the peer's is awaited. */
    CLOSING,
    /** Input is discarded; our close frame is on its way, the end of the connection is awaited. */
    FAILED,
    /** Both close frames are written or on their way. */
    ENDING,
    CLOSED
  }

  // Set once.
  private final ContextInternal owner;
  private final WebSocketListener listener;
  private final WebSocketLimits limits;
  private final String address;
  private final ChannelHandlerContext ctx;
  private final Channel channel;
  private final ChannelWriter writer;
  private final ChannelReader reader;

  private State state = State.OPEN;
  /** What this connection holds of the memory that all share; null until something has to be held. */
  private MemoryBudget.Account memory;
  private CloseReason why = CloseReason.TRANSPORT_CLOSE;
  private int code = ABNORMAL;
  private String reason = "";
  private Future<?> closeTimer;

  private WebSocketChannel(ChannelHandlerContext ctx, ContextInternal owner, WebSocketListener listener, WebSocketLimits limits,
      String address, ConnectionMetric metric) {
    this.ctx = ctx;
    this.channel = ctx.channel();
    this.owner = owner;
    this.listener = listener;
    this.limits = limits;
    this.address = address;
    LoopTurn turn = LoopTurn.current();
    this.writer = new ChannelWriter(this, ctx, limits, metric, turn);
    this.reader = new ChannelReader(this, writer, channel, limits, metric, turn.scratch);
  }

  /**
   * Adds a handler at the end of the pipeline; on the owner's event loop, which is the channel's by now.
   *
   * @param address of the client
   * @param metric null where the server keeps no metrics
   */
  static WebSocketChannel install(
      Channel channel, ContextInternal owner, WebSocketListener listener, WebSocketLimits limits, String address, ConnectionMetric metric) {
    Handler handler = new Handler();
    ChannelHandlerContext ctx = channel.pipeline().addLast("webSocket", handler).context(handler);
    handler.webSocket = new WebSocketChannel(ctx, owner, listener, limits, address, metric);
    return handler.webSocket;
  }

  /**
   * The longest coalescing window of this event loop: after a fan-out, further ones are coalesced for as long as the writing took, but no
   * longer than this. Default {@link #DEFAULT_WINDOW_MS}; the last value set counts for all channels of the loop.
   *
   * @param longest zero for none: all is written at the end of its turn
   */
  public static void coalesceFanOut(Duration longest) {
    LoopTurn.current().setLongestWindow(longest.toNanos());
  }

  /**
   * Measures a delivery delay: calls back once, when all that the current turn of this loop has sent to WebSockets is written. Not called
   * where the turn has sent nothing.
   *
   * @param since {@link System#nanoTime} of the beginning
   * @param nanos receives the nanoseconds since then
   */
  public static void whenWritten(long since, LongConsumer nanos) {
    LoopTurn.current().whenWritten(since, nanos);
  }

  /** Counts the answer to the upgrade request, which went through Netty before this channel was installed. */
  void answered(int bytes) {
    writer.answered(bytes);
  }

  /** Takes input that arrived before the handler was installed. */
  void replay(ByteBuf early) {
    reader.receive(early);
  }

  // Sending.

  /** Sends bytes that are frames already. Does nothing once the channel is closing. */
  public void send(SharedFrame frame) {
    send(frame, null);
  }

  /** @param key a later frame of this key replaces this one while it is in the send queue; null for a frame that nothing replaces */
  public void send(SharedFrame frame, String key) {
    if (state == State.OPEN) writer.send(frame, key);
  }

  public void sendText(String text) {
    if (state == State.OPEN) writer.sendText(text);
  }

  public void sendBinary(Buffer data) {
    if (state == State.OPEN) writer.sendBinary(data);
  }

  /**
   * Sends a ping, past the send queue: a full queue must not look like a dead peer.
   *
   * @param onWritten called on the owner's context when the operating system has taken it
   */
  public void ping(SharedFrame ping, Runnable onWritten) {
    if (state == State.OPEN) writer.ping(ping, onWritten);
  }

  /** Writes what was sent so far now, not at the end of this turn. */
  public void flush() {
    writer.flush();
  }

  /** Whether a message sent now would go to the wire at once. */
  public boolean writable() {
    return state == State.OPEN && !writer.isBlocked();
  }

  /** Bytes that wait behind the message that is being written. */
  long waitingBytes() {
    return writer.waitingBytes();
  }

  /** Bytes that were sent and that the operating system has not taken for the peer; 0 once the channel is closing. */
  public long queuedBytes() {
    return state == State.OPEN ? writer.queuedBytes() : 0;
  }

  /** Bytes that the operating system has taken for the peer. */
  public long taken() {
    return writer.taken();
  }

  // Reading.

  /**
   * Hands on no message until {@link #resumeReading}, not even those that have arrived; TCP then slows the peer down. Does nothing
   * once the channel is closing: the peer's close frame has to be read.
   */
  public void pauseReading() {
    if (state == State.OPEN) reader.pause();
  }

  public void resumeReading() {
    reader.resume();
  }

  /** Whether part of a message has arrived: a slow upload is a sign of life. */
  public boolean isMidMessage() {
    return reader.isMidMessage();
  }

  // State.

  public ContextInternal owner() {
    return owner;
  }

  public boolean isOpen() {
    return state == State.OPEN;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Whether the peer's frames are still decoded: until its close frame has been read, or the channel has failed. */
  boolean expectsFrames() {
    return state == State.OPEN || state == State.CLOSING;
  }

  String address() {
    return address;
  }

  private EventLoop eventLoop() {
    return channel.eventLoop();
  }

  /** The account of input that the reader has not handed on and of output that the writer has not written. */
  MemoryBudget.Account memory() {
    if (memory == null) {
      // While a message grows there is the old array beside the new one.
      memory = MemoryBudget.of(owner.owner()).open(limits.pendingBytes(), 2L * limits.maxMessageBytes(), address, this::evict);
    }
    return memory;
  }

  /** Ends a connection that holds too much memory. Output in Netty that the peer does not take is released only with the connection. */
  void evict() {
    if (state == State.CLOSED) return;
    fail(CloseReason.OUT_OF_MEMORY, "its unfinished input and unsent output exceed the memory budget");
    if (!writer.nettyIsEmpty()) ctx.close();
  }

  // Closing.

  /** Closes with the application's own code, after what was sent before. */
  public void close(int code, String reason) {
    close(code, reason, CloseReason.FORCED_SERVER_CLOSE);
  }

  /** Closes with the code of this reason, after what was sent before. */
  public void close(CloseReason why, String detail) {
    close(why.code(), detail, why);
  }

  public void close(int code, String reason, CloseReason why) {
    if (state != State.OPEN) return;
    beginClosing(State.CLOSING, code, reason, why);
    writer.sendClose(WebSocketFrames.close(code, reason));
  }

  /**
   * Closes without waiting for the peer, or for what was sent before: the close frame is written if the peer takes it at once, then the
   * file descriptor is released. For peers that are presumed dead.
   */
  public void closeNow(CloseReason why, String detail) {
    if (state == State.CLOSED) return;
    if (writer.isBlocked()) {
      abort(why);
      return;
    }
    if (state == State.OPEN) {
      beginClosing(State.ENDING, why.code(), detail, why);
      writer.sendClose(WebSocketFrames.close(why.code(), detail));
    }
    if (channel.isActive()) writer.flushNow();
    ctx.close();
  }

  /** Ends the connection without a close frame. */
  void abort(CloseReason why) {
    if (state == State.CLOSED) return;
    if (state == State.OPEN) beginClosing(State.ENDING, ABNORMAL, "", why);
    writer.dropWaiting();
    ctx.close();
  }

  /** The peer's close frame has arrived. */
  void onCloseFrame(byte[] payload) {
    int peerCode = payload.length == 0 ? NO_CODE : payload.length == 1 ? -1 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
    if (payload.length > 0 && !isValidCloseCode(peerCode)) {
      fail(CloseReason.PROTOCOL_ERROR, "a close frame has no valid code");
      return;
    }
    if (payload.length > 2 && Utf8.check(Utf8.EDGE, payload, 2, payload.length) != Utf8.EDGE) {
      fail(CloseReason.INVALID_TEXT, "a close frame's reason is not UTF-8");
      return;
    }
    boolean peerFirst = state == State.OPEN;
    if (peerFirst) {
      String text = payload.length > 2 ? new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8) : "";
      beginClosing(State.ENDING, peerCode, text, CloseReason.TRANSPORT_CLOSE);
    }
    state = State.ENDING;
    // Data in the send queue is not needed by a peer that has closed; a close frame of ours may wait behind it.
    boolean closeFrameWaited = writer.dropWaiting();
    // Nothing follows a close frame (RFC 6455, section 5.5.1): a message that it interrupts is never finished.
    reader.drop();
    ByteBuf last = peerFirst || closeFrameWaited ? WebSocketFrames.close(peerFirst ? peerCode : code, "").view() : Unpooled.EMPTY_BUFFER;
    // RFC 6455, section 7.1.1: the server ends the TCP connection, as soon as its close frame has left.
    writer.writeLast(last).addListener(written -> ctx.close());
  }

  private static boolean isValidCloseCode(int code) {
    if (code >= 3000) return code <= 4999;
    return code >= 1000 && code <= 1014 && code != 1004 && code != NO_CODE && code != ABNORMAL;
  }

  /**
   * Fails the connection: drops the send queue, writes a close frame and discards further input. The TCP connection stays until the peer
   * ends it, at most for the close timeout: with unread input the operating system would reset it, and the close frame would be lost.
   */
  void fail(CloseReason why, String what) {
    if (!expectsFrames()) return;
    boolean first = state == State.OPEN;
    if (first) beginClosing(State.FAILED, why.code(), what, why);
    state = State.FAILED;
    boolean closeFrameWaited = writer.dropWaiting();
    reader.drop();
    ByteBuf last = first || closeFrameWaited ? WebSocketFrames.close(code, reason).view() : Unpooled.EMPTY_BUFFER;
    writer.writeLast(last).addListener(written -> shutdownOutput());
  }

  /** Closes the sending side of TCP; not below TLS, which has its own end of the stream. */
  private void shutdownOutput() {
    if (channel.isActive() && channel instanceof DuplexChannel duplex && channel.pipeline().get(SslHandler.class) == null) {
      duplex.shutdownOutput();
    }
  }

  private void beginClosing(State next, int code, String reason, CloseReason why) {
    this.state = next;
    this.code = code;
    this.reason = reason == null ? "" : reason;
    this.why = why;
    reader.awaitCloseFrame();
    closeTimer = eventLoop().schedule(this::closeTimedOut, limits.closeTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  private void closeTimedOut() {
    if (state == State.CLOSED) return;
    writer.dropWaiting();
    ctx.close();
  }

  /** Vert.x will close its server: whoever owns the connections closes them in waves, and only those that remain are closed by this. */
  private void shutDownWithin(long nanos) {
    if (nanos <= 0) owner.emit(now -> shutDown());
    else eventLoop().schedule(this::shutDown, nanos / 4 * 3, TimeUnit.NANOSECONDS);
  }

  private void shutDown() {
    close(CloseReason.SERVER_SHUTTING_DOWN, null);
  }

  private void closed() {
    if (state == State.CLOSED) return;
    state = State.CLOSED;
    if (closeTimer != null) closeTimer.cancel(false);
    writer.closed();
    reader.drop();
    if (memory != null) memory.hold(0);
    owner.dispatch(() -> listener.onClose(code, reason, why));
  }

  // Calls to the listener: dispatched on the owner's context; for messages without a closure for each.

  void onText(String text) {
    ContextInternal previous = owner.beginDispatch();
    try {
      listener.onText(text);
    } catch (Throwable t) {
      owner.reportException(t);
    } finally {
      owner.endDispatch(previous);
    }
  }

  void onBinary(Buffer data) {
    ContextInternal previous = owner.beginDispatch();
    try {
      listener.onBinary(data);
    } catch (Throwable t) {
      owner.reportException(t);
    } finally {
      owner.endDispatch(previous);
    }
  }

  void onPong() {
    owner.dispatch(listener::onPong);
  }

  void onPingWritten(Runnable onWritten) {
    if (state == State.OPEN) owner.dispatch(onWritten);
  }

  void onDrain() {
    if (state == State.OPEN) owner.dispatch(listener::onDrain);
  }

  /** In the sender's turn. */
  void onDiscard(String key) {
    listener.onDiscard(key);
  }

  /** The last handler of the pipeline; private to the channel, so that Netty's callbacks are no part of its interface. */
  private static final class Handler extends ChannelDuplexHandler {
    /** Set by {@link #install}, before anything can be read. */
    private WebSocketChannel webSocket;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof ByteBuf in) webSocket.reader.receive(in);
      else ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {}

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (context.channel().isWritable()) webSocket.writer.drain();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ShutdownEvent shutdown) webSocket.shutDownWithin(shutdown.timeout().toNanos());
      ReferenceCountUtil.release(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      log.debug("WebSocket connection failed address={}", LoggedAddress.of(webSocket.address), cause);
      if (webSocket.state == State.OPEN) webSocket.why = CloseReason.TRANSPORT_ERROR;
      context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      webSocket.closed();
    }

    /** Not ours (we close past this handler): Vert.x closes the channels of a server that stops. */
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
      webSocket.shutDown();
      context.channel().closeFuture().addListener(closed -> promise.trySuccess());
    }
  }
}
