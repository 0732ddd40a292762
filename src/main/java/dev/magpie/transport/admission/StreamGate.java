package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.heartbeat.Heartbeat;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.concurrent.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What {@link RequestGate} is to a connection of HTTP/1.1, for one of HTTP/2, which has its own backpressure for each of its streams. The
 * {@link MemoryBudget} counts requests that are not answered in their turn of the loop, bodies that are not read, and answers that the peer
 * does not take. A stream whose peer takes next to nothing of the answer is reset, and one that sends its body as slowly; a peer that reads
 * nothing at all is closed. Vert.x and Netty bound the streams, their resets and the parts of a head. Placed before Vert.x' codec; owned by
 * its channel's event loop.
 */
@Internal
public final class StreamGate extends ChannelDuplexHandler {
  private static final String NAME = "streamGate";

  /** Estimated heap of a request and its stream, without its headers. */
  private static final int OBJECT_BYTES = 2048;
  private static final int HEADER_BYTES = 128;

  private static final int FRAME_HEAD_BYTES = 9;
  private static final int TYPE = 3;
  private static final int STREAM = 5;
  private static final int DATA = 0;

  // Set once.
  private final Http2ConnectionHandler codec;
  private final MemoryBudget.Account memory;
  private final SocketAddress peer;
  private final boolean judgesBodies;
  private final long stallNanos;
  private ChannelHandlerContext context;
  private Handler<Boolean> onIdle = idle -> {};

  private final Map<Integer, Exchange> exchanges = new HashMap<>();
  private boolean ended;

  // The frame that is being written.
  private int frameRest;
  private Exchange frameOf;

  // Progress.
  private long written;
  private long takenBefore;
  private boolean waitedBefore;
  private Future<?> timer;
  private long due;

  /** A request and its answer. */
  private static final class Exchange {
    private final int stream;
    private long head = OBJECT_BYTES;
    private boolean requestEnded;
    private long received;
    private HttpServerResponse response;
    /** Of the answer's body, handed to TLS. */
    private long sent;

    // At the last look.
    private boolean seen;
    private long receivedBefore;
    private long sentBefore;
    private boolean unsentBefore;

    Exchange(int stream) {
      this.stream = stream;
    }

    /** Bytes of the answer that are held for the peer. */
    long unsent() {
      if (response == null || !response.headWritten()) return 0;
      long begun = response.bytesWritten();
      // One that is written whole may still wait in front of the codec, where it is not counted. Files are read as the peer takes them, and
      // have not ended until then.
      if (response.ended()) begun = Math.max(begun, announced());
      return Math.max(0, begun - sent);
    }

    private long announced() {
      String length = response.headers().get(HttpHeaders.CONTENT_LENGTH);
      return length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : 0;
    }
  }

  private StreamGate(
      Http2ConnectionHandler codec, SocketAddress peer, TrustedProxies proxies, MemoryBudget budget, long pendingBytes,
      boolean judgesBodies, Duration stall) {
    this.codec = codec;
    this.peer = peer;
    // The streams of a proxy are those of many clients.
    String address = proxies.forwards(peer) || peer == null || peer.hostAddress() == null ? "" : peer.hostAddress();
    this.memory = budget.open(pendingBytes, 0, address, () -> close("it holds the most memory while the budget is used up"));
    this.judgesBodies = judgesBodies;
    this.stallNanos = stall.toNanos();
  }

  /** Installs one where the connection is one of HTTP/2 that has none. On its event loop. */
  static void open(
      HttpConnection connection, Vertx vertx, long pendingBytes, TrustedProxies proxies, boolean judgesBodies, Duration stall) {
    if (!(connection instanceof ConnectionBase base) || !base.channel().eventLoop().inEventLoop()) return;
    ChannelPipeline pipeline = base.channel().pipeline();
    Http2ConnectionHandler codec = pipeline.get(Http2ConnectionHandler.class);
    if (codec == null || codec.decoder().frameListener() == null || pipeline.get(NAME) != null) return;
    StreamGate gate = new StreamGate(codec, connection.remoteAddress(), proxies, MemoryBudget.of(vertx), pendingBytes, judgesBodies, stall);
    pipeline.addBefore(pipeline.context(codec).name(), NAME, gate);
    codec.connection().addListener(gate.new Streams());
    codec.decoder().frameListener(gate.new Frames());
  }

