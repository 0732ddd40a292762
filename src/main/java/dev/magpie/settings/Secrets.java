package dev.magpie.settings;

import io.vertx.core.json.Json;

/**
 * What is never printed: values of settings that are secrets, and credentials in addresses. Whatever prints a setting's value, or a message
 * that may hold one, asks here.
 */
public final class Secrets {
  static final String HIDDEN = "(not shown)";

  private static final int SHOWN = 100;

  private Secrets() {}

  /** A value as a refusal shows it. */
  static String shown(String key, Object value) {
    return concerns(key) ? HIDDEN : shortened(Json.encode(value));
  }

  static String shortened(String text) {
    String masked = withoutCredentials(text);
    return masked.length() <= SHOWN ? masked : masked.substring(0, SHOWN) + "…";
  }

  /** Up to the last '@': a password that was not percent-encoded may hold one, or a slash, or a space. */
  public static String withoutCredentials(String text) {
    return text.replaceAll("(?s)://.*@", "://***@");
  }

  /** Also the parts that hold a secret, and what is below it: where a secret stands that was written at the wrong level. */
  private static boolean concerns(String key) {
    return SettingsTable.SETTINGS.stream().filter(Setting::secret).map(Setting::key)
        .anyMatch(secret -> key.equals(secret) || key.startsWith(secret + ".") || key.startsWith(secret + "[")
        || secret.startsWith(key + "."));
  }
}
