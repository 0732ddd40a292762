package dev.magpie.settings;

import dev.magpie.testing.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Files of settings: they are read, or refused with a line that says what is wrong. */
public final class SettingsFuzz {
  static final FuzzTarget TARGET = new FuzzTarget("settings", SettingsException.class, SettingsFuzz::read);

  private SettingsFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    TARGET.feed(input);
  }

  private static void read(byte[] input) {
    Settings.read(SettingsFile.parse("fuzz.json", new String(input, StandardCharsets.UTF_8)), Map.of());
  }
}
