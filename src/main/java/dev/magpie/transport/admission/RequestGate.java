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
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Write-queue backpressure of an HTTP/1.1 connection: a request is handed on when the response to the one before it has been written to the
 * operating system. Its handler is placed behind Vert.x's codec, where all requests and responses pass. The {@link MemoryBudget} counts the
 * unfinished work of a connection: an incomplete head, a request that is not answered in its turn of the loop (a parked poll, a handshake
 * in progress), pipelined requests that wait, a response that the peer does not take. Behind a trusted proxy it counts for the client whose
 * request is being answered, if the proxy names it. A peer that takes next to nothing is closed, and one that sends its body as slowly.
 * Owned by its channel's event loop.
 */
@Internal
public final class RequestGate extends ChannelDuplexHandler {
  private static final String NAME = "requestGate";
  private static final String HEAD_READER = "requestGateHeads";

  /** A peer must take, or send, {@link Heartbeat#LEAST_PROGRESS_BYTES} within this time. */
  private static final Duration STALL = Duration.ofSeconds(10);

  /** Estimated heap of a decoded part of a request, without its content. */
  private static final int OBJECT_BYTES = 1024;

  /** Estimated heap of a header, without its text. */
  private static final int HEADER_BYTES = 128;

  /** More than the heap of usual heads. */
  private static final int LARGE_HEAD_BYTES = 16 << 10;

  /** Reads from one connection, of up to 64 KiB each, before the other connections are read. */
  private static final int READS = 2;

  /** Maximum number of requests handed on in one turn of the loop. */
  private static final int TURN = 16;

  // Set once.
  private final MemoryBudget.Account memory;
  private final SocketAddress peer;
  private final TrustedProxies proxies;
  private final boolean proxied;
  private final boolean judgesBodies;
  private final long stallNanos;
  private ChannelHandlerContext context;

  /** Address of the client; empty where it is not known. */
  private String address;

  // Requests.
  private final Queue<Object> held = new ArrayDeque<>(2);
  private long heldBytes;
  private boolean awaitsResponse;
  /** The head of the request whose response is awaited, until it is counted. */
  private HttpRequest uncounted;
  private long openBytes;
  private final HeadReader headReader = new HeadReader();
  private boolean releasing;
  private boolean ended;

  // The response that is being written.
  private long unsent;
  private long written;
  private int responsesWritten;
  private Stall stall;

  // The body that is being read.
  private boolean bodyOpen;
  private long bodyBytes;
  private Future<?> bodyTimer;

  private RequestGate(
      SocketAddress peer, TrustedProxies proxies, MemoryBudget budget, long pendingBytes, boolean awaitsResponse, boolean judgesBodies,
      Duration stall) {
    this.peer = peer;
    this.proxies = proxies;
    this.proxied = proxies.forwards(peer);
    this.address = proxied || peer == null || peer.hostAddress() == null ? "" : peer.hostAddress();
    this.memory = budget.open(pendingBytes, 0, address, () -> close("it holds the most memory while the budget is used up"));
    this.awaitsResponse = awaitsResponse;
    this.judgesBodies = judgesBodies;
    this.stallNanos = stall.toNanos();
  }

  /**
   * Installs a gate on a connection on which nothing was read yet, of a server whose requests have small bodies: slow bodies are closed
   * too. A connection of HTTP/2 gets a {@link StreamGate}.
   */
  public static void open(HttpConnection connection, Vertx vertx, long pendingBytes, TrustedProxies proxies) {
    open(connection, vertx, pendingBytes, proxies, STALL);
  }

  static void open(HttpConnection connection, Vertx vertx, long pendingBytes, TrustedProxies proxies, Duration stall) {
    readInTurn(connection);
    if (install(connection, vertx, pendingBytes, proxies, false, true, stall) == null)
      StreamGate.open(connection, vertx, pendingBytes, proxies, true, stall);
  }

  /**
   * Netty reads up to 16 times from one connection before it turns to the next: a megabyte, and with hundreds of connections that send
   * without pause the others wait for a second. It reads on only where a read came back full, so that small messages see no difference.
   */
  private static void readInTurn(HttpConnection connection) {
    if (!(connection instanceof ConnectionBase base)) return;
    if (base.channel().config().getRecvByteBufAllocator() instanceof MaxMessagesRecvByteBufAllocator reads) reads.maxMessagesPerRead(READS);
  }

  /** Installs a gate while a request is handled, where there is none yet. On its event loop. */
  public static void ensure(HttpServerRequest request, Vertx vertx, long pendingBytes, TrustedProxies proxies) {
    if (request.version() == HttpVersion.HTTP_2) {
      StreamGate.open(request.connection(), vertx, pendingBytes, proxies, false, STALL);
      StreamGate.arrived(request);
      return;
    }
    RequestGate gate = install(request.connection(), vertx, pendingBytes, proxies, true, false, STALL);
    if (gate != null && gate.proxied) gate.serves(proxies.clientBehind(gate.peer, request.headers()::getAll));
  }

