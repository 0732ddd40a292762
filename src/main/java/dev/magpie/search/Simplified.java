package dev.magpie.search;

import com.ibm.icu.text.Transliterator;
import dev.magpie.logging.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Traditional Chinese characters as simplified ones, by ICU's table, one character at a time. Until {@link #load} was called, or where ICU
 * is not on the class path, texts stay as they are. May be used from any thread.
 */
final class Simplified {
  private static final Logger log = LoggerFactory.getLogger(Simplified.class);

  /** The Chinese characters of Unicode's basic plane, with the first extension. */
  private static final char FIRST = 0x3400;
  private static final char LAST = 0x9FFF;

  // The simplified form of each character from FIRST on; null until loaded.
  private static volatile char[] table;
  private static boolean tried;

  private Simplified() {}

  /** Reads ICU's table once in a process, within some tenths of a second: not for an event loop. */
  static synchronized void load() {
    if (tried) return;
    tried = true;
    try {
      table = read();
    } catch (LinkageError | RuntimeException failure) {
      log.info("traditional characters are not simplified reason={}", Reason.of(failure));
    }
  }

  private static char[] read() {
    StringBuilder all = new StringBuilder();
    // A line each, so that none is read together with its neighbour.
    for (char c = FIRST; c <= LAST; c++) all.append(c).append('\n');
    String[] simple = Transliterator.getInstance("Traditional-Simplified").transliterate(all.toString()).split("\n");
    char[] characters = new char[LAST - FIRST + 1];
    for (int i = 0; i < characters.length; i++) characters[i] = simple[i].length() == 1 ? simple[i].charAt(0) : (char) (FIRST + i);
    return characters;
  }

  static String of(String text) {
    char[] simple = table;
    if (simple == null) return text;
    char[] characters = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < FIRST || c > LAST || simple[c - FIRST] == c) continue;
      if (characters == null) characters = text.toCharArray();
      characters[i] = simple[c - FIRST];
    }
    return characters == null ? text : new String(characters);
  }
}
