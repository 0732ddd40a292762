package dev.magpie.transport.websocket;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.admission.RequestGate;
import dev.magpie.transport.http.FaultLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.traffic.AbstractTrafficShapingHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.ThreadingModel;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.http1.Http1ServerConnection;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.impl.VertxHandler;
import io.vertx.core.spi.metrics.TransportMetrics;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket upgrade between its request and its answer. The channel is taken from Vert.x's HTTP decoder at once, so that early frames
 * are kept and not parsed as HTTP; the decision may be made later, by asynchronous checks. Owned by the request's event loop; {@link
 * #accept} and {@link #refuse} may be called on any thread.
 *
 * <p>Until it is accepted Vert.x's own handlers stay behind the catcher, so that a refusal is an ordinary answer, and idle timeouts,
 * shutdown and metrics work as for any request. On acceptance Vert.x writes a 101 that a handler swallows: that ends its request in
 * metrics, tracing and handlers. Then its handlers are removed, the channel moves to the owner's event loop, and our handler is added.
 */
public final class WebSocketUpgrade {
  /** Delay between the answer and the first frame, so that a client reads the one without the other. */
  private static final long BREATH_MS = 1;

  private final HttpServerRequest request;
  private final Http1ServerConnection connection;
  private final Channel channel;
  private final EventLoop arrivedOn;
  private final ContextInternal requestContext;
  private final WebSocketLimits limits;
  private final String address;
  private final String acceptKey;
  private final List<String> subprotocols;
  private final Catcher catcher = new Catcher();

  // On the event loop.
  /** Whether the task that took the channel over has ended, so that the pipeline can be changed. */
  private boolean settled;
  private boolean pipelined;
  /** A request that was pipelined behind this one before the take-over; Vert.x hands it on when this one is answered. */
  private HttpServerRequest behind;
  private boolean decided;
  private boolean refused;
  private boolean accepted;
  private boolean speaksFirst;
  private boolean closed;
  private Runnable decision;
  private Handler<Void> closeHandler;
  private ContextInternal closeContext;
  private ConnectionMetric metric;
  /** Null until {@link #headers}. */
  private MultiMap headers;

  private WebSocketUpgrade(HttpServerRequest request, Http1ServerConnection connection, WebSocketLimits limits, String address) {
    this.request = request;
    this.connection = connection;
    this.channel = connection.channel();
    this.arrivedOn = channel.eventLoop();
    this.requestContext = ContextInternal.current() == null ? connection.context() : ContextInternal.current();
    this.closeContext = requestContext;
    this.limits = limits;
    this.address = address;
    this.acceptKey = UpgradeRequest.acceptKey(request);
    this.subprotocols = UpgradeRequest.subprotocols(request);
  }

  /**
   * Takes over the channel of an upgrade request, on its event loop, before its answer has begun. If another request was read behind it
   * meanwhile, because handlers in front answered late, the upgrade is refused later. A request that is no valid upgrade is answered (400,
   * or 426 for another version), and the result is empty.
   */
  public static Optional<WebSocketUpgrade> takeOver(HttpServerRequest request, WebSocketLimits limits) {
    return takeOver(request, limits, request.remoteAddress().hostAddress());
  }

  /** @param address of the client, which may be behind a proxy */
  public static Optional<WebSocketUpgrade> takeOver(HttpServerRequest request, WebSocketLimits limits, String address) {
    Optional<UpgradeRejected> refusal = UpgradeRequest.check(request);
    if (refusal.isPresent()) {
      PeerLog.refused(RefusalReason.UPGRADE, address, refusal.get().status(), refusal.get().text());
      refusal.get().answer(request);
      return Optional.empty();
    }
    Http1ServerConnection connection = (Http1ServerConnection) request.connection();
    if (!connection.channel().eventLoop().inEventLoop()) {
      throw new IllegalStateException("an upgrade is taken over on its channel's event loop");
    }
    WebSocketUpgrade upgrade = new WebSocketUpgrade(request, connection, limits, address);
    upgrade.takeOver();
    return Optional.of(upgrade);
  }