  private static RequestGate install(
      HttpConnection connection, Vertx vertx, long pendingBytes, TrustedProxies proxies, boolean awaitsResponse, boolean judgesBodies,
      Duration stall) {
    if (!(connection instanceof ConnectionBase base) || !base.channel().eventLoop().inEventLoop()) return null;
    ChannelPipeline pipeline = base.channel().pipeline();
    if (pipeline.get(NAME) != null || pipeline.get("httpEncoder") == null) return null;
    RequestGate gate = new RequestGate(connection.remoteAddress(), proxies, MemoryBudget.of(vertx), pendingBytes, awaitsResponse,
        judgesBodies, stall);
    pipeline.addAfter("httpEncoder", NAME, gate);
    pipeline.addBefore("httpDecoder", HEAD_READER, gate.headReader);
    return gate;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  // Inbound: requests.

  @Override
  public void channelRead(ChannelHandlerContext same, Object message) {
    headReader.parsed = true;
    if (ended) ReferenceCountUtil.release(message);
    else if (held.isEmpty() && mayPass(message)) pass(message);
    else hold(message);
  }

  private boolean mayPass(Object message) {
    return !(awaitsResponse && message instanceof HttpRequest);
  }

  private void pass(Object message) {
    if (message instanceof HttpRequest request) {
      awaitsResponse = true;
      uncounted = request;
      bodyOpen = true;
      if (proxied) serves(proxies.clientBehind(peer, request.headers()::getAll));
    }
    if (message instanceof HttpContent content) bodyBytes += content.content().readableBytes();
    if (message instanceof LastHttpContent) bodyEnds();
    context.fireChannelRead(message);
  }

  private void serves(String client) {
    address = client;
    memory.moveTo(client);
  }

  private void bodyEnds() {
    bodyOpen = false;
    if (bodyTimer != null) bodyTimer.cancel(false);
    bodyTimer = null;
  }

  private void hold(Object message) {
    held.add(message);
    heldBytes += cost(message);
    // The rest of this read is still handed in; from now on TCP slows the peer down.
    context.channel().config().setAutoRead(false);
    count();
  }

  /** Whether a request waits here for the response to the one before it. */
  public boolean holdsRequest() {
    return held.stream().anyMatch(HttpRequest.class::isInstance);
  }

  private static int cost(Object message) {
    return OBJECT_BYTES + (message instanceof HttpContent content ? content.content().readableBytes() : 0);
  }

  private void release() {
    if (releasing || ended || held.isEmpty()) return;
    releasing = true;
    for (int i = 0; i < TURN && !held.isEmpty() && mayPass(held.peek()); i++) {
      // A request with all of its parts. A handler that answers it at once writes as within a read, and flushes at its end.
      do {
        Object message = held.poll();
        heldBytes -= cost(message);
        pass(message);
      } while (!ended && !held.isEmpty() && mayPass(held.peek()) && !(held.peek() instanceof HttpRequest));
      context.fireChannelReadComplete();
    }
    releasing = false;
    if (ended) return;
    countRequest();
    count();
    judgeBodyLater();
    if (held.isEmpty()) context.channel().config().setAutoRead(true);
    else if (mayPass(held.peek())) context.channel().eventLoop().execute(this::release);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext same) {
    context.fireChannelReadComplete();
    if (ended) return;
    countRequest();
    if (openBytes + headReader.bytes > 0 || headReader.counted) count();
    headReader.counted = headReader.bytes > 0;
    judgeBodyLater();
  }

  /** Most requests have their response by now. */
  private void countRequest() {
    if (!awaitsResponse || openBytes > 0) return;
    openBytes = OBJECT_BYTES;
    if (uncounted == null) return;
    openBytes += uncounted.uri().length();
    Iterator<Map.Entry<CharSequence, CharSequence>> headers = uncounted.headers().iteratorCharSequence();
    while (headers.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = headers.next();
      openBytes += HEADER_BYTES + header.getKey().length() + header.getValue().length();
    }
    uncounted = null;
  }

  private void judgeBodyLater() {
    if (!judgesBodies || !bodyOpen || bodyTimer != null || ended) return;
    long before = bodyBytes;
    long due = System.nanoTime() + stallNanos;
    bodyTimer = context.channel().eventLoop().schedule(() -> {
      bodyTimer = null;
      // A peer that is not read, by backpressure or because the loop was late, is not slow.
      boolean fair = context.channel().config().isAutoRead() && System.nanoTime() - due < TimerWheel.MAX_LATENESS_NANOS;
      if (fair && bodyBytes - before < Heartbeat.LEAST_PROGRESS_BYTES) close("the request body arrives too slowly");
      else judgeBodyLater();
    }, stallNanos, TimeUnit.NANOSECONDS);
  }

  // Outbound: responses.

  @Override
  public void write(ChannelHandlerContext same, Object message, ChannelPromise promise) {
    if (message instanceof HttpContent content) written += content.content().readableBytes();
    if (!(message instanceof LastHttpContent) || isInterim(message)) {
      context.write(message, promise);
      return;
    }
    ChannelPromise flushed = promise.unvoid();
    flushed.addListener(done -> {
      if (done.isSuccess()) responseWritten();
    });
    context.write(message, flushed);
  }

  /** 100 Continue and the like: the response follows. */
  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse response && response.status().codeClass() == HttpStatusClass.INFORMATIONAL
        && response.status().code() != 101;
  }

