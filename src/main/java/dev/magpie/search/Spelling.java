package dev.magpie.search;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.lucene.index.MultiTerms;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.search.FuzzyTermsEnum;
import org.apache.lucene.util.BytesRef;

/**
 * Corrects misspelt Latin words of a question to words of the entries, before its embedding is computed: a typo splits a word into tokens
 * of other meanings. A word that the entries or a model's vocabulary have is never changed. Pure.
 */
final class Spelling {
  /** A word in small letters; Chinese characters may be its neighbours. */
  static final Pattern WORD = Pattern.compile("(?<![\\p{IsLatin}\\p{N}])[a-z]{3,30}(?![\\p{IsLatin}\\p{N}])");

  /** Shorter words have too many neighbours. */
  private static final int SHORTEST = 4;

  /** From this length on two edits are tolerated. */
  private static final int LONG = 8;

  private Spelling() {}

  /** @param isWord whether the language has this word, in small letters */
  static String corrected(TermSearcher searcher, String text, Predicate<String> isWord) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.length() != text.length()) return text;
    StringBuilder corrected = new StringBuilder();
    int from = 0;
    var words = WORD.matcher(lower);
    while (words.find()) {
      String word = words.group();
      if (word.length() < SHORTEST || isKnown(searcher, word) || isWord.test(word)) continue;
      Optional<String> right = searcher.correction(word);
      if (right.isEmpty()) continue;
      corrected.append(text, from, words.start()).append(right.get());
      from = words.end();
    }
    return from == 0 ? text : corrected.append(text, from, text.length()).toString();
  }

  /** Whether the entries have half of its words of three letters and more. */
  static boolean isMostlyKnown(TermSearcher searcher, String text) {
    int all = 0;
    int known = 0;
    var words = WORD.matcher(text.toLowerCase(Locale.ROOT));
    for (; words.find(); all++) if (searcher.entries(new Term(WordIndex.VOCABULARY, words.group())) > 0) known++;
    return known > 0 && known * 2 >= all;
  }

  /** Also in another form: the entries have "cancel", the question "cancelling". */
  private static boolean isKnown(TermSearcher searcher, String word) {
    return searcher.entries(new Term(WordIndex.VOCABULARY, word)) > 0 || Analyzers.terms(Analyzers.ENGLISH, word).stream()
        .anyMatch(stem -> WordIndex.ofItsLanguage(WordIndex.TITLE_ENGLISH).stream()
        .anyMatch(field -> searcher.entries(new Term(field, stem)) > 0));
  }

  /** The nearest word of the entries, of several the most frequent one. */
  static Optional<String> nearest(TermSearcher searcher, String word) throws IOException {
    Terms terms = MultiTerms.getTerms(searcher.getIndexReader(), WordIndex.VOCABULARY);
    if (terms == null) return Optional.empty();
    for (int edits = 1; edits <= (word.length() < LONG ? 1 : 2); edits++) {
      // One slip may be that of the first letter.
      FuzzyTermsEnum near = new FuzzyTermsEnum(terms, new Term(WordIndex.VOCABULARY, word), edits, edits - 1, true);
      String best = null;
      int most = 0;
      for (BytesRef term = near.next(); term != null; term = near.next()) {
        if (near.docFreq() <= most) continue;
        most = near.docFreq();
        best = term.utf8ToString();
      }
      if (best != null) return Optional.of(best);
    }
    return Optional.empty();
  }
}
