package dev.magpie.protocol;

import dev.magpie.testing.FuzzTarget;
import java.nio.charset.StandardCharsets;

/** Text frames of plain WebSocket clients, in both of their languages: none is refused. */
public final class PlainJsonFuzz {
  static final FuzzTarget TARGET = new FuzzTarget("plain", NoneIsRefused.class, PlainJsonFuzz::read);

  private PlainJsonFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    TARGET.feed(input);
  }

  private static void read(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    for (PlainJsonFormat format : new PlainJsonFormat[] {PlainJsonFormat.ARRAYS, PlainJsonFormat.MAGPIE_V1}) {
      if (format.newDecoder(DecoderLimits.DEFAULT, "/").text(text).isEmpty()) throw new AssertionError("not read");
    }
  }

  private static final class NoneIsRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