  /** The client's first choice, or null where it offers none: a browser that offered some fails if the answer names none. */
  public String firstSubprotocol() {
    return subprotocols.isEmpty() ? null : subprotocols.get(0);
  }

  /** What the client offers, in its order of preference. */
  public List<String> subprotocols() {
    return subprotocols;
  }

  /** Further headers of the answer 101; may be changed until it is accepted. */
  public MultiMap headers() {
    if (headers == null) headers = HttpHeaders.headers();
    return headers;
  }

  /**
   * The server sends the first message, shortly after its answer: a client that adds its handlers when it is told that the
   * WebSocket is open, as the official suites do, misses a frame that it reads together with the answer.
   */
  public WebSocketUpgrade speaksFirst() {
    speaksFirst = true;
    return this;
  }

  /**
   * Called once when the connection ends before it is refused or open: on the request's context, or on the owner's once it is accepted.
   * Set in the turn of the take-over.
   */
  public WebSocketUpgrade onClose(Handler<Void> handler) {
    closeHandler = handler;
    return this;
  }

  /**
   * Accepts: moves the channel to the owner's event loop, answers 101, calls {@code onOpen}, then decodes early input. Both handlers are
   * called on the owner's context.
   *
   * @param owner an event loop context
   * @param subprotocol one of those that the client offers, or null
   */
  public void accept(ContextInternal owner, String subprotocol, WebSocketListener listener, Handler<WebSocketChannel> onOpen) {
    if (owner.threadingModel() != ThreadingModel.EVENT_LOOP) throw new IllegalArgumentException("the owner is not an event loop context");
    decide(
        () -> {
          closeContext = owner;
          if (closed) reportClosed();
          else letVertxAnswer(guarded(() -> moveTo(owner.nettyEventLoop(), guarded(() -> open(owner, subprotocol, listener, onOpen)))));
        });
  }

  /** Refuses with this status and a text that says why, and closes the connection. */
  public void refuse(int status, String text) {
    refuse(status, text, Map.of());
  }

  /** @param headers of the answer; a {@code Content-Type} among them replaces {@code text/plain} */
  public void refuse(int status, String text, Map<String, String> headers) {
    decide(
        () -> {
          refused = true;
          closeHandler = null;
          if (!closed) new UpgradeRejected(status, text, headers).answer(request);
        });
  }

  /** A fault of the server: answers 500 where nothing is decided yet, and closes the connection in any case. */
  public void fail(Throwable fault) {
    FaultLog.write("WebSocket upgrade failed", fault);
    arrivedOn.execute(() -> {
      if (decided) channel.close();
      else refuse(500, "Internal Server Error");
    });
  }

  private void takeOver() {
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addAfter("httpDecoder", null, catcher);
    RequestGate.expectNoMoreRequests(pipeline);
    // Hands its unread bytes, which are frames, to the catcher.
    pipeline.remove("httpDecoder");
    channel.config().setAutoRead(true);
    if (!request.isEnded()) {
      // If the answer to a request before it was pending, Vert.x has held back the end of this request and passes it on now. In all other
      // cases the end reaches the catcher in this turn, or did so before, if handlers in front answered late.
      connection.doResume();
      pipelined = request.isEnded();
    }
    arrivedOn.execute(guarded(this::settle));
  }

  /** The decoder has left the stack: handlers can be removed. */
  private void settle() {
    settled = true;
    // Handlers in front may have paused it.
    if (!request.isEnded()) request.resume();
    RequestGate gate = channel.pipeline().get(RequestGate.class);
    if ((pipelined || gate != null && gate.holdsRequest()) && !closed) {
      // What follows it may be frames, but was decoded as HTTP.
      decided = true;
      decision = null;
      refusePipelined(request);
    } else if (decision != null) {
      decision.run();
    }
  }

  private void refusePipelined(HttpServerRequest answered) {
    UpgradeRejected refusal = UpgradeRejected.badRequest("an upgrade must not be pipelined");
    PeerLog.refused(RefusalReason.UPGRADE, address, refusal.status(), refusal.text());
    refusal.answer(answered);
    closed = true;
    reportClosed();
  }

