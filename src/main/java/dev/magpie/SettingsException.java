package dev.magpie;

/** A setting, or a file of settings, that the program does not start with. The message is one line for the person who wrote it. */
public final class SettingsException extends RuntimeException {
  private static final int SHOWN = 100;

  private SettingsException(String message) {
    super(message, null, false, false);
  }

  static SettingsException of(String message) {
    return new SettingsException(oneLine(message));
  }

  /**
   * @param place file and line, or the environment variable
   * @param shown the value as it was written
   */
  static SettingsException refused(String place, String key, String shown, String allowed) {
    return of(place + ": " + key + ": " + masked(shown) + "; allowed: " + allowed);
  }

  /** Names and passwords in addresses are nobody's business in a log. */
  private static String masked(String shown) {
    String masked = shown.replaceAll("://[^/@\\s]*@", "://***@");
    return masked.length() <= SHOWN ? masked : masked.substring(0, SHOWN) + "…";
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
  }
}
