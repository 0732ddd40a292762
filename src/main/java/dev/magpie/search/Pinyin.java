package dev.magpie.search;

import com.ibm.icu.text.Transliterator;
import dev.magpie.logging.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chinese as its pinyin, without tones, by ICU's table: one reading a character. A question in pinyin, with or without spaces, is compared
 * with titles and bodies by its syllables and their pairs. Until {@link #load} was called, or where ICU is not on the class path, nothing
 * has pinyin. May be used from any thread.
 */
final class Pinyin {
  private static final Logger log = LoggerFactory.getLogger(Pinyin.class);

  private static final char FIRST = 0x4E00;
  private static final char LAST = 0x9FFF;

  /** Letters of the longest syllable. */
  private static final int LONGEST = 6;

  /** Letters of a question that are read. */
  private static final int MOST = 200;

  private static volatile Pinyin table;
  private static boolean tried;

  private final String[] readings;
  private final Set<String> syllables;

  private Pinyin(String[] readings, Set<String> syllables) {
    this.readings = readings;
    this.syllables = syllables;
  }

  /** Reads ICU's table once in a process, within some tenths of a second: not for an event loop. */
  static synchronized void load() {
    if (tried) return;
    tried = true;
    try {
      table = read();
    } catch (LinkageError | RuntimeException failure) {
      log.info("questions in pinyin are not understood reason={}", Reason.of(failure));
    }
  }

  private static Pinyin read() {
    StringBuilder all = new StringBuilder();
    // A line each, so that none is read together with its neighbour.
    for (char c = FIRST; c <= LAST; c++) all.append(c).append('\n');
    String[] lines = Transliterator.getInstance("Han-Latin; Latin-ASCII; Lower").transliterate(all.toString()).split("\n");
    Set<String> syllables = new HashSet<>();
    for (int i = 0; i < lines.length; i++) {
      lines[i] = lines[i].strip().intern();
      if (lines[i].matches("[a-z]{1," + LONGEST + "}")) syllables.add(lines[i]);
    }
    return new Pinyin(lines, syllables);
  }

  /** Syllables and pairs of neighbours, in small letters; words in Latin letters and numbers count as a syllable. */
  static Set<String> terms(String text) {
    Pinyin pinyin = table;
    return pinyin == null || Language.of(text) != Language.ZH ? Set.of() : terms(pinyin.spell(text.toLowerCase(Locale.ROOT)));
  }

  /** Those of a question in pinyin; none where some word is no pinyin, or where there is one syllable only. */
  static Set<String> asked(String question) {
    Pinyin pinyin = table;
    if (pinyin == null || question.length() > MOST) return Set.of();
    List<String> all = new ArrayList<>();
    int spelt = 0;
    for (String word : question.toLowerCase(Locale.ROOT).replace('ü', 'u').split("[^\\p{L}\\p{N}]+")) {
      if (word.isEmpty()) continue;
      if (word.chars().anyMatch(Character::isDigit)) {
        all.add(word);
        continue;
      }
      List<String> syllables = pinyin.split(word.replace("lv", "lu").replace("nv", "nu"));
      if (syllables.isEmpty()) return Set.of();
      spelt += syllables.size();
      all.addAll(syllables);
    }
    return spelt < 2 ? Set.of() : terms(all);
  }

  private List<String> spell(String text) {
    List<String> syllables = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isChinese = c >= FIRST && c <= LAST;
      if (!isChinese && Character.isLetterOrDigit(c)) word.append(c);
      else if (word.length() > 0) {
        syllables.add(word.toString());
        word.setLength(0);
      }
      if (isChinese) syllables.add(readings[c - FIRST]);
    }
    if (word.length() > 0) syllables.add(word.toString());
    return syllables;
  }

  /** The fewest syllables that a word consists of; none where it is no pinyin. */
  private List<String> split(String word) {
    int[] fewest = new int[word.length() + 1];
    int[] last = new int[word.length() + 1];
    for (int end = 1; end <= word.length(); end++) {
      fewest[end] = Integer.MAX_VALUE;
      for (int length = Math.min(LONGEST, end); length > 0; length--) {
        int before = fewest[end - length];
        if (before == Integer.MAX_VALUE || before + 1 >= fewest[end] || !syllables.contains(word.substring(end - length, end))) continue;
        fewest[end] = before + 1;
        last[end] = length;
      }
    }
    List<String> found = new ArrayList<>();
    if (fewest[word.length()] == Integer.MAX_VALUE) return found;
    for (int end = word.length(); end > 0; end -= last[end]) found.add(0, word.substring(end - last[end], end));
    return found;
  }

  private static Set<String> terms(List<String> syllables) {
    Set<String> terms = new LinkedHashSet<>(syllables);
    for (int i = 1; i < syllables.size(); i++) terms.add(syllables.get(i - 1) + " " + syllables.get(i));
    return terms;
  }
}