  private static StreamGate of(HttpConnection connection) {
    return connection instanceof ConnectionBase base ? base.channel().pipeline().get(StreamGate.class) : null;
  }

  /** Tells when a connection of HTTP/2 has its first stream (false) or has lost its last one (true). On its event loop. */
  public static void onIdle(HttpConnection connection, Handler<Boolean> handler) {
    StreamGate gate = of(connection);
    if (gate != null) gate.onIdle = handler;
  }

  /** A request is handed on. Costs nothing to those of HTTP/1.1. On its event loop. */
  public static void arrived(HttpServerRequest request) {
    if (request.version() != HttpVersion.HTTP_2) return;
    StreamGate gate = of(request.connection());
    if (gate == null) return;
    Exchange exchange = gate.exchanges.get((int) request.response().streamId());
    if (exchange != null) exchange.response = request.response();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    // One whose request is being handled already.
    try {
      codec.connection().forEachActiveStream(stream -> {
        exchanges.put(stream.id(), new Exchange(stream.id()));
        return true;
      });
    } catch (Http2Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  // Inbound.

  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onStreamActive(Http2Stream stream) {
      exchanges.put(stream.id(), new Exchange(stream.id()));
      if (exchanges.size() > 1) return;
      onIdle.handle(false);
      lookLater();
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
      if (exchanges.remove(stream.id()) != null && exchanges.isEmpty() && !ended) onIdle.handle(true);
    }
  }

  private final class Frames extends Http2FrameListenerDecorator {
    Frames() {
      super(codec.decoder().frameListener());
    }

    @Override
    public void onHeadersRead(ChannelHandlerContext same, int stream, Http2Headers headers, int padding, boolean end)
        throws Http2Exception {
      head(stream, headers, end);
      super.onHeadersRead(same, stream, headers, padding, end);
    }

    @Override
    public void onHeadersRead(ChannelHandlerContext same, int stream, Http2Headers headers, int dependency, short weight,
        boolean exclusive, int padding, boolean end) throws Http2Exception {
      head(stream, headers, end);
      super.onHeadersRead(same, stream, headers, dependency, weight, exclusive, padding, end);
    }

    private void head(int stream, Http2Headers headers, boolean end) {
      Exchange exchange = exchanges.get(stream);
      if (exchange == null) return;
      for (Map.Entry<CharSequence, CharSequence> header : headers)
        exchange.head += HEADER_BYTES + header.getKey().length() + header.getValue().length();
      if (end) exchange.requestEnded = true;
    }

    @Override
    public int onDataRead(ChannelHandlerContext same, int stream, ByteBuf data, int padding, boolean end) throws Http2Exception {
      Exchange exchange = exchanges.get(stream);
      if (exchange != null) {
        exchange.received += data.readableBytes();
        if (end) exchange.requestEnded = true;
      }
      return super.onDataRead(same, stream, data, padding, end);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext same) {
    same.fireChannelReadComplete();
    count();
  }

  // Outbound: a frame's head is written in one piece, and no other frame within it.

  @Override
  public void write(ChannelHandlerContext same, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) follow(bytes);
    same.write(message, promise);
  }

  private void follow(ByteBuf bytes) {
    written += bytes.readableBytes();
    int end = bytes.writerIndex();
    for (int at = bytes.readerIndex(); at < end; ) {
      if (frameRest == 0) {
        if (end - at < FRAME_HEAD_BYTES) throw new IllegalStateException("a frame's head in two pieces");
        frameRest = bytes.getUnsignedMedium(at);
        frameOf = bytes.getByte(at + TYPE) == DATA ? exchanges.get(bytes.getInt(at + STREAM) & Integer.MAX_VALUE) : null;
        at += FRAME_HEAD_BYTES;
      } else {
        int part = Math.min(frameRest, end - at);
        if (frameOf != null) frameOf.sent += part;
        frameRest -= part;
        at += part;
      }
    }
  }

  @Override
  public void flush(ChannelHandlerContext same) {
    same.flush();
    count();
  }

  // Memory and progress.

  private void count() {
    if (ended) return;
    long held = waiting();
    for (Exchange exchange : exchanges.values()) held += exchange.head + exchange.unsent();
    if (!exchanges.isEmpty()) held += codec.decoder().flowController().unconsumedBytes(codec.connection().connectionStream());
    if (held > 0) lookLater();
    if (memory.hold(held)) return;
    if (memory.closedAnother()) {
      // The log line of the other connection, which held more, gives the reason.
      PeerLog.refusedSilently(RefusalReason.STALLED, client());
      closeNow();
    } else {
      close("waiting requests or unread responses exceed the memory budget");
    }
  }

  /** Bytes that the operating system has not taken. */
  private long waiting() {
    ChannelOutboundBuffer out = context.channel().unsafe().outboundBuffer();
    return out == null ? 0 : out.totalPendingWriteBytes();
  }

  private void lookLater() {
    if (timer != null || ended) return;
    due = System.nanoTime() + stallNanos;
    timer = context.channel().eventLoop().schedule(this::look, stallNanos, TimeUnit.NANOSECONDS);
  }

  private void look() {
    timer = null;
    if (ended) return;
    // A loop that was late is not the peer's fault.
    boolean late = System.nanoTime() - due > TimerWheel.MAX_LATENESS_NANOS;
    long taken = written - waiting();
    boolean waits = waiting() > 0;
    if (!late && waits && waitedBefore && taken - takenBefore < Heartbeat.LEAST_PROGRESS_BYTES) {
      close("responses are not read");
      return;
    }
    takenBefore = taken;
    waitedBefore = waits;
    for (Exchange exchange : List.copyOf(exchanges.values())) judge(exchange, late);
    if (ended) return;
    count();
    if (!exchanges.isEmpty() || waits) lookLater();
  }

  private void judge(Exchange exchange, boolean late) {
    long unsent = exchange.unsent();
    if (exchange.seen && !late) {
      boolean unread = exchange.unsentBefore && unsent > 0 && exchange.sent - exchange.sentBefore < Heartbeat.LEAST_PROGRESS_BYTES;
      boolean slow = judgesBodies && !exchange.requestEnded && exchange.received - exchange.receivedBefore < Heartbeat.LEAST_PROGRESS_BYTES
          && isRead(exchange);
      if (unread || slow) {
        reset(exchange, unread ? "the response is not read" : "the request body arrives too slowly");
        return;
      }
    }
    exchange.seen = true;
    exchange.receivedBefore = exchange.received;
    exchange.sentBefore = exchange.sent;
    exchange.unsentBefore = unsent > 0;
  }

  /** Whether all that came is read: a peer whose body waits for its reader may send no more. */
  private boolean isRead(Exchange exchange) {
    Http2Stream stream = codec.connection().stream(exchange.stream);
    return stream == null || codec.decoder().flowController().unconsumedBytes(stream) == 0;
  }

  private void reset(Exchange exchange, String why) {
    PeerLog.refused(RefusalReason.STALLED, client(), 0, why);
    ChannelHandlerContext at = context.channel().pipeline().context(codec);
    codec.resetStream(at, exchange.stream, Http2Error.CANCEL.code(), at.newPromise());
    at.flush();
  }

  // The end.

  private void close(String why) {
    if (ended) return;
    PeerLog.refused(RefusalReason.STALLED, client(), 0, why);
    closeNow();
  }

  private String client() {
    return peer == null || peer.hostAddress() == null ? "" : peer.hostAddress();
  }

  private void closeNow() {
    end();
    // Past Vert.x, which would first write its pending output.
    context.close();
  }

  private void end() {
    ended = true;
    exchanges.clear();
    memory.hold(0);
    if (timer != null) timer.cancel(false);
    timer = null;
  }

  @Override
  public void channelInactive(ChannelHandlerContext same) {
    end();
    same.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext same) {
    end();
  }
}