  private void decide(Runnable decision) {
    if (!arrivedOn.inEventLoop()) {
      arrivedOn.execute(() -> decide(decision));
      return;
    }
    if (decided) {
      // Refused or closed meanwhile; a second decision is a programming error.
      if (!closed) throw new IllegalStateException("this upgrade is decided already");
      reportClosed();
      return;
    }
    decided = true;
    if (settled) guarded(decision).run();
    else this.decision = guarded(decision);
  }

  /** A step that logs its failure and closes the channel: there is no caller to report it to. */
  private Runnable guarded(Runnable step) {
    return () -> {
      try {
        step.run();
      } catch (Throwable fault) {
        FaultLog.write("WebSocket upgrade failed", fault);
        channel.close();
      }
    };
  }

  /** Ends the request as Vert.x sees it, without a byte on the wire. */
  private void letVertxAnswer(Runnable accept) {
    ChannelHandlerContext vertx = channel.pipeline().context(VertxHandler.class);
    HttpServerResponse response = request.response();
    if (vertx == null || response.ended() || response.headWritten()) {
      closed = true;
      channel.close();
      reportClosed();
      return;
    }
    connection.handler(next -> behind = next);
    connection.invalidRequestHandler(next -> behind = next);
    // In the next task: Vert.x still works on its request after the write.
    channel.pipeline().addBefore(vertx.name(), null, new Swallow(() -> arrivedOn.execute(accept)));
    response.setStatusCode(101).end();
  }

  private void moveTo(EventLoop loop, Runnable next) {
    if (closed) {
      reportClosed();
      return;
    }
    if (behind != null) {
      // Nothing is written yet: the client takes the answer to the second request for that to the first.
      refusePipelined(behind);
      return;
    }
    stripPipeline();
    if (loop == arrivedOn) {
      next.run();
      return;
    }
    channel
        .deregister()
        .addListener(
            deregistered -> {
              ChannelFuture arrival = loop.register(channel);
              arrival.addListener(
                  arrived -> {
                    // In its own task: Netty has not finished the registration.
                    if (arrived.isSuccess()) loop.execute(next);
                    else catcher.closed();
                  });
            });
  }

  /** Removes all handlers but TLS and traffic shaping: the others (idle, logging, compression, h2c, …) belong to HTTP. */
  private void stripPipeline() {
    ChannelPipeline pipeline = channel.pipeline();
    catcher.leaves();
    takeOverMetric();
    for (ChannelHandler handler : new ArrayList<>(pipeline.toMap().values())) {
      boolean stays = handler == catcher || handler instanceof SslHandler || handler instanceof AbstractTrafficShapingHandler;
      if (!stays) pipeline.remove(handler);
    }
    channel.config().setAutoRead(true);
  }

  @SuppressWarnings("unchecked")
  private void takeOverMetric() {
    connection.flushBytesRead();
    connection.flushBytesWritten();
    if (connection.metrics() != null && connection.metric() != null) {
      TransportMetrics<Object> metrics = (TransportMetrics<Object>) (TransportMetrics<?>) connection.metrics();
      metric = new ConnectionMetric(metrics, connection.metric(), connection.remoteAddress());
    }
  }

  private void open(ContextInternal owner, String subprotocol, WebSocketListener listener, Handler<WebSocketChannel> onOpen) {
    if (closed || !channel.isActive()) {
      catcher.closed();
      return;
    }
    ByteBuf answer = answer(subprotocol);
    int answered = answer.readableBytes();
    channel.writeAndFlush(answer);
    accepted = true;
    if (!speaksFirst) {
      begin(owner, listener, onOpen, answered);
      return;
    }
    // Input is not read meanwhile: TCP holds it back.
    channel.config().setAutoRead(false);
    channel.eventLoop().schedule(guarded(() -> begin(owner, listener, onOpen, answered)), BREATH_MS, TimeUnit.MILLISECONDS);
  }

  private void begin(ContextInternal owner, WebSocketListener listener, Handler<WebSocketChannel> onOpen, int answered) {
    if (closed || !channel.isActive()) {
      catcher.closed();
      return;
    }
    // Takes effect when this task has ended.
    if (speaksFirst) channel.config().setAutoRead(true);
    WebSocketChannel webSocket = WebSocketChannel.install(channel, owner, listener, limits, address, metric);
    metric = null;
    closeHandler = null;
    channel.pipeline().remove(catcher);
    webSocket.answered(answered);
    owner.dispatch(webSocket, opened -> open(opened, onOpen));
    for (ByteBuf early; (early = catcher.kept.poll()) != null; ) webSocket.replay(early);
  }

