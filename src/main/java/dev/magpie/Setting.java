package dev.magpie;

/**
 * One key of {@code conf/magpie.json}.
 *
 * @param key with dots between its parts
 * @param otherwise the value where the key is not written; null where there is none
 * @param meaning for the README
 */
record Setting(String key, SettingType type, Object otherwise, String meaning) {
  /** The environment variable that overrides it. */
  String variable() {
    return "MAGPIE_" + key.replace('.', '_').toUpperCase(java.util.Locale.ROOT);
  }
}
