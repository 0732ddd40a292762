package dev.magpie.search;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A question without the greetings and polite phrases around it, which would move its embedding away from the article's. Articles keep
 * theirs. Pure.
 */
final class Courtesy {
  private static final String MARKS = " ,.!?;:~-…、，。！？；：～";
  private static final Phrases CHINESE = Phrases.read("courtesy-zh.txt");
  private static final Phrases ENGLISH = Phrases.read("courtesy-en.txt");

  private Courtesy() {}

  /** The longest first. */
  private record Phrases(List<String> before, List<String> behind) {
    static Phrases read(String file) {
      List<String> lines = Wording.lines(file);
      return new Phrases(without(lines, "- ", "+ "), without(lines, "+ ", "- "));
    }

    /** Whether the whole text is one of them. */
    boolean has(String lower) {
      String bare = Wording.bare(lower);
      return Stream.concat(before.stream(), behind.stream()).anyMatch(phrase -> Wording.bare(phrase).equals(bare));
    }

    private static List<String> without(List<String> lines, String others, String own) {
      return lines.stream().filter(line -> !line.startsWith(others)).map(line -> line.startsWith(own) ? line.substring(2) : line)
          .sorted(Comparator.comparingInt(String::length).reversed()).toList();
    }
  }

  /** All of it where there is none, or nothing else. */
  static String without(String plain) {
    Phrases phrases = Language.of(plain) == Language.ZH ? CHINESE : ENGLISH;
    String lower = plain.toLowerCase(Locale.ROOT).replace('’', '\'');
    // Where the lower case has another length, no place in it is one in the text.
    if (lower.length() != plain.length() || phrases.has(lower)) return plain;
    int from = 0;
    int to = plain.length();
    for (int at = behindPhrase(lower, from, to, phrases); at > from; at = behindPhrase(lower, from, to, phrases)) from = at;
    for (int at = beforePhrase(lower, from, to, phrases); at < to; at = beforePhrase(lower, from, to, phrases)) to = at;
    return from == 0 && to == plain.length() ? plain : plain.substring(from, to);
  }

  /** Where the text begins behind one phrase; {@code from} when it does not begin with one, or ends with it. */
  private static int behindPhrase(String lower, int from, int to, Phrases phrases) {
    for (String phrase : phrases.before) {
      int end = from + phrase.length();
      if (end > to || !lower.startsWith(phrase, from) || (end < to && isWithinWord(lower, end))) continue;
      while (end < to && MARKS.indexOf(lower.charAt(end)) >= 0) end++;
      return Wording.bare(lower.substring(end, to)).isEmpty() ? from : end;
    }
    return from;
  }

  private static int beforePhrase(String lower, int from, int to, Phrases phrases) {
    int last = to;
    while (last > from && MARKS.indexOf(lower.charAt(last - 1)) >= 0) last--;
    for (String phrase : phrases.behind) {
      int start = last - phrase.length();
      if (start < from || !lower.startsWith(phrase, start) || (start > from && isWithinWord(lower, start))) continue;
      while (start > from && MARKS.indexOf(lower.charAt(start - 1)) >= 0) start--;
      return Wording.bare(lower.substring(from, start)).isEmpty() ? to : start;
    }
    return to;
  }

  /** Latin phrases are whole words: "hi" is not in "hide". */
  private static boolean isWithinWord(String text, int at) {
    return isLatin(text.charAt(at - 1)) && isLatin(text.charAt(at));
  }

  private static boolean isLatin(char c) {
    return c < 0x250 && (Character.isLetterOrDigit(c) || c == '\'');
  }
}
