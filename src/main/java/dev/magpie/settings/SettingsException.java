package dev.magpie.settings;

/** Settings with which the program does not start. The message is one line for the person who wrote them. */
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private SettingsException(String message) {
    super(message, null, false, false);
  }

  public static SettingsException of(String message) {
    return new SettingsException(oneLine(Secrets.withoutCredentials(message)));
  }

  /**
   * A value that is not allowed.
   *
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
