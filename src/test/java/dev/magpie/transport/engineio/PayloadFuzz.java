package dev.magpie.transport.engineio;

import dev.magpie.testing.FuzzTarget;
import io.vertx.core.buffer.Buffer;

/** Bodies of polling requests: of version 4, and of version 3 as text, as a form and in its binary form; the first byte says which. */
public final class PayloadFuzz {
  static final FuzzTarget TARGET = new FuzzTarget("payload", EngineException.class, PayloadFuzz::read);

  private PayloadFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    TARGET.feed(input);
  }

  private static void read(byte[] input) {
    if (input.length == 0) return;
    Buffer body = Buffer.buffer(input).slice(1, input.length);
    switch (input[0]) {
      case '4' -> RequestBody.decode(body, 4, false, false);
      case 'b' -> RequestBody.decode(body, 3, true, false);
      case 'j' -> RequestBody.decode(body, 3, false, true);
      default -> RequestBody.decode(body, 3, false, false);
    }
  }
}
