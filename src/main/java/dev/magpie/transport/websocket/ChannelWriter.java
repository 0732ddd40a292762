package dev.magpie.transport.websocket;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.LoggedAddress;
import dev.magpie.transport.SendQueue;
import dev.magpie.transport.heartbeat.Heartbeat;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.VoidChannelPromise;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.traffic.AbstractTrafficShapingHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The write side of a {@link WebSocketChannel}, used on the channel's event loop only.
 *
 * <p>What one turn of the loop sends is gathered and leaves in one write when the turn ends (in a fan-out: when the loop's coalescing
 * window ends, milliseconds later). It goes straight to the socket where that is possible, else through Netty. Netty holds the message that
 * is being written and what fits below its high water mark. What has to wait behind that waits here, as references to shared frames: the
 * send queue that {@link WebSocketLimits#sendQueueBytes} bounds. Pings, pongs and close frames of failures pass the queue.
 */
final class ChannelWriter {
  private static final Logger log = LoggerFactory.getLogger(ChannelWriter.class);

  // Set once.
  private final WebSocketChannel webSocket;
  private final WebSocketLimits limits;
  /** Null where the server keeps no metrics. */
  private final ConnectionMetric metric;
  private final LoopTurn turn;
  private final ChannelHandlerContext ctx;
  private final Channel channel;
  /** Null where bytes must go through Netty: another transport than epoll, TLS, traffic shaping. */
  private final Socket socket;
  private final ChannelPromise noPromise;

  // Output of this turn of the loop.
  private FrameRun gathered;
  /** Called when what is gathered is written, where a ping is part of it; null otherwise. */
  private Runnable pingWritten;
  /** Whether the end of this turn writes. */
  private boolean flushing;
  /** Whether the end of the coalescing window writes. */
  private boolean coalescing;

  // Output that was handed over to Netty or to the operating system.
  private long handedOver;
  private long reportAt;
  /** Netty may hold bytes that have to be written before any others. */
  private boolean throughNetty;
  /** Bytes in Netty that the operating system did not take, as the memory budget counts them; each channel has its own copy there. */
  private long untaken;
  private boolean awaitsUntaken;

  // Backpressure: the channel takes no more at present.
  private boolean blocked;
  private boolean draining;
  /** SharedFrames and ByteBufs; null until something has to wait. */
  private SendQueue<Object> waiting;
  private byte[] waitingPong;
  private long takenAtCheck;
  private Future<?> stallTimer;
  private long stallTimerAt;

  ChannelWriter(WebSocketChannel webSocket, ChannelHandlerContext ctx, WebSocketLimits limits, ConnectionMetric metric, LoopTurn turn) {
    this.webSocket = webSocket;
    this.limits = limits;
    this.metric = metric;
    this.turn = turn;
    this.ctx = ctx;
    this.channel = ctx.channel();
    this.socket = socket(channel);
    this.reportAt = metric == null ? Long.MAX_VALUE : ConnectionMetric.REPORTED_BYTES;
    // A failed write needs no exception of its own: it closes the channel, which is reported once.
    this.noPromise = new VoidChannelPromise(channel, false);
  }

  private static Socket socket(Channel channel) {
    boolean changed = channel.pipeline().get(SslHandler.class) != null
        || channel.pipeline().get(AbstractTrafficShapingHandler.class) != null;
    return !changed && channel instanceof EpollSocketChannel epoll && epoll.fd() instanceof Socket socket ? socket : null;
  }

  /** Counts the answer to the upgrade request, which went through Netty before this writer existed. */
  void answered(int bytes) {
    count(bytes);
    throughNetty = true;
  }

  // Sending, for an open channel.

  /** @param key null for a frame that no later one replaces while it waits */
  void send(SharedFrame frame, String key) {
    if (blocked) enqueue(frame, key);
    else if (frame.length() > LoopTurn.STAGE_BYTES) write(frame.view());
    else gather(frame, key);
  }

  void sendText(String text) {
    int length = ByteBufUtil.utf8Bytes(text);
    ByteBuf frame = channel.alloc().directBuffer(WebSocketFrames.headerLength(length) + length);
    WebSocketFrames.writeHeader(frame, WebSocketFrames.TEXT, length);
    ByteBufUtil.reserveAndWriteUtf8(frame, text, length);
    sendOwned(frame);
  }

  void sendBinary(Buffer data) {
    ByteBuf frame = channel.alloc().directBuffer(WebSocketFrames.headerLength(data.length()) + data.length());
    WebSocketFrames.writeHeader(frame, WebSocketFrames.BINARY, data.length());
    WebSocketFrames.writeBuffer(frame, data);
    sendOwned(frame);
  }

  private void sendOwned(ByteBuf frame) {
    if (blocked) enqueue(frame, null);
    else write(frame);
  }

  void ping(SharedFrame ping, Runnable onWritten) {
    if (gathered != null && gathered.length() + ping.length() > LoopTurn.STAGE_BYTES) {
      flushNow();
      // Nothing follows a close frame (RFC 6455, section 5.5.1); the flush may have ended the connection.
      if (!webSocket.isOpen()) return;
    }
    if (blocked) {
      write(ping.view(), reports(onWritten));
      return;
    }
    // One turn of the loop pings many channels: pings are gathered as messages are.
    gather(ping, null);
    pingWritten = onWritten;
  }

  private ChannelPromise reports(Runnable onWritten) {
    ChannelPromise written = channel.newPromise();
    written.addListener(done -> {
      if (done.isSuccess()) webSocket.onPingWritten(onWritten);
    });
    return written;
  }

  /** Answers a ping; a peer that does not read is owed one pong, to its latest ping (RFC 6455, section 5.5.3). */
  void pong(byte[] payload) {
    waitingPong = payload;
    if (!blocked) writePong();
  }

  private void writePong() {
    if (waitingPong == null) return;
    ByteBuf pong = WebSocketFrames.control(WebSocketFrames.PONG, waitingPong).view();
    waitingPong = null;
    write(pong);
  }

  /** Sends a close frame after what was sent before. */
  void sendClose(SharedFrame closeFrame) {
    if (!blocked) {
      write(closeFrame.view());
      return;
    }
    if (waiting == null) waiting = newQueue();
    if (!waiting.add(closeFrame, null)) webSocket.evict();
  }

  /** Writes the last bytes of the connection, which may be none, past the send queue. */
  ChannelFuture writeLast(ByteBuf last) {
    writeGathered();
    return ctx.writeAndFlush(last);
  }

  // Gathering and flushing.

  /** Adds a frame to what is written when this turn of the loop ends. */
  private void gather(SharedFrame frame, String key) {
    assert channel.eventLoop().inEventLoop();
    if (gathered == null) {
      gathered = turn.begin(frame);
    } else if (gathered.length() + frame.length() <= LoopTurn.STAGE_BYTES) {
      gathered = gathered.then(frame);
    } else {
      flushNow();
      // From the top: the channel may be blocked now, or closed.
      webSocket.send(frame, key);
      return;
    }
    flushSoon();
  }

  /** Hands bytes to Netty; they are flushed when this turn of the loop ends, or at once above Netty's high water mark. */
  private void write(ByteBuf bytes) {
    write(bytes, noPromise);
  }

  private void write(ByteBuf bytes, ChannelPromise promise) {
    assert channel.eventLoop().inEventLoop();
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

  /** Writes what was sent so far now, not at the end of this turn. */
  void flush() {
    flushing = false;
    flushNow();
  }

  /** Writes what was gathered and flushes Netty. */
  void flushNow() {
    writeGathered();
    if (!throughNetty) return;
    ctx.flush();
    if (!nettyIsEmpty()) countUntaken();
    if (!blocked && !channel.isWritable() && channel.isActive()) block();
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
    else if (onWritten != null) webSocket.onPingWritten(onWritten);
  }

  /** Whether all that was handed over is with the operating system. */
  boolean nettyIsEmpty() {
    if (!throughNetty) return true;
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    throughNetty = pending == null || pending.totalPendingWriteBytes() > 0;
    return !throughNetty;
  }

  // Called by the loop's turn.

  EventLoop eventLoop() {
    return channel.eventLoop();
  }

  /** The turn has ended. Throws nothing: the loop's other channels are flushed after this one. */
  void turnEnds() {
    try {
      flush();
    } catch (RuntimeException failure) {
      log.error("WebSocket not flushed address={}", LoggedAddress.of(webSocket.address()), failure);
      ctx.close();
    }
  }

  /** Whether all that would be written now is part of a fan-out. */
  boolean isFanOut() {
    return gathered != null && gathered.holders() >= LoopTurn.FAN_OUT && nettyIsEmpty();
  }

  /**
   * Leaves what was gathered to {@link #windowEnded}, or to the next frame that is sent to this channel alone.
   *
   * @return false when it waits for the window already
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

  // The send queue, and the peer that does not read.

  boolean isBlocked() {
    return blocked;
  }

  /** Bytes in the send queue. */
  long waitingBytes() {
    return waiting == null ? 0 : waiting.bytes();
  }

  /** Bytes that the operating system has not taken: gathered in this turn, in Netty, or in the send queue. */
  long queuedBytes() {
    return (gathered == null ? 0 : gathered.length()) + handedOver - taken() + waitingBytes();
  }

  private void enqueue(Object frame, String key) {
    if (waiting == null) waiting = newQueue();
    boolean fits = waiting.fits(frame, key, limits.sendQueueBytes());
    boolean replaces = waiting.has(key);
    if (fits && waiting.add(frame, key)) {
      if (replaces) webSocket.onDiscard(key);
      return;
    }
    ReferenceCountUtil.release(frame);
    webSocket.onDiscard(null);
    if (fits) {
      webSocket.evict();
      return;
    }
    log.debug("WebSocket of a slow reader closed address={} waiting={}", LoggedAddress.of(webSocket.address()), waiting.bytes());
    webSocket.fail(CloseReason.SLOW_CONSUMER, "reads too slowly: more than " + limits.sendQueueBytes() + " bytes in its send queue");
  }

  private SendQueue<Object> newQueue() {
    return new SendQueue<>(ChannelWriter::length, frame -> webSocket.memory().keep(buffer(frame), length(frame)),
        frame -> webSocket.memory().letGo(buffer(frame)));
  }

  /** The identity of a frame's bytes, which several channels of the loop may hold. */
  private static Object buffer(Object frame) {
    return frame instanceof SharedFrame shared ? shared.bytes() : frame;
  }

  private static int length(Object frame) {
    return frame instanceof SharedFrame shared ? shared.length() : ((ByteBuf) frame).readableBytes();
  }

  private boolean somethingWaits() {
    return waiting != null && !waiting.isEmpty();
  }

  /** The channel is writable again: hands over the send queue, as far as the channel takes it. */
  void drain() {
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
    webSocket.onDrain();
  }

  private void writeNext() {
    Object next = waiting.poll();
    ByteBuf bytes = next instanceof SharedFrame frame ? frame.view() : (ByteBuf) next;
    handOver(bytes, noPromise);
  }

  /**
   * Empties the send queue.
   *
   * @return whether anything was in it; a close frame of ours, if one was sent, was among it then
   */
  boolean dropWaiting() {
    boolean waited = somethingWaits();
    waitingPong = null;
    if (waiting != null) waiting.clear(ReferenceCountUtil::release);
    waiting = null;
    return waited;
  }

  private void block() {
    blocked = true;
    if (stallTimer != null) return;
    takenAtCheck = taken();
    checkStallLater();
  }

  private void checkStallLater() {
    stallTimerAt = System.nanoTime() + limits.blockedTimeout().toNanos();
    stallTimer = channel.eventLoop().schedule(this::checkStall, limits.blockedTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  /** A blocked peer must take {@link Heartbeat#LEAST_PROGRESS_BYTES} per timeout: a long message may block for longer than that. */
  private void checkStall() {
    stallTimer = null;
    if (!blocked || webSocket.isClosed()) return;
    long taken = taken();
    // A late check is this server's fault: the loop was blocked or the process stopped, and nothing was written to the peer meanwhile.
    boolean late = System.nanoTime() - stallTimerAt > TimerWheel.MAX_LATENESS_NANOS;
    if (!late && taken - takenAtCheck < Heartbeat.LEAST_PROGRESS_BYTES) {
      webSocket.abort(CloseReason.SLOW_CONSUMER);
      return;
    }
    takenAtCheck = taken;
    checkStallLater();
  }

  /** Bytes that the operating system has taken for the peer. */
  long taken() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null ? handedOver : handedOver - pending.totalPendingWriteBytes() + pending.currentProgress();
  }

  private void countUntaken() {
    if (webSocket.isClosed()) return;
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    long now = pending == null || pending.isEmpty() ? 0 : pending.totalPendingWriteBytes();
    if (now == 0 && untaken == 0) return;
    if (!webSocket.memory().add(now - untaken)) {
      webSocket.evict();
      return;
    }
    untaken = now;
    if (now == 0 || awaitsUntaken) return;
    // Netty reports the end of a write only: an empty write after what it holds.
    awaitsUntaken = true;
    ChannelPromise onWritten = channel.newPromise();
    onWritten.addListener(written -> {
      awaitsUntaken = false;
      if (written.isSuccess()) countUntaken();
    });
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER, onWritten);
  }

  /** The channel is closed: drops what was not written. */
  void closed() {
    if (stallTimer != null) stallTimer.cancel(false);
    gathered = null;
    pingWritten = null;
    dropWaiting();
    untaken = 0;
    if (metric != null) metric.disconnected(handedOver);
  }
}
