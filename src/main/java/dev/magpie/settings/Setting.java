package dev.magpie.settings;

/**
 * One key of {@code conf/magpie.json}.
 *
 * @param key the parts of the key with dots between them
 * @param type the type of its values
 * @param otherwise the default; null for none
 * @param meaning one phrase, shown in settings.md
 * @param secret whether its value is never printed ({@link Secrets})
 */
public record Setting(String key, SettingType type, Object otherwise, String meaning, boolean secret) {
  Setting(String key, SettingType type, Object otherwise, String meaning) {
    this(key, type, otherwise, meaning, false);
  }

  static Setting secret(String key, SettingType type, Object otherwise, String meaning) {
    return new Setting(key, type, otherwise, meaning, true);
  }

  /** The environment variable that overrides it. */
  public String variable() {
    return "MAGPIE_" + key.replace('.', '_').toUpperCase(java.util.Locale.ROOT);
  }
}
