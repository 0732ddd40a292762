package dev.magpie.logging;

/**
 * Makes text from outside harmless in a line of the log: control characters, line ends and changes of the writing direction are escaped.
 */
public final class LogText {
  private LogText() {}

  public static String escape(String text) {
    if (text == null || text.chars().noneMatch(LogText::isHarmful)) return text;
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.chars().forEach(c -> append(escaped, (char) c));
    return escaped.toString();
  }

  private static void append(StringBuilder escaped, char c) {
    switch (c) {
      case '\n' -> escaped.append("\\n");
      case '\r' -> escaped.append("\\r");
      case '\t' -> escaped.append("\\t");
      default -> {
        if (isHarmful(c)) escaped.append(String.format("\\u%04x", (int) c));
        else escaped.append(c);
      }
    }
  }

  private static boolean isHarmful(int c) {
    return Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || isDirection(c);
  }

  /** Bidirectional controls, with which a terminal reorders a line. */
  private static boolean isDirection(int c) {
    return c == 0x061c || c == 0x200e || c == 0x200f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
  }
}
