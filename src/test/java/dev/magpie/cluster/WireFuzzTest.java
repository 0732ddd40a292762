package dev.magpie.cluster;

import dev.magpie.testing.Fuzz;
import org.junit.jupiter.api.Test;

class WireFuzzTest {
  @Test
  void whatANodeSaysIsReadOrRefused() {
    Fuzz.run(WireFuzz.TARGET, 8);
  }
}
