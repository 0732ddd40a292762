package dev.magpie.protocol;

import dev.magpie.testing.FuzzTarget;
import io.vertx.core.buffer.Buffer;

/** Packets in MessagePack: what is read can be written, and is read again as the same. */
public final class MsgpackFuzz {
  static final FuzzTarget TARGET = new FuzzTarget("msgpack", ProtocolException.class, MsgpackFuzz::read);

  private MsgpackFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    TARGET.feed(input);
  }

  private static void read(byte[] input) {
    Packet packet = decode(Buffer.buffer(input));
    Packet again = decode(MsgpackFormat.V5.encode(packet).attachments().get(0));
    if (!again.equals(packet)) throw new AssertionError(packet + " became " + again);
  }

  private static Packet decode(Buffer message) {
    return MsgpackFormat.V5.newDecoder(DecoderLimits.DEFAULT).binary(message).orElseThrow();
  }
}