  private static void open(WebSocketChannel webSocket, Handler<WebSocketChannel> onOpen) {
    try {
      onOpen.handle(webSocket);
    } catch (Throwable fault) {
      FaultLog.write("WebSocket not opened", fault);
      webSocket.close(CloseReason.SERVER_ERROR, null);
    }
  }

  private ByteBuf answer(String subprotocol) {
    StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    head.append("Sec-WebSocket-Accept: ").append(acceptKey).append("\r\n");
    if (subprotocol != null) head.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
    if (headers != null) headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("\r\n");
    return ByteBufUtil.writeAscii(channel.alloc(), head);
  }

  private void reportClosed() {
    Handler<Void> handler = closeHandler;
    closeHandler = null;
    if (handler != null) closeContext.emit(handler);
  }

  /** Keeps frames that arrive before their decoder is installed; passes everything else on to Vert.x. */
  private final class Catcher extends ChannelInboundHandlerAdapter {
    private final Queue<ByteBuf> kept = new ArrayDeque<>(1);
    private int keptBytes;
    /** Counts input kept before the decision; null where there is none, and once the channel moves to its owner's loop. */
    private MemoryBudget.Account account;
    private boolean leaving;
    private boolean requestEnded;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof ByteBuf bytes) {
        keep(bytes);
      } else {
        context.fireChannelRead(message);
      }
    }

    private void keep(ByteBuf bytes) {
      keptBytes += bytes.readableBytes();
      if (!closed && !refused && (accepted || mayKeep(bytes.readableBytes()))) kept.add(bytes);
      else bytes.release();
    }

    /** Cuts the client off where it may not. */
    private boolean mayKeep(int more) {
      if (keptBytes > limits.maxEarlyBytes()) {
        cutOff("more than " + limits.maxEarlyBytes() + " bytes before its upgrade was answered");
        return false;
      }
      if (leaving) return true;
      if (account == null) account = MemoryBudget.of(requestContext.owner()).open(limits.pendingBytes(), 0, address, this::evict);
      if (account.add(more)) return true;
      if (account.closedAnother()) {
        // The line about that one, which held more, says why.
        PeerLog.refusedSilently(RefusalReason.UPGRADE, address);
        closeNow();
      } else {
        cutOff("what it sent before its upgrade was answered holds as much memory as it may");
      }
      return false;
    }

    private void evict() {
      cutOff("what it sent before its upgrade was answered holds the most, and there is no memory left for others");
    }

    private void cutOff(String why) {
      if (!channel.isOpen()) return;
      PeerLog.refused(RefusalReason.UPGRADE, address, 0, why);
      closeNow();
    }

    /** Past Vert.x, which would await the answer. */
    private void closeNow() {
      channel.pipeline().context(this).close();
    }

    /** An account belongs to one loop, which the channel leaves; what is kept is decoded a moment later. */
    private void leaves() {
      leaving = true;
      if (account != null) account.hold(0);
      account = null;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      closed();
      context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // Vert.x's handler logs and closes; after its removal a connection that fails is closed here.
      if (channel.pipeline().context(VertxHandler.class) != null) context.fireExceptionCaught(cause);
      else context.close();
    }

    private void closed() {
      closed = true;
      if (!leaving) leaves();
      kept.forEach(ReferenceCountUtil::release);
      kept.clear();
      if (metric != null) metric.disconnected(0);
      metric = null;
      reportClosed();
    }
  }

  /** Discards Vert.x's answer and completes its write. */
  private static final class Swallow extends ChannelOutboundHandlerAdapter {
    private final Runnable swallowed;

    private Swallow(Runnable swallowed) {
      this.swallowed = swallowed;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      ReferenceCountUtil.release(message);
      promise.trySuccess();
      if (!(message instanceof LastHttpContent)) return;
      context.pipeline().remove(this);
      swallowed.run();
    }
  }
}
