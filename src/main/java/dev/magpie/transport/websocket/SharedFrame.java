package dev.magpie.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Bytes that already are one or more WebSocket frames, made once and written to any number of channels on any loops. They are read-only
 * and live on the heap under the garbage collector's care alone: a stalled receiver that closes cannot leak them.
 */
public final class SharedFrame {
  private final byte[] bytes;

  /** Takes the array over: nobody may write to it any more. */
  SharedFrame(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Bytes on the wire, the frames' headers included. */
  public int length() {
    return bytes.length;
  }

  /** Not to be written to. */
  byte[] bytes() {
    return bytes;
  }

  /** A receiver's own view, which it releases without an effect on others: the same bytes with indexes of its own. */
  ByteBuf view() {
    return Unpooled.wrappedBuffer(bytes);
  }
}
