package dev.magpie.protocol;

import dev.magpie.testing.FuzzTarget;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** Packets of Socket.IO, of both versions: the text, and attachments as long as it waits for some. */
public final class SocketIoFuzz {
  static final FuzzTarget TARGET = new FuzzTarget("socket.io", ProtocolException.class, SocketIoFuzz::read);

  private SocketIoFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    TARGET.feed(input);
  }

  private static void read(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    ProtocolException refusal = null;
    for (SocketIoFormat format : new SocketIoFormat[] {SocketIoFormat.V5, SocketIoFormat.V4}) {
      try {
        read(format.newDecoder(DecoderLimits.DEFAULT), text, input);
      } catch (ProtocolException refused) {
        refusal = refused;
      }
    }
    if (refusal != null) throw refusal;
  }

  private static void read(PacketDecoder decoder, String text, byte[] input) {
    decoder.text(text);
    for (int attachment = 0; decoder.awaitingAttachments(); attachment++) {
      if (attachment >= DecoderLimits.DEFAULT.maxAttachments()) throw new AssertionError("waits for more attachments than there may be");
      decoder.binary(Buffer.buffer(input));
    }
  }
}
