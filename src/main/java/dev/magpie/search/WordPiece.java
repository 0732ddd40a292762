package dev.magpie.search;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * BERT's tokens of a text: characters cleaned, every Chinese character and punctuation mark a word, words split into the longest chunks
 * that the vocabulary has. Reads the {@code tokenizer.json} that comes with a model. Immutable.
 */
final class WordPiece {
  private static final String CONTINUED = "##";

  /** Characters; BERT takes a longer word as unknown without looking. */
  private static final int LONGEST_WORD = 100;

  /** Characters a token: nobody's text has so long ones, and what a hostile one has beyond is not looked at. */
  private static final int LONGEST_TOKEN = 16;

  private final Map<String, Integer> vocabulary;
  private final boolean lowercase;
  private final int unknown;
  private final int first;
  private final int last;

  private WordPiece(Map<String, Integer> vocabulary, boolean lowercase) {
    this.vocabulary = vocabulary;
    this.lowercase = lowercase;
    this.unknown = vocabulary.get("[UNK]");
    this.first = vocabulary.get("[CLS]");
    this.last = vocabulary.get("[SEP]");
  }

  static WordPiece read(InputStream tokenizer) throws IOException {
    Map<String, Integer> vocabulary = new HashMap<>(1 << 16);
    boolean lowercase = false;
    try (JsonParser json = new JsonFactory().createParser(tokenizer)) {
      while (json.nextToken() != null) {
        if (json.currentToken() != JsonToken.FIELD_NAME) continue;
        if (json.currentName().equals("lowercase")) lowercase = json.nextBooleanValue();
        else if (json.currentName().equals("vocab")) {
          json.nextToken();
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String chunk = json.currentName();
            vocabulary.put(chunk, json.nextIntValue(0));
          }
        }
      }
    }
    return new WordPiece(vocabulary, lowercase);
  }

  boolean knows(String word) {
    return vocabulary.containsKey(word);
  }

  /** With the tokens that begin and end a text; what does not fit into {@code limit} is left out. */
  long[] encode(String text, int limit) {
    Tokens tokens = new Tokens(limit - 1);
    tokens.add(first);
    StringBuilder word = new StringBuilder();
    String read = text.substring(0, Math.min(text.length(), LONGEST_TOKEN * limit));
    String plain = lowercase ? withoutAccents(read) : read;
    for (int i = 0; i < plain.length() && !tokens.full(); ) {
      int c = plain.codePointAt(i);
      i += Character.charCount(c);
      if (c == 0 || c == 0xFFFD || isControl(c)) continue;
      boolean alone = isPunctuation(c) || isChinese(c);
      if (alone || isSpace(c)) endWord(word, tokens);
      if (alone) endWord(word.appendCodePoint(c), tokens);
      else if (!isSpace(c)) word.appendCodePoint(c);
    }
    endWord(word, tokens);
    return tokens.closed(last);
  }

  private static String withoutAccents(String text) {
    String apart = Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
    StringBuilder plain = new StringBuilder(apart.length());
    apart.codePoints().filter(c -> Character.getType(c) != Character.NON_SPACING_MARK).forEach(plain::appendCodePoint);
    return plain.toString();
  }

  private void endWord(StringBuilder word, Tokens tokens) {
    if (word.isEmpty()) return;
    int before = tokens.count;
    if (word.length() > LONGEST_WORD || !split(word, tokens)) {
      tokens.count = before;
      tokens.add(unknown);
    }
    word.setLength(0);
  }

  private boolean split(StringBuilder word, Tokens tokens) {
    for (int from = 0; from < word.length(); ) {
      int to = word.length();
      Integer id = null;
      for (; to > from; to--) {
        String chunk = word.substring(from, to);
        id = vocabulary.get(from == 0 ? chunk : CONTINUED + chunk);
        if (id != null) break;
      }
      if (id == null) return false;
      tokens.add(id);
      from = to;
    }
    return true;
  }

  private static boolean isSpace(int c) {
    return c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
  }

  private static boolean isControl(int c) {
    if (c == '\t' || c == '\n' || c == '\r') return false;
    int type = Character.getType(c);
    return type == Character.CONTROL || type == Character.FORMAT || type == Character.PRIVATE_USE || type == Character.SURROGATE
        || type == Character.UNASSIGNED;
  }

  /** All of ASCII that is neither letter nor digit counts, although Unicode calls some of it symbols. */
  private static boolean isPunctuation(int c) {
    if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126)) return true;
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION, Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION, Character.OTHER_PUNCTUATION -> true;
      default -> false;
    };
  }

  private static boolean isChinese(int c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }

  private static final class Tokens {
    private final long[] ids;
    private int count;

    private Tokens(int room) {
      ids = new long[room + 1];
    }

    private boolean full() {
      return count >= ids.length - 1;
    }

    private void add(int id) {
      if (!full()) ids[count++] = id;
    }

    private long[] closed(int last) {
      ids[count++] = last;
      return Arrays.copyOf(ids, count);
    }
  }
}
