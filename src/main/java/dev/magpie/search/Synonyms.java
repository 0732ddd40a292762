package dev.magpie.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Synonym groups, applied to the question, so that an edit does not require reindexing. Immutable. */
final class Synonyms {
  static final Synonyms NONE = new Synonyms(List.of());

  private final List<List<String>> groups;

  Synonyms(List<List<String>> groups) {
    this.groups = groups.stream()
        .map(words -> words.stream().map(word -> Wording.plain(word).toLowerCase(Locale.ROOT)).filter(word -> !word.isEmpty()).toList())
        .toList();
  }

  /** The other words of each group that the text has one of. */
  List<String> alike(String plain) {
    String text = plain.toLowerCase(Locale.ROOT);
    List<String> alike = new ArrayList<>();
    for (List<String> words : groups) {
      if (words.stream().anyMatch(word -> contains(text, word))) words.stream().filter(word -> !contains(text, word)).forEach(alike::add);
    }
    return alike;
  }

  /** Latin words match as whole words: "app" is not in "happy". */
  private static boolean contains(String text, String word) {
    for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      if (!(isLatin(text, at - 1) && isLatin(word, 0)) && !(isLatin(text, at + word.length()) && isLatin(word, word.length() - 1)))
        return true;
    }
    return false;
  }

  private static boolean isLatin(String text, int at) {
    return at >= 0 && at < text.length() && text.charAt(at) < 0x250 && Character.isLetterOrDigit(text.charAt(at));
  }
}
