package dev.magpie.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Clients that long-poll: each has one connection for its GETs and one for its POSTs, and one acknowledged event on its way. An echo is one
 * POST and one GET. Called from one thread; everything else happens on its loop.
 */
final class PollingLoad implements AutoCloseable {
  private static final String PAYLOAD = "421[\"echo\",\"" + "x".repeat(64) + "\"]";

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final int port;
  private long echoes;

  PollingLoad(int port) {
    this.port = port;
  }

  void connect(int clients) throws Exception {
    for (int i = 0; i < clients; i++) {
      Client client = new Client();
      client.get = open(client::polled);
      client.post = open(client::posted);
      loop.next().submit(() -> client.request(client.get, HttpMethod.GET, "")).get();
    }
    Thread.sleep(1000);
  }

  /** @return echoes that came back */
  long run(double seconds) throws Exception {
    long before = loop.next().submit(() -> echoes).get();
    Thread.sleep((long) (seconds * 1000));
    return loop.next().submit(() -> echoes).get() - before;
  }

  private Channel open(Consumer<String> answered) throws InterruptedException {
    return new Bootstrap().group(loop).channel(EpollSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
        .handler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(1 << 20),
                new SimpleChannelInboundHandler<FullHttpResponse>() {
              @Override
              protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
                if (response.status().code() == 200) answered.accept(response.content().toString(StandardCharsets.UTF_8));
                else context.close();
              }
            });
          }
        }).connect("127.0.0.1", port).sync().channel();
  }

  private final class Client {
    private Channel get;
    private Channel post;
    private String sid;

    void polled(String body) {
      if (sid == null) {
        int from = body.indexOf("\"sid\":\"") + 7;
        sid = body.substring(from, body.indexOf('"', from));
        request(post, HttpMethod.POST, "40");
      } else if (body.contains("43")) {
        echoes++;
        request(post, HttpMethod.POST, PAYLOAD);
      } else if (body.contains("40{")) {
        request(post, HttpMethod.POST, PAYLOAD);
      } else if (body.contains("2")) {
        request(post, HttpMethod.POST, "3");
      }
      request(get, HttpMethod.GET, "");
    }

    void posted(String ok) {}

    void request(Channel channel, HttpMethod method, String body) {
      String uri = "/socket.io/?EIO=4&transport=polling" + (sid == null ? "" : "&sid=" + sid);
      FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, uri,
          Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
      request.headers().set("host", "127.0.0.1:" + port);
      if (method == HttpMethod.POST)
        request.headers().set("content-type", "text/plain;charset=UTF-8").set("content-length", request.content().readableBytes());
      channel.writeAndFlush(request);
    }
  }

  @Override
  public void close() throws Exception {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
  }
}
