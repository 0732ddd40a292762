package dev.magpie.store;

/** What a visitor typed, as a regular expression that means just these characters, in Java's dialect and in MongoDB's (PCRE). Pure. */
final class Literal {
  private Literal() {}

  /** A backslash before every ASCII character that is neither letter nor digit: no quoting that the text itself could end. */
  static String regex(String text) {
    StringBuilder regex = new StringBuilder(text.length() * 2);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 128 && !Character.isLetterOrDigit(c)) regex.append('\\');
      regex.append(c);
    }
    return regex.toString();
  }

  /** The first characters, no emoji cut in half. */
  static String cut(String text, int limit) {
    if (text.length() <= limit) return text;
    return text.substring(0, Character.isHighSurrogate(text.charAt(limit - 1)) ? limit - 1 : limit);
  }

  /** Whether the text survives the way to the database: no NUL, which ends a regular expression there, no half of a surrogate pair. */
  static boolean storable(String text) {
    return text.codePoints().noneMatch(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
  }
}
