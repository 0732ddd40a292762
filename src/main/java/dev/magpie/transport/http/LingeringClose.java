package dev.magpie.transport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.impl.http1.Http1ServerConnection;
import java.util.concurrent.TimeUnit;

/**
 * Closes an HTTP/1.1 connection after its last answer in two stages (RFC 9112, section 9.6): first the sending side, then, when the client
 * has closed its side, the connection. Input in between is read and discarded: with unread input the operating system would reset the
 * connection, and the answer would be lost. A client that sends for too long, or too much, is closed at once. Used where file descriptors
 * are not scarce. The first handler of the pipeline; owned by its channel's event loop.
 */
final class LingeringClose extends ChannelDuplexHandler {
  private static final long MAX_SECONDS = 5;
  private static final long MAX_BYTES = 1 << 20;

  private boolean closing;
  private long discarded;
  private Future<?> timer;

  private LingeringClose() {}

  /** Installs the handler before the last answer. Not over TLS, where one side cannot be closed alone: the connection closes at once. */
  static void prepare(Http1ServerConnection connection) {
    var pipeline = connection.channel().pipeline();
    boolean possible = connection.channel() instanceof DuplexChannel && pipeline.get(SslHandler.class) == null;
    if (possible && pipeline.get(LingeringClose.class) == null) pipeline.addFirst(new LingeringClose());
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    DuplexChannel channel = (DuplexChannel) context.channel();
    if (!channel.isActive()) {
      context.close(promise);
      return;
    }
    channel.closeFuture().addListener(closed -> promise.trySuccess());
    if (closing) return;
    closing = true;
    timer = channel.eventLoop().schedule(() -> context.close(), MAX_SECONDS, TimeUnit.SECONDS);
    channel.shutdownOutput();
    channel.config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!closing) {
      context.fireChannelRead(message);
      return;
    }
    discarded += message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
    ReferenceCountUtil.release(message);
    if (discarded > MAX_BYTES) context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (timer != null) timer.cancel(false);
    context.fireChannelInactive();
  }
}
