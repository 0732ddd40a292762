package dev.magpie.cluster;

import dev.magpie.testing.FuzzTarget;
import io.vertx.core.buffer.Buffer;

/** What another node says on the event bus; the first byte says whether it is a broadcast, a question or a reply. */
public final class WireFuzz {
  static final FuzzTarget TARGET = new FuzzTarget("wire", IllegalArgumentException.class, WireFuzz::read);

  private WireFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    TARGET.feed(input);
  }

  private static void read(byte[] input) {
    if (input.length == 0) return;
    Wire.Reader reader = new Wire.Reader(Buffer.buffer(input).slice(1, input.length));
    switch (input[0]) {
      case 'b' -> Wire.readBroadcast(reader);
      case 'q' -> Wire.readQuestion(reader);
      default -> Wire.readReply(reader);
    }
  }
}
