package dev.magpie.settings;

/** A setting, or a file of settings, that the program does not start with. The message is one line for the person who wrote it. */
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private SettingsException(String message) {
    super(message, null, false, false);
  }

  public static SettingsException of(String message) {
    return new SettingsException(oneLine(Secrets.withoutCredentials(message)));
  }

  /**
   * @param place file and line, or the environment variable
   * @param shown the value as {@link Secrets} lets it be shown
   */
  public static SettingsException refused(String place, String key, String shown, String allowed) {
    return of(place + ": " + key + ": " + Secrets.shortened(shown) + "; allowed: " + allowed);
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
  }
}
