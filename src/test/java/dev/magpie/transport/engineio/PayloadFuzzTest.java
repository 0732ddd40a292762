package dev.magpie.transport.engineio;

import dev.magpie.testing.Fuzz;
import org.junit.jupiter.api.Test;

class PayloadFuzzTest {
  @Test
  void payloadsAreReadOrRefused() {
    Fuzz.run(PayloadFuzz.TARGET, 1);
  }
}
