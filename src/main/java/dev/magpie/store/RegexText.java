package dev.magpie.store;

/** Escapes a text for a regular expression, valid in Java and in MongoDB (PCRE). Pure. */
final class RegexText {
  private RegexText() {}

  /** Escapes every ASCII character except letters and digits; the text could end a quotation (\Q…\E). */
  static String regex(String text) {
    StringBuilder regex = new StringBuilder(text.length() * 2);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 128 && !Character.isLetterOrDigit(c)) regex.append('\\');
      regex.append(c);
    }
    return regex.toString();
  }

  /** A prefix that does not split a surrogate pair. */
  static String cut(String text, int limit) {
    if (text.length() <= limit) return text;
    return text.substring(0, Character.isHighSurrogate(text.charAt(limit - 1)) ? limit - 1 : limit);
  }

  /** Whether the text can be sent to the database: without NUL, which ends a regular expression there, and without unpaired surrogates. */
  static boolean storable(String text) {
    return text.codePoints().noneMatch(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
  }
}