  private void responseWritten() {
    responsesWritten++;
    awaitsResponse = false;
    uncounted = null;
    if (ended) return;
    if (unsent + openBytes > 0) {
      unsent = 0;
      openBytes = 0;
      count();
    }
    release();
  }

  @Override
  public void flush(ChannelHandlerContext same) {
    context.flush();
    ChannelOutboundBuffer out = context.channel().unsafe().outboundBuffer();
    if (ended || out == null || out.isEmpty()) return;
    unsent = out.totalPendingWriteBytes();
    count();
    if (stall == null && !ended) stall = new Stall();
  }

  private void count() {
    if (memory.hold(heldBytes + openBytes + headReader.bytes + unsent)) return;
    if (memory.closedAnother()) {
      // The log line of the other connection, which held more, gives the reason.
      PeerLog.refusedSilently(RefusalReason.STALLED, client());
      closeNow();
    } else {
      close("waiting requests or unread responses exceed the memory budget");
    }
  }

  private long taken(ChannelOutboundBuffer out) {
    return written - out.totalPendingWriteBytes() + out.currentProgress();
  }

  /** Checks, as long as output waits, whether the peer takes any of it. */
  private final class Stall implements Runnable {
    private Future<?> timer;
    private int responsesBefore;
    private long takenBefore;
    private long due;

    Stall() {
      later(context.channel().unsafe().outboundBuffer());
    }

    private void later(ChannelOutboundBuffer out) {
      responsesBefore = responsesWritten;
      takenBefore = taken(out);
      due = System.nanoTime() + stallNanos;
      timer = context.channel().eventLoop().schedule(this, stallNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
      stall = null;
      ChannelOutboundBuffer out = context.channel().unsafe().outboundBuffer();
      if (ended || out == null || out.isEmpty()) return;
      // The progress within a file restarts from 0 with its next part.
      long progress = Math.abs(taken(out) - takenBefore);
      boolean late = System.nanoTime() - due > TimerWheel.MAX_LATENESS_NANOS;
      if (!late && responsesWritten == responsesBefore && progress < Heartbeat.LEAST_PROGRESS_BYTES) {
        close("responses are not read");
        return;
      }
      stall = this;
      later(out);
    }
  }

  /** Placed before the decoder, to count what the decoder keeps of an incomplete head. */
  private final class HeadReader extends ChannelInboundHandlerAdapter {
    /** Whether the decoder has handed something on. */
    private boolean parsed;
    private long bytes;
    private boolean counted;

    @Override
    public void channelRead(ChannelHandlerContext same, Object message) {
      long cost = !bodyOpen && message instanceof ByteBuf in ? cost(in) : 0;
      bytes += cost;
      if (bytes > LARGE_HEAD_BYTES && !ended) {
        // Before it is decoded: many heads may be read in one turn, and closed connections are released only at its end.
        counted = true;
        count();
        if (ended) {
          ReferenceCountUtil.release(message);
          return;
        }
      }
      parsed = false;
      same.fireChannelRead(message);
      if (parsed || ended) bytes = 0;
    }

    private static long cost(ByteBuf in) {
      long cost = in.readableBytes();
      int from = in.readerIndex();
      for (int line = from, end; (end = in.indexOf(line, in.writerIndex(), (byte) '\n')) >= 0; line = end + 1) {
        cost += HEADER_BYTES;
        // The empty line ends the head, a body may follow; the input may begin within a line end.
        if (line > from && end <= line + 1) break;
      }
      return cost;
    }
  }

  /** The connection becomes a WebSocket: what follows is not HTTP. */
  public static void expectNoMoreRequests(ChannelPipeline pipeline) {
    if (pipeline.get(HEAD_READER) != null) pipeline.remove(HEAD_READER);
  }

  // The end.

  private void close(String why) {
    if (ended) return;
    PeerLog.refused(RefusalReason.STALLED, client(), 0, why);
    closeNow();
  }

  private String client() {
    return address.isEmpty() && peer != null ? peer.hostAddress() : address;
  }

  private void closeNow() {
    end();
    // Past Vert.x, which would first write its pending output.
    context.close();
  }

  private void end() {
    ended = true;
    held.forEach(ReferenceCountUtil::release);
    held.clear();
    heldBytes = 0;
    unsent = 0;
    openBytes = 0;
    uncounted = null;
    headReader.bytes = 0;
    memory.hold(0);
    if (stall != null) stall.timer.cancel(false);
    if (bodyTimer != null) bodyTimer.cancel(false);
  }

  @Override
  public void channelInactive(ChannelHandlerContext same) {
    end();
    context.fireChannelInactive();
  }

  /** The connection becomes a WebSocket. */
  @Override
  public void handlerRemoved(ChannelHandlerContext same) {
    end();
  }
}
