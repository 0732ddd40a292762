package dev.magpie.settings;

import io.vertx.core.json.Json;

/**
 * Removes secrets from output: values of settings that are secrets, and credentials in addresses. Used wherever a setting's value, or a
 * message that may have one, is printed.
 */
public final class Secrets {
  static final String HIDDEN = "(not shown)";

  private static final int SHOWN = 100;

  private Secrets() {}

  /** A value as error messages show it. */
  static String shown(String key, Object value) {
    return concerns(key) ? HIDDEN : shortened(Json.encode(value));
  }

  static String shortened(String text) {
    String masked = withoutCredentials(text);
    return masked.length() <= SHOWN ? masked : masked.substring(0, SHOWN) + "…";
  }

  /** Removes everything up to the last '@': a password that was not percent-encoded may have an '@', a slash or a space. */
  public static String withoutCredentials(String text) {
    return text.replaceAll("(?s)://.*@", "://***@");
  }

  /** Whether a key is a secret, or above or below one: a secret may have been written at the wrong level. */
  private static boolean concerns(String key) {
    return SettingsTable.SETTINGS.stream().filter(Setting::secret).map(Setting::key)
        .anyMatch(secret -> key.equals(secret) || key.startsWith(secret + ".") || key.startsWith(secret + "[")
        || secret.startsWith(key + "."));
  }
}
