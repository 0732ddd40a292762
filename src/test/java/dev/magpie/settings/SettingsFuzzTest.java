package dev.magpie.settings;

import dev.magpie.testing.Fuzz;
import org.junit.jupiter.api.Test;

class SettingsFuzzTest {
  @Test
  void areReadOrRefused() {
    Fuzz.run(SettingsFuzz.TARGET, 9);
  }
}
