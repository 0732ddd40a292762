package dev.magpie.transport.websocket;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.SendQueue;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.heartbeat.Heartbeat;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.VoidChannelPromise;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.Socket;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.traffic.AbstractTrafficShapingHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.impl.ShutdownEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's WebSocket connection (RFC 6455) on a channel that {@link WebSocketUpgrade} took over from Vert.x. Owned by one Vert.x
 * context, on whose event loop the channel lives: every method is called there, and every word to the listener is said there.
 *
 * <p>Sending: what one turn of the loop sends leaves in one write when the turn ends (or, in a fan-out, when the loop's coalescing window
 * ends, milliseconds later), from the loop's stage straight to the operating system where that is possible, else through Netty. Netty holds
 * the message that is being written and what fits below its high water mark; what must wait behind that waits here, as references to shared
 * frames, and is what {@link WebSocketLimits#sendQueueBytes} bounds. Pings, pongs and failures go past it.
 */
public final class WebSocketChannel {
  private static final Logger log = LoggerFactory.getLogger(WebSocketChannel.class);

  /** Of what comes after the end, so that a peer in the middle of a message still finds the close frame. */
  private static final long MOST_DISCARDED = 1 << 20;

  private static final int NO_CODE = 1005;
  private static final int ABNORMAL = 1006;

  private enum State {
    OPEN,
    /** Our close frame is on its way; the peer's is awaited. */
    CLOSING,
    /** The peer's bytes mean nothing any more; our close frame is on its way, the end of the connection is awaited. */
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
  private final ConnectionMetric metric;
  private final LoopTurn turn;
  private final Channel channel;
  /** Null where bytes must go through Netty: another transport than epoll, TLS, traffic shaping. */
  private final Socket socket;
  private final ChannelPromise noPromise;
  private final FrameDecoder decoder;
  private ChannelHandlerContext ctx;

  private State state = State.OPEN;
  /** Of what is not read to its end, and of what waits to be written; made when the first thing has to wait. */
  private MemoryBudget.Account memory;
  private CloseReason why = CloseReason.TRANSPORT_CLOSE;
  private int code = ABNORMAL;
  private String reason = "";
  private Future<?> closeTimer;

  // Reading.
  private boolean paused;
  private boolean decoding;
  private ByteBuf unread;
  private long unreadBytes;
  private long discarded;
  /** Of a message that is not finished. */
  private long unfinished;
  private int controlFrames;
  private long controlSecond;

  // Writing. The queue holds SharedFrames and ByteBufs; it is made when something has to wait.
  private FrameRun gathered;
  /** Called when what is gathered is written; a ping is part of it. */
  private Runnable pingWritten;
  private boolean flushing;
  private boolean coalescing;
  /** Netty may hold bytes that have to leave before any others. */
  private boolean throughNetty;
  /** Bytes that Netty holds since the operating system did not take them; each channel has its own copy there. */
  private long untaken;
  private boolean awaitsUntaken;
  private boolean blocked;
  private boolean draining;
  private SendQueue<Object> waiting;
  private byte[] waitingPong;
  private long handedOver;
  private long reportAt;
  private long takenAtCheck;
  private Future<?> blockedTimer;
  private long blockedTimerAt;

  private WebSocketChannel(
      Channel channel, ContextInternal owner, WebSocketListener listener, WebSocketLimits limits, String address, ConnectionMetric metric) {
    this.channel = channel;
    this.socket = socket(channel);
    this.owner = owner;
    this.listener = listener;
    this.limits = limits;
    this.address = address;
    this.metric = metric;
    this.reportAt = metric == null ? Long.MAX_VALUE : ConnectionMetric.REPORTED_BYTES;
    this.turn = LoopTurn.current();
    // A failed write needs no exception of its own: it closes the channel, which is reported once.
    this.noPromise = new VoidChannelPromise(channel, false);
    this.decoder = new FrameDecoder(new Frames(), limits, turn.scratch);
  }

  /**
   * Adds a handler at the end of the pipeline; on the owner's event loop, which is the channel's by now.
   *
   * @param address of the client
   */
  static WebSocketChannel install(
      Channel channel, ContextInternal owner, WebSocketListener listener, WebSocketLimits limits, String address, ConnectionMetric metric) {
    WebSocketChannel webSocket = new WebSocketChannel(channel, owner, listener, limits, address, metric);
    channel.pipeline().addLast("webSocket", webSocket.new Handler());
    return webSocket;
  }

  private static Socket socket(Channel channel) {
    boolean changed = channel.pipeline().get(SslHandler.class) != null
        || channel.pipeline().get(AbstractTrafficShapingHandler.class) != null;
    return !changed && channel instanceof EpollSocketChannel epoll && epoll.fd() instanceof Socket socket ? socket : null;
  }

  /**
   * The longest coalescing window of this event loop: after a fan-out, further ones are coalesced for as long as the writing took, but no
   * longer than this. Default 5 ms; the last value set counts for all channels of the loop.
   *
   * @param longest zero for none: all is written at the end of its turn
   */
  public static void coalesceFanOut(Duration longest) {
    LoopTurn.current().setLongestWindow(longest.toNanos());
  }

  /**
   * Tells once how long it took, in nanoseconds, from this moment until what the current turn of this loop has sent to WebSockets is
   * written; nothing where it has sent nothing.
   */
  public static void whenWritten(long since, LongConsumer nanos) {
    LoopTurn.current().whenWritten(since, nanos);
  }

  /** The answer to the upgrade request, of so many bytes, went through Netty before this was there. */
  void answered(int bytes) {
    count(bytes);
    throughNetty = true;
  }

  /** What had arrived before the handler was there. */
  void replay(ByteBuf early) {
    receive(early);
  }

  // Sending.

  /** Sends bytes that are frames already. Does nothing once the channel is closing. */
  public void send(SharedFrame frame) {
    send(frame, null);
  }

  /** @param key while the frame waits for a slow reader, a later one of this key takes its place; null for one that nothing replaces */
  public void send(SharedFrame frame, String key) {
    if (state != State.OPEN) return;
    if (blocked) enqueue(frame, key);
    else if (frame.length() > LoopTurn.STAGE_BYTES) write(frame.view());
    else gather(frame, key);
  }

  public void sendText(String text) {
    if (state != State.OPEN) return;
    int length = ByteBufUtil.utf8Bytes(text);
    ByteBuf frame = channel.alloc().directBuffer(WebSocketFrames.headerLength(length) + length);
    WebSocketFrames.writeHeader(frame, WebSocketFrames.TEXT, length);
    ByteBufUtil.reserveAndWriteUtf8(frame, text, length);
    sendOwned(frame);
  }

  public void sendBinary(Buffer data) {
    if (state != State.OPEN) return;
    ByteBuf frame = channel.alloc().directBuffer(WebSocketFrames.headerLength(data.length()) + data.length());
    WebSocketFrames.writeHeader(frame, WebSocketFrames.BINARY, data.length());
    WebSocketFrames.writeBuffer(frame, data);
    sendOwned(frame);
  }

  /**
   * Sends a ping, past what waits: a full queue must not look like a dead peer.
   *
   * @param onWritten called on the owner's context when the operating system has taken it
   */
  public void ping(SharedFrame ping, Runnable onWritten) {
    if (state != State.OPEN) return;
    if (gathered != null && gathered.length() + ping.length() > LoopTurn.STAGE_BYTES) flushNow();
    if (blocked) {
      write(ping.view(), reports(onWritten));
      return;
    }
    // Many leave in one turn of the loop: the short way of messages is theirs as well.
    gather(ping, null);
    pingWritten = onWritten;
  }

  private ChannelPromise reports(Runnable onWritten) {
    ChannelPromise written = channel.newPromise();
    written.addListener(done -> {
      if (done.isSuccess()) pingWritten(onWritten);
    });
    return written;
  }

  private void pingWritten(Runnable onWritten) {
    if (state == State.OPEN) owner.dispatch(onWritten);
  }

  /** Whether a message sent now would go to the wire at once. */
  public boolean writable() {
    return state == State.OPEN && !blocked;
  }

  /** Bytes that wait behind the message that is being written. */
  long waitingBytes() {
    return waiting == null ? 0 : waiting.bytes();
  }

  // Reading.

  /** Hands no further messages on until {@link #resumeReading}, not even those that have arrived; TCP then slows the peer down. */
  public void pauseReading() {
    paused = true;
    channel.config().setAutoRead(false);
  }

  public void resumeReading() {
    if (!paused) return;
    paused = false;
    channel.config().setAutoRead(true);
    // Not at once: the caller may be in the middle of something, and a message would reach it there.
    if (unread != null && !decoding) eventLoop().execute(this::readOn);
  }

  /** Whether part of a message has arrived: a slow upload is a sign of life. */
  public boolean isMidMessage() {
    return decoder.isMidMessage() || unread != null;
  }

  // Closing.

  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** Closes with a code of the application's own, behind what was sent before. */
  public void close(int code, String reason) {
    close(code, reason, CloseReason.FORCED_SERVER_CLOSE);
  }

  /** Closes with the code of this reason, behind what was sent before. */
  public void close(CloseReason why, String detail) {
    close(why.code(), detail, why);
  }

  public void close(int code, String reason, CloseReason why) {
    if (state != State.OPEN) return;
    ending(State.CLOSING, code, reason, why);
    SharedFrame frame = WebSocketFrames.close(code, reason);
    if (blocked) enqueueLast(frame);
    else write(frame.view());
  }

  /**
   * Closes without waiting for the peer, or for what was sent before: the close frame is written if the peer takes it at once, then the
   * file descriptor is freed. For peers that are thought dead.
   */
  public void closeNow(CloseReason why, String detail) {
    if (state == State.CLOSED) return;
    if (state == State.OPEN) {
      ending(State.ENDING, why.code(), detail, why);
      dropWaiting();
      if (!blocked) write(WebSocketFrames.close(why.code(), detail).view());
    }
    if (channel.isActive()) flushNow();
    ctx.close();
  }

  /** Ends the connection without a close frame. */
  void abort(CloseReason why) {
    if (state == State.CLOSED) return;
    if (state == State.OPEN) ending(State.ENDING, ABNORMAL, "", why);
    dropWaiting();
    ctx.close();
  }

  public ContextInternal owner() {
    return owner;
  }

  EventLoop eventLoop() {
    return channel.eventLoop();
  }

  // The write side.

  private void sendOwned(ByteBuf frame) {
    if (blocked) enqueue(frame, null);
    else write(frame);
  }

  /** Adds a frame to what leaves when this turn of the loop ends. */
  private void gather(SharedFrame frame, String key) {
    assert eventLoop().inEventLoop();
    if (gathered == null) {
      gathered = turn.begin(frame);
    } else if (gathered.length() + frame.length() <= LoopTurn.STAGE_BYTES) {
      gathered = gathered.then(frame);
    } else {
      flushNow();
      send(frame, key);
      return;
    }
    flushSoon();
  }

  /** Hands bytes to Netty; they leave when this turn of the loop ends, or at once when they are many. */
  private void write(ByteBuf bytes) {
    write(bytes, noPromise);
  }

  private void write(ByteBuf bytes, ChannelPromise promise) {
    assert eventLoop().inEventLoop();
    writeGathered();
    handOver(bytes, promise);
    if (!channel.isWritable()) flushNow();
    else flushSoon();
  }

  private void handOver(ByteBuf bytes, ChannelPromise promise) {
    count(bytes.readableBytes());
    throughNetty = true;
    ctx.write(bytes, promise);
  }

  private void count(int bytes) {
    handedOver += bytes;
    if (handedOver < reportAt) return;
    metric.written(handedOver);
    reportAt = handedOver + ConnectionMetric.REPORTED_BYTES;
  }

  private void flushSoon() {
    if (flushing) return;
    flushing = true;
    turn.flushAtEnd(this);
  }

  /** What was sent so far leaves now, not at the end of this turn. */
  public void flush() {
    flushing = false;
    flushNow();
  }

  /** The turn has ended. Throws nothing: the loop's other channels are flushed after this one. */
  void turnEnds() {
    try {
      flush();
    } catch (RuntimeException failure) {
      log.error("WebSocket not flushed address={}", address, failure);
      ctx.close();
    }
  }

  /** Whether all that would be written now is part of a fan-out. */
  boolean isFanOut() {
    return gathered != null && gathered.holders() >= LoopTurn.FAN_OUT && nettyIsEmpty();
  }

  /**
   * What was gathered leaves at {@link #windowEnded}, or with the next thing that is sent to this channel alone.
   *
   * @return false when it waits for that already
   */
  boolean joinsWindow() {
    flushing = false;
    if (coalescing) return false;
    coalescing = true;
    return true;
  }

  void windowEnded() {
    coalescing = false;
    turnEnds();
  }

  /** Writes what was gathered; what the operating system does not take at once is Netty's to write. */
  private void writeGathered() {
    FrameRun run = gathered;
    if (run == null) return;
    gathered = null;
    int taken = socket != null && nettyIsEmpty() ? turn.send(socket, run) : 0;
    count(taken);
    Runnable onWritten = pingWritten;
    pingWritten = null;
    if (taken < run.length()) handOver(turn.view(run, taken), onWritten == null ? noPromise : reports(onWritten));
    else if (onWritten != null) pingWritten(onWritten);
  }

  private boolean nettyIsEmpty() {
    if (!throughNetty) return true;
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    throughNetty = pending == null || pending.totalPendingWriteBytes() > 0;
    return !throughNetty;
  }

  private void flushNow() {
    writeGathered();
    if (!throughNetty) return;
    ctx.flush();
    if (!nettyIsEmpty()) countUntaken();
    if (!blocked && !channel.isWritable() && channel.isActive()) block();
  }

  private void countUntaken() {
    if (state == State.CLOSED) return;
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    long now = pending == null || pending.isEmpty() ? 0 : pending.totalPendingWriteBytes();
    if (now == 0 && untaken == 0) return;
    if (!memory().add(now - untaken)) {
      evict();
      return;
    }
    untaken = now;
    if (now == 0 || awaitsUntaken) return;
    // Netty tells of the end of a write only: an empty one behind what it holds.
    awaitsUntaken = true;
    ChannelPromise onWritten = channel.newPromise();
    onWritten.addListener(written -> {
      awaitsUntaken = false;
      if (written.isSuccess()) countUntaken();
    });
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER, onWritten);
  }

  private MemoryBudget.Account memory() {
    if (memory == null) {
      // While a message grows there is the old array beside the new one.
      memory = MemoryBudget.of(owner.owner()).open(limits.pendingBytes(), 2L * limits.maxMessageBytes(), address, this::evict);
    }
    return memory;
  }

  /** What Netty holds for a peer that takes nothing goes only with the connection. */
  private void evict() {
    if (state == State.CLOSED) return;
    fail(CloseReason.OUT_OF_MEMORY, "what waits for it, or what it has not finished, holds as much memory as it may");
    if (!nettyIsEmpty()) ctx.close();
  }

  private void block() {
    blocked = true;
    if (blockedTimer != null) return;
    takenAtCheck = taken();
    checkBlockedLater();
  }

  private void checkBlockedLater() {
    blockedTimerAt = System.nanoTime() + limits.blockedTimeout().toNanos();
    blockedTimer = eventLoop().schedule(this::checkBlocked, limits.blockedTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  private void enqueue(Object frame, String key) {
    if (waiting == null) waiting = newQueue();
    boolean fits = waiting.fits(frame, key, limits.sendQueueBytes());
    if (fits && waiting.add(frame, key)) return;
    ReferenceCountUtil.release(frame);
    if (fits) {
      evict();
      return;
    }
    log.debug("WebSocket of a slow reader closed address={} waiting={}", address, waiting.bytes());
    fail(CloseReason.SLOW_CONSUMER, "reads too slowly: more than " + limits.sendQueueBytes() + " bytes waited");
  }

  private void enqueueLast(SharedFrame closeFrame) {
    if (waiting == null) waiting = newQueue();
    if (!waiting.add(closeFrame, null)) evict();
  }

  private SendQueue<Object> newQueue() {
    return new SendQueue<>(WebSocketChannel::length, frame -> memory().keep(buffer(frame), length(frame)),
        frame -> memory.letGo(buffer(frame)));
  }

  /** What others wait for as well. */
  private static Object buffer(Object frame) {
    return frame instanceof SharedFrame shared ? shared.bytes() : frame;
  }

  private static int length(Object frame) {
    return frame instanceof SharedFrame shared ? shared.length() : ((ByteBuf) frame).readableBytes();
  }

  private boolean somethingWaits() {
    return waiting != null && !waiting.isEmpty();
  }

  /** The channel takes more: hands over what waits, as far as it goes. */
  private void drain() {
    // A flush below may come back here.
    if (!blocked || draining) return;
    draining = true;
    writePong();
    do {
      while (somethingWaits() && channel.isWritable()) writeNext();
      ctx.flush();
    } while (somethingWaits() && channel.isWritable());
    draining = false;
    countUntaken();
    if (somethingWaits() || !channel.isWritable()) return;

    blocked = false;
    waiting = null;
    if (state == State.OPEN) upcallDrain();
  }

  private void writeNext() {
    Object next = waiting.poll();
    ByteBuf bytes = next instanceof SharedFrame frame ? frame.view() : (ByteBuf) next;
    handOver(bytes, noPromise);
  }

  private void dropWaiting() {
    waitingPong = null;
    if (waiting != null) waiting.clear(ReferenceCountUtil::release);
    waiting = null;
  }

  /** A blocked peer has to show that it reads: by the bytes that it takes, since a long message may block for long. */
  private void checkBlocked() {
    blockedTimer = null;
    if (state == State.CLOSED || !blocked) return;
    long taken = taken();
    // A check that comes late is ours: this loop was blocked, or the process stopped, and nothing was offered to the peer meanwhile.
    boolean late = System.nanoTime() - blockedTimerAt > TimerWheel.MAX_LATENESS_NANOS;
    if (!late && taken - takenAtCheck < Heartbeat.LEAST_PROGRESS_BYTES) {
      if (state == State.OPEN) ending(State.ENDING, CloseReason.SLOW_CONSUMER.code(), "", CloseReason.SLOW_CONSUMER);
      dropWaiting();
      ctx.close();
      return;
    }
    takenAtCheck = taken;
    checkBlockedLater();
  }

  /** Bytes that the operating system has taken for the peer. */
  public long taken() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null ? handedOver : handedOver - pending.totalPendingWriteBytes() + pending.currentProgress();
  }

  // The read side.

  private void receive(ByteBuf in) {
    if (metric != null) metric.read(in.readableBytes());
    if (state == State.FAILED || state == State.ENDING || state == State.CLOSED) {
      discarded += in.readableBytes();
      in.release();
      // Who goes on sending costs no more work until the close timeout.
      if (discarded > MOST_DISCARDED) channel.config().setAutoRead(false);
    } else if (unread != null || decoding) {
      unread = unread == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), unread, in);
      countUnread();
    } else {
      unread = in;
      readOn();
    }
  }

  private void readOn() {
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

  /** Input that was not read is kept for {@link #resumeReading}, unless nobody will want it. */
  private void keep(ByteBuf in) {
    boolean wanted = in.isReadable() && (state == State.OPEN || state == State.CLOSING);
    if (!wanted) {
      in.release();
    } else {
      unread = unread == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), in, unread);
    }
    countUnread();
    if (unread != null && !paused) eventLoop().execute(this::readOn);
  }

  private void dropUnread() {
    if (unread != null) unread.release();
    unread = null;
    countUnread();
  }

  private void countUnread() {
    long now = unread == null ? 0 : unread.readableBytes();
    if (now == unreadBytes) return;
    if (memory().add(now - unreadBytes)) unreadBytes = now;
    else evict();
  }

  /** What the decoder says about the peer's frames. */
  private final class Frames implements FrameDecoder.Receiver {
    @Override
    public boolean wantsFrames() {
      return state == State.OPEN && !paused || state == State.CLOSING;
    }

    @Override
    public boolean mayHold(long bytes) {
      if (bytes == unfinished) return true;
      if (!memory().add(bytes - unfinished)) return false;
      unfinished = bytes;
      return true;
    }

    @Override
    public void text(String text) {
      if (state == State.OPEN) upcallText(text);
    }

    @Override
    public void binary(byte[] bytes, int length) {
      if (state == State.OPEN) upcallBinary(BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, 0, length)));
    }

    @Override
    public void ping(byte[] payload) {
      if (state != State.OPEN || tooManyControlFrames()) return;
      waitingPong = payload;
      // To a peer that does not read we owe one pong, to its latest ping (RFC 6455, section 5.5.3).
      if (!blocked) writePong();
    }

    @Override
    public void pong() {
      if (state == State.OPEN && !tooManyControlFrames()) upcallPong();
    }

    @Override
    public void closeFrame(byte[] payload) {
      peerCloses(payload);
    }

    @Override
    public void violation(CloseReason why, String what) {
      log.debug("WebSocket closed because {} address={}", what, address);
      fail(why, what);
    }
  }

  private void writePong() {
    if (waitingPong == null) return;
    ByteBuf pong = WebSocketFrames.control(WebSocketFrames.PONG, waitingPong).view();
    waitingPong = null;
    write(pong);
  }

  private boolean tooManyControlFrames() {
    long second = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    if (second != controlSecond) {
      controlSecond = second;
      controlFrames = 0;
    }
    if (++controlFrames <= limits.maxControlFrames()) return false;
    fail(CloseReason.RATE_LIMIT, "more than " + limits.maxControlFrames() + " control frames a second");
    return true;
  }

  private void peerCloses(byte[] payload) {
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
      ending(State.ENDING, peerCode, text, CloseReason.TRANSPORT_CLOSE);
    }
    state = State.ENDING;
    // Ours may still wait behind data that the peer, which has said its last word, does not need.
    boolean closeFrameWaits = somethingWaits();
    dropWaiting();
    if (peerFirst || closeFrameWaits) endAfter(WebSocketFrames.close(peerFirst ? peerCode : code, "").view());
    else endAfter(Unpooled.EMPTY_BUFFER);
  }

  private static boolean isValidCloseCode(int code) {
    if (code >= 3000) return code <= 4999;
    return code >= 1000 && code <= 1014 && code != 1004 && code != NO_CODE && code != ABNORMAL;
  }

  /** RFC 6455, section 7.1.1: the server ends the TCP connection, as soon as its close frame has left. */
  private void endAfter(ByteBuf last) {
    dropUnread();
    writeGathered();
    ctx.writeAndFlush(last).addListener(written -> ctx.close());
  }

  // The end.

  /**
   * Closes from a state in which nothing that the peer sends or that waits for it matters any more. The connection stays until the peer
   * ends it, or for the close timeout: bytes left unread would make the operating system reset it, and the close frame be lost.
   */
  private void fail(CloseReason why, String what) {
    if (state != State.OPEN && state != State.CLOSING) return;
    boolean first = state == State.OPEN;
    if (first) ending(State.FAILED, why.code(), what, why);
    state = State.FAILED;
    boolean closeFrameWaits = somethingWaits();
    dropWaiting();
    dropUnread();
    decoder.release();
    channel.config().setAutoRead(true);
    ByteBuf last = first || closeFrameWaits ? WebSocketFrames.close(code, reason).view() : Unpooled.EMPTY_BUFFER;
    writeGathered();
    ctx.writeAndFlush(last).addListener(written -> shutdownOutput());
  }

  /** Tells the peer that nothing more comes; not below TLS, which has an ending of its own. */
  private void shutdownOutput() {
    if (channel.isActive() && channel instanceof DuplexChannel duplex && channel.pipeline().get(SslHandler.class) == null) {
      duplex.shutdownOutput();
    }
  }

  private void ending(State next, int code, String reason, CloseReason why) {
    this.state = next;
    this.code = code;
    this.reason = reason == null ? "" : reason;
    this.why = why;
    // The peer's close frame has to be read, whoever paused.
    paused = false;
    if (!channel.config().isAutoRead()) channel.config().setAutoRead(true);
    if (unread != null && !decoding) eventLoop().execute(this::readOn);
    closeTimer = eventLoop().schedule(this::closeTimedOut, limits.closeTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  private void closeTimedOut() {
    if (state == State.CLOSED) return;
    dropWaiting();
    ctx.close();
  }

  /** Vert.x will close its server: whoever owns the connections lets them go in waves, and only those that are left then go by this. */
  private void shutDownWithin(long nanos) {
    if (nanos <= 0) owner.emit(now -> shutDown());
    else eventLoop().schedule(this::shutDown, nanos / 4 * 3, TimeUnit.NANOSECONDS);
  }

  private void shutDown() {
    close(CloseReason.SERVER_SHUTTING_DOWN, null);
  }

  private void closed() {
    if (state == State.CLOSED) return;
    if (closeTimer != null) closeTimer.cancel(false);
    if (blockedTimer != null) blockedTimer.cancel(false);
    state = State.CLOSED;
    gathered = null;
    pingWritten = null;
    dropWaiting();
    dropUnread();
    decoder.release();
    untaken = 0;
    if (memory != null) memory.hold(0);
    if (metric != null) metric.disconnected(handedOver);
    upcallClose();
  }

  // Upcalls: dispatched on the owner's context, without a closure for each.

  private void upcallText(String text) {
    ContextInternal previous = owner.beginDispatch();
    try {
      listener.onText(text);
    } catch (Throwable t) {
      owner.reportException(t);
    } finally {
      owner.endDispatch(previous);
    }
  }

  private void upcallBinary(Buffer data) {
    ContextInternal previous = owner.beginDispatch();
    try {
      listener.onBinary(data);
    } catch (Throwable t) {
      owner.reportException(t);
    } finally {
      owner.endDispatch(previous);
    }
  }

  private void upcallPong() {
    owner.dispatch(listener::onPong);
  }

  private void upcallDrain() {
    owner.dispatch(listener::onDrain);
  }

  private void upcallClose() {
    owner.dispatch(() -> listener.onClose(code, reason, why));
  }

  /** The last handler of the pipeline; private to the channel, so that Netty's callbacks are no part of its interface. */
  private final class Handler extends ChannelDuplexHandler {
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      ctx = context;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof ByteBuf in) receive(in);
      else ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {}

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (channel.isWritable()) drain();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ShutdownEvent shutdown) shutDownWithin(shutdown.timeout().toNanos());
      ReferenceCountUtil.release(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      log.debug("WebSocket connection failed address={}", address, cause);
      if (state == State.OPEN) why = CloseReason.TRANSPORT_ERROR;
      context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      closed();
    }

    /** Not ours (we close past this handler): Vert.x closes the channels of a server that stops. */
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
      shutDown();
      channel.closeFuture().addListener(closed -> promise.trySuccess());
    }
  }
}
