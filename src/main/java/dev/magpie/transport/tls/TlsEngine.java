package dev.magpie.transport.tls;

import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.admission.Admission;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.spi.tls.DefaultSslContextFactory;
import io.vertx.core.spi.tls.SslContextFactory;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's TLS, with what Vert.x leaves out: it reports a connection only when TLS is agreed and, over HTTP/2, the client's settings have
 * come. Here it counts from its beginning ({@link Admission}), a failed handshake is logged, and a client that stops is closed. The
 * arithmetic of handshakes is done on worker threads. Safe for all threads; each connection is its event loop's.
 */
public final class TlsEngine extends JdkSSLEngineOptions {
  /** From the end of the handshake to the settings of an HTTP/2 client. */
  private static final int BEGIN_SECONDS = 10;

  private static final int SHOWN_CHARS = 200;

  private final Admission admission;

  public TlsEngine(Admission admission) {
    this.admission = admission;
    setUseWorkerThread(true);
  }

  /** The connection is known to Vert.x. On its event loop. */
  public static void opened(HttpConnection connection) {
    if (((ConnectionBase) connection).channel().pipeline().get(SslHandler.class) instanceof Handshaker handshaker) handshaker.opened();
  }

  @Override
  public SslContextFactory sslContextFactory() {
    return new DefaultSslContextFactory(SslProvider.JDK, false) {
      @Override
      public SslContext create() throws SSLException {
        return new Watched(super.create());
      }
    };
  }

  private final class Watched extends DelegatingSslContext {
    Watched(SslContext context) {
      super(context);
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator allocator, boolean startTls, Executor executor) {
      return new Handshaker(newEngine(allocator), startTls, executor);
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator allocator, String host, int port, boolean startTls, Executor executor) {
      return new Handshaker(newEngine(allocator, host, port), startTls, executor);
    }

    @Override
    protected void initEngine(SSLEngine engine) {}
  }

  private final class Handshaker extends SslHandler {
    private @Nullable Future<?> deadline;
    private boolean opened;

    Handshaker(SSLEngine engine, boolean startTls, Executor executor) {
      super(engine, startTls, executor);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) throws Exception {
      super.handlerAdded(context);
      Channel channel = context.channel();
      handshakeFuture().addListener(agreed -> {
        if (agreed.isSuccess()) awaitOpening(channel);
        else refused(channel, agreed.cause());
      });
      admission.connected(channel);
    }

    private void awaitOpening(Channel channel) {
      if (opened || !channel.isActive()) return;
      deadline = channel.eventLoop().schedule(() -> {
        PeerLog.refused(RefusalReason.NO_REQUEST, address(channel), 0, "no request within " + BEGIN_SECONDS + " s of the TLS handshake");
        channel.close();
      }, BEGIN_SECONDS, TimeUnit.SECONDS);
    }

    void opened() {
      opened = true;
      if (deadline != null) deadline.cancel(false);
      deadline = null;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
      opened();
      super.channelInactive(context);
    }
  }

  /** A client that goes away during the handshake is not worth a line. */
  private static void refused(Channel channel, Throwable cause) {
    if (cause instanceof ClosedChannelException) PeerLog.refusedSilently(RefusalReason.TLS, address(channel));
    else PeerLog.refused(RefusalReason.TLS, address(channel), 0, "TLS handshake failed: " + reason(cause));
  }

  private static String reason(Throwable cause) {
    // Its message has all that was sent.
    if (cause instanceof NotSslRecordException) return "not TLS";
    String message = cause.getMessage();
    return message == null ? "no reason given" : message.substring(0, Math.min(message.length(), SHOWN_CHARS));
  }

  private static String address(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress peer && peer.getAddress() != null ? peer.getAddress().getHostAddress() : "";
  }
}
