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
 * Closes an HTTP/1.1 connection behind its last answer in stages (RFC 9112, section 9.6), whoever closes it: first the sending side alone,
 * then, when the client has closed its own, the rest. What the client still sends meanwhile is read and thrown away: bytes left unread
 * would make the operating system reset the connection, and the answer be lost. A client that sends on for too long, or too much, is cut
 * off. Used where descriptors are not scarce. Stands first in the pipeline; owned by its channel's event loop.
 */
final class LingeringClose extends ChannelDuplexHandler {
  private static final long MAX_SECONDS = 5;
  private static final long MAX_BYTES = 1 << 20;

  private boolean closing;
  private long thrownAway;
  private Future<?> timer;

  private LingeringClose() {}

  /** The next answer is the last one. Over TLS, where one side cannot be closed alone, the connection closes at once behind it. */
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
    thrownAway += message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
    ReferenceCountUtil.release(message);
    if (thrownAway > MAX_BYTES) context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (timer != null) timer.cancel(false);
    context.fireChannelInactive();
  }
}
