package dev.magpie.protocol;

import dev.magpie.testing.Fuzz;
import org.junit.jupiter.api.Test;

class DecoderFuzzTest {
  @Test
  void packetsAreReadOrRefused() {
    Fuzz.run(SocketIoFuzz.TARGET, 5);
  }

  @Test
  void anyPlainTextIsRead() {
    Fuzz.run(PlainJsonFuzz.TARGET, 7);
  }

  @Test
  void packetsInMessagePackAreReadOrRefused() {
    Fuzz.run(MsgpackFuzz.TARGET, 11);
  }
}
