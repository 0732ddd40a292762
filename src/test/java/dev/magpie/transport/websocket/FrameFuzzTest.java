package dev.magpie.transport.websocket;

import dev.magpie.testing.Fuzz;
import org.junit.jupiter.api.Test;

class FrameFuzzTest {
  @Test
  void framesAreReadOrRefusedHoweverTheyAreCut() {
    Fuzz.run(FrameFuzz.TARGET, 4);
  }
}
