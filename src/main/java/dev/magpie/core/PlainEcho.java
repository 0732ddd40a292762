package dev.magpie.core;

import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PlainJsonFormat;
import dev.magpie.transport.Link;
import dev.magpie.transport.Message;
import io.vertx.core.buffer.Buffer;

/** A plain WebSocket with {@code echo=true}: gets every frame back as it came, and is in no namespace. Owned by one {@link Io}. */
final class PlainEcho extends Peer {

  PlainEcho(Io io, Link link) {
    super(io, link, PlainJsonFormat.ARRAYS, PlainJsonFormat.ARRAYS.newDecoder(limits(io)), io.options().plainRateLimits());
  }

  @Override
  void open() {
    super.open();
    joined();
  }

  @Override
  public void onText(String text) {
    if (admits(text.length())) send(Message.text(text.equals("ping") ? "pong" : text));
  }

  @Override
  public void onBinary(Buffer data) {
    if (admits(data.length())) send(Message.binary(data));
  }

  @Override
  void route(Packet packet) {}

  @Override
  void left(Socket socket) {}

  @Override
  void disconnect(Socket socket, boolean close) {}

  @Override
  void closed(String reason) {}
}
