package dev.magpie.chaos;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The wire between the clients and the server, which can be cut, stopped and spoiled. On one event loop of its own. */
final class Proxy implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final int serverPort;
  private final Channel listening;
  private final Set<Pair> pairs = new LinkedHashSet<>();

  Proxy(int serverPort) throws InterruptedException {
    this.serverPort = serverPort;
    this.listening = new ServerBootstrap()
        .group(group)
        .channel(NioServerSocketChannel.class)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(ChannelOption.AUTO_READ, false)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel client) {
            new Pair(client).connect();
          }
        })
        .bind(HOST, 0)
        .sync()
        .channel();
  }

  int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  void cut(double share) {
    each(share, Pair::reset);
  }

  void stall(double share, long millis) {
    each(share, pair -> {
      pair.stalled(true);
      loop.schedule(() -> pair.stalled(false), millis, TimeUnit.MILLISECONDS);
    });
  }

  void deafen(double share, long millis) {
    each(share, pair -> {
      pair.deaf = true;
      loop.schedule(pair::reset, millis, TimeUnit.MILLISECONDS);
    });
  }

  void halfClose(double share) {
    each(share, pair -> pair.client.shutdownOutput());
  }

  void blackHole(double share) {
    each(share, pair -> pair.swallows = true);
  }

  /** Those that are evenly spread over all, in the order in which they came. */
  private void each(double share, Consumer<Pair> action) {
    loop.execute(() -> {
      List<Pair> all = new ArrayList<>(pairs);
      for (int i = 0; i < all.size(); i++) if ((int) ((i + 1) * share) > (int) (i * share)) action.accept(all.get(i));
    });
  }

  @Override
  public void close() throws InterruptedException {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }

  /** A client's connection and the one to the server that belongs to it. */
  private final class Pair {
    private final SocketChannel client;
    private SocketChannel server;
    private boolean swallows;
    private boolean deaf;

    private Pair(SocketChannel client) {
      this.client = client;
    }

    private void connect() {
      new Bootstrap()
          .group(loop)
          .channel(NioSocketChannel.class)
          .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
          .option(ChannelOption.AUTO_READ, false)
          .handler(new ChannelInitializer<SocketChannel>() {
            @Override
            protected void initChannel(SocketChannel channel) {
              server = channel;
              channel.pipeline().addLast(new Passing(Pair.this, client));
              client.pipeline().addLast(new Passing(Pair.this, channel));
            }
          })
          .connect(HOST, serverPort)
          .addListener(connected -> {
            if (!connected.isSuccess()) {
              reset();
              return;
            }
            pairs.add(this);
            client.closeFuture().addListener(closed -> pairs.remove(this));
            stalled(false);
          });
    }

    private void stalled(boolean stalled) {
      client.config().setAutoRead(!stalled);
      server.config().setAutoRead(!stalled);
    }

    private void reset() {
      end(client);
      if (server != null) end(server);
    }

    private void end(SocketChannel channel) {
      if (channel.isActive()) channel.config().setSoLinger(0);
      channel.close();
    }
  }

  /** One direction of a pair. */
  private static final class Passing extends ChannelInboundHandlerAdapter {
    private final Pair pair;
    private final SocketChannel to;

    private Passing(Pair pair, SocketChannel to) {
      this.pair = pair;
      this.to = to;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      boolean unheard = pair.deaf && to == pair.client;
      if (unheard || pair.swallows || !to.isActive() || to.isOutputShutdown()) ReferenceCountUtil.release(bytes);
      else to.writeAndFlush(bytes);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (!(event instanceof ChannelInputShutdownEvent) || pair.swallows) return;
      to.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).addListener(written -> {
        to.shutdownOutput();
        if (((SocketChannel) context.channel()).isOutputShutdown()) pair.reset();
      });
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      // The other end of a black hole is not told either.
      if (!pair.swallows) to.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable reset) {
      context.close();
    }
  }
}
