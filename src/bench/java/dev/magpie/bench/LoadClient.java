package dev.magpie.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;

/**
 * One Socket.IO client over WebSocket, as little as it can be: it knows frames and Engine.IO packets well enough to be counted. Owned by
 * its {@link Load}, used on its loop.
 */
final class LoadClient extends ChannelInboundHandlerAdapter {
  private static final byte[] EVENT = "42[\"".getBytes(StandardCharsets.US_ASCII);

  /** Digits of a time stamp at the head of each message. */
  private static final int STAMP = 20;

  private final Load load;
  private final String request;
  Channel channel;
  long sentAt;
  private ByteBuf unread;
  private boolean upgraded;
  private boolean ready;

  LoadClient(Load load, int port) {
    this.load = load;
    this.request = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:" + port
        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: "
        + "13\r\n\r\n";
  }

  boolean isReady() {
    return ready;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    channel = context.channel();
    context.writeAndFlush(context.alloc().buffer(request.length()).writeBytes(request.getBytes(StandardCharsets.US_ASCII)));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (unread != null) unread.release();
    unread = null;
    load.gone(ready);
    ready = false;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (unread != null) {
      in = unread.writeBytes(in);
      ((ByteBuf) message).release();
      unread = null;
    }
    if (!upgraded) upgrade(in);
    while (upgraded && frame(in)) {}
    if (in.isReadable()) unread = context.alloc().buffer(in.readableBytes() + 512).writeBytes(in);
    in.release();
  }

  private void upgrade(ByteBuf in) {
    String head = in.toString(StandardCharsets.ISO_8859_1);
    int end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    if (!head.startsWith("HTTP/1.1 101")) channel.close();
    in.skipBytes(end + 4);
    upgraded = true;
  }

  /** One frame; false when it has not arrived. */
  private boolean frame(ByteBuf in) {
    if (in.readableBytes() < 2) return false;
    int at = in.readerIndex();
    int length = in.getByte(at + 1) & 0x7F;
    int head = 2;
    if (length == 126) {
      if (in.readableBytes() < 4) return false;
      length = in.getUnsignedShort(at + 2);
      head = 4;
    } else if (length == 127) {
      if (in.readableBytes() < 10) return false;
      length = (int) in.getLong(at + 2);
      head = 10;
    }
    if (in.readableBytes() < head + length) return false;
    int opcode = in.getByte(at) & 0x0F;
    in.skipBytes(head + length);
    if (opcode == 1) text(in, at + head, length);
    if (opcode == 8) channel.close();
    return true;
  }

  private void text(ByteBuf in, int at, int length) {
    int first = in.getByte(at);
    int second = length > 1 ? in.getByte(at + 1) : 0;
    if (first == '0') {
      send("40" + load.namespace);
    } else if (first == '2') {
      send("3");
    } else if (first == '4' && second == '0') {
      ready = true;
      load.joined();
    } else if (first == '4' && second == '3') {
      load.acknowledged(this);
    } else if (first == '4' && second == '2') {
      load.delivered(stamp(in, at, length));
    }
  }

  /** When the event was sent, or 0. */
  private static long stamp(ByteBuf in, int at, int length) {
    int from = at + EVENT.length + Load.EVENT_NAME.length() + 3;
    if (length < from - at + STAMP) return 0;
    long stamp = 0;
    for (int i = 0; i < STAMP; i++) stamp = stamp * 10 + in.getByte(from + i) - '0';
    return stamp;
  }

  /** The event, its arguments as JSON, with the time in front of the last string where {@link Load#TIME} stands. */
  void emit(String arguments) {
    sentAt = System.nanoTime();
    String digits = Long.toString(sentAt);
    send("42" + load.namespace + arguments.replace(Load.TIME, "0".repeat(STAMP - digits.length()) + digits));
  }

  /** The same, to be acknowledged. */
  void ask(String arguments) {
    emit("1" + arguments);
  }

  /** Masked by a zero key: legal, and no work for either side. */
  private void send(String text) {
    ByteBuf frame = channel.alloc().buffer(text.length() + 8);
    frame.writeByte(0x81);
    if (text.length() < 126) frame.writeByte(0x80 | text.length());
    else frame.writeByte(0x80 | 126).writeShort(text.length());
    frame.writeInt(0);
    frame.writeCharSequence(text, StandardCharsets.US_ASCII);
    channel.writeAndFlush(frame, channel.voidPromise());
  }
}
