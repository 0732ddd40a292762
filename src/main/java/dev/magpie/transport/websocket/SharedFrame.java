package dev.magpie.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * One or more encoded WebSocket frames, encoded once and written to any number of channels on any loops. The bytes are read-only and on
 * the heap, without reference counts: a stalled receiver that closes cannot leak them.
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

  /** A view of the same bytes with its own indexes, which one receiver may release without an effect on others. */
  ByteBuf view() {
    return Unpooled.wrappedBuffer(bytes);
  }
}
