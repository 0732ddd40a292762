package dev.magpie.search;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Converts a Markdown body to plain text, and splits it into chunks at ends of sentences. Pure. */
final class Chunks {
  static final int MOST = 8;

  private static final int MOST_PASSAGES = 24;

  private static final Pattern CODE_FENCE = Pattern.compile("(?m)^\\s{0,3}(```|~~~).*$");
  private static final Pattern LINE_MARK = Pattern.compile("(?m)^\\s{0,3}(#{1,6}|>|[-*+]|\\d{1,9}[.)])\\s+");
  private static final Pattern LINK = Pattern.compile("!?\\[([^\\]\\n]{0,300}+)\\]\\([^)\\s]{0,500}+(?:\\s[^)]{0,300}+)?\\)");
  private static final Pattern EMPHASIS = Pattern.compile("\\*{1,3}|_{2,3}|`+|\\|");
  // Possessive, so that a long run is matched in linear time.
  private static final Pattern SPACES = Pattern.compile("\\s++");
  private static final String ENDS = "。！？；!?;\n";

  private Chunks() {}

  static String text(String markdown) {
    String text = CODE_FENCE.matcher(markdown).replaceAll("");
    text = LINK.matcher(text).replaceAll("$1");
    text = LINE_MARK.matcher(text).replaceAll("");
    text = EMPHASIS.matcher(text).replaceAll(" ");
    return SPACES.matcher(text).replaceAll(run -> run.group().indexOf('\n') < 0 ? " " : "\n").strip();
  }

  /** Of about this many characters, the first {@link #MOST}. */
  static List<String> of(String text, int length) {
    return of(text, length, MOST);
  }

  /** What can be shown of it as an answer: all of it where it is hardly longer than a passage. */
  static List<String> passages(String text, Language language) {
    return text.length() * 2 <= language.passageLength * 3 ? List.of(text) : of(text, language.passageLength, MOST_PASSAGES);
  }

  private static List<String> of(String text, int length, int most) {
    List<String> chunks = new ArrayList<>();
    for (int from = 0; from < text.length() && chunks.size() < most; ) {
      int to = end(text, from, length);
      String chunk = text.substring(from, to).strip();
      if (!chunk.isEmpty()) chunks.add(chunk);
      from = to;
    }
    return chunks;
  }

  /** After the last sentence that ends within the length; where none does in its second half, at its last space, or just there. */
  private static int end(String text, int from, int length) {
    if (text.length() - from <= length) return text.length();
    int space = -1;
    for (int at = from + length; at > from + length / 2; at--) {
      char c = text.charAt(at - 1);
      if (ENDS.indexOf(c) >= 0 || (c == '.' && Character.isWhitespace(text.charAt(at)))) return at;
      if (space < 0 && c == ' ') space = at;
    }
    int hard = Character.isLowSurrogate(text.charAt(from + length)) ? from + length - 1 : from + length;
    return space > 0 ? space : hard;
  }
}
