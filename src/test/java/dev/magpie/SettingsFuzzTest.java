package dev.magpie;

import dev.magpie.testing.Fuzz;
import org.junit.jupiter.api.Test;

class SettingsFuzzTest {
  @Test
  void areReadOrRefused() {
    Fuzz.run(SettingsFuzz.TARGET, 9);
  }
}
