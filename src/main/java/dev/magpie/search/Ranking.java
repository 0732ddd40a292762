package dev.magpie.search;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.search.similarities.Similarity;

/**
 * Ranking by words: {@code max(title, phrasings) + body}, every term by BM25, none of them a must. A Chinese text counts by its
 * characters, their pairs and a dictionary's words, its body 0.3; an English one by its stems, its body 0.7. Pure.
 */
final class Ranking {
  static final Similarity SIMILARITY = new BM25Similarity();

  /** Weight of the lesser of title and phrasings. */
  private static final float TIE = 0.1f;

  /** Weight of synonyms and of fuzzy matches. */
  private static final float ALIKE = 0.5f;

  private static final float ZH_BODY = 0.3f;
  private static final float EN_BODY = 0.7f;

  private static final int MANY = 50_000;

  /** A term in more than one entry of this many is ignored for retrieval. */
  private static final int COMMON = 4;

  private static final List<String> ZH_TITLES = List.of(WordIndex.TITLE_PAIRS, WordIndex.TITLE_WORDS);
  private static final List<String> ZH_OTHERS = List.of(WordIndex.OTHER_PAIRS, WordIndex.OTHER_WORDS);
  private static final List<String> ZH_BODIES = List.of(WordIndex.BODY_PAIRS, WordIndex.BODY_WORDS);
  private static final List<String> EN_TITLES = List.of(WordIndex.TITLE_ENGLISH);
  private static final List<String> EN_OTHERS = List.of(WordIndex.OTHER_ENGLISH);
  private static final List<String> EN_BODIES = List.of(WordIndex.BODY_ENGLISH);

  private Ranking() {}

  /** The terms of one text, as the fields of a language have them. */
  record Terms(Language language, List<Set<String>> byField) {
    /** Most terms per field. */
    private static final int MOST = 200;

    static Terms of(String text, Language language) {
      return new Terms(language,
          language == Language.ZH ? List.of(terms(Analyzers.PAIRS, text), terms(Analyzers.WORDS, text))
          : List.of(terms(Analyzers.ENGLISH, text)));
    }

    private static Set<String> terms(Analyzer analyzer, String text) {
      return Analyzers.terms(analyzer, text).stream().limit(MOST).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    Terms without(Terms others) {
      return new Terms(language, IntStream.range(0, byField.size()).mapToObj(i -> {
        Set<String> rest = new LinkedHashSet<>(byField.get(i));
        rest.removeAll(others.byField.get(i));
        return rest;
      }).toList());
    }
  }

  static Query query(TermSearcher searcher, Terms terms) {
    return query(searcher, terms, List.of(), none());
  }

  /**
   * @param alike other words for some of the question's
   * @param misspelt whether an English term is in no entry, so that those that look alike are tried
   */
  static Query query(TermSearcher searcher, Terms terms, List<Terms> alike, Predicate<String> misspelt) {
    boolean zh = terms.language == Language.ZH;
    List<String> titles = zh ? ZH_TITLES : EN_TITLES;
    List<String> others = zh ? ZH_OTHERS : EN_OTHERS;
    List<String> bodies = zh ? ZH_BODIES : EN_BODIES;
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    should(query, new DisjunctionMaxQuery(List.of(any(searcher, titles, terms, misspelt), any(searcher, others, terms, misspelt)), TIE));
    should(query, new BoostQuery(any(searcher, bodies, terms, misspelt), zh ? ZH_BODY : EN_BODY));
    for (Terms other : alike)
      should(query, new BoostQuery(new DisjunctionMaxQuery(List.of(any(searcher, titles, other, none()),
          any(searcher, others, other, none())), TIE), ALIKE));
    return query.build();
  }

  /** As {@link #query}, by syllables. */
  static Query pinyin(TermSearcher searcher, Set<String> pairs) {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    should(query, new DisjunctionMaxQuery(List.of(pinyin(searcher, WordIndex.TITLE_PINYIN, pairs),
        pinyin(searcher, WordIndex.OTHER_PINYIN, pairs)), TIE));
    should(query, new BoostQuery(pinyin(searcher, WordIndex.BODY_PINYIN, pairs), ZH_BODY));
    return query.build();
  }

  private static Query pinyin(TermSearcher searcher, String field, Set<String> pairs) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (String pair : pairs) {
      Term term = new Term(field, pair);
      if (searcher.entries(term) > 0) should(any, searcher.query(term));
    }
    return any.build();
  }

  /** Whether there are so many entries that they are sought by {@linkplain #telling telling} terms alone. */
  static boolean areMany(TermSearcher searcher) {
    return searcher.getIndexReader().numDocs() > MANY;
  }

  /**
   * The terms of these that few entries have, and no single Chinese character; all of them where nothing else would be left. A dictionary's
   * words are left to the pairs that they are made of.
   */
  static Terms telling(TermSearcher searcher, Terms terms) {
    String field = terms.language == Language.ZH ? WordIndex.TITLE_PAIRS : WordIndex.TITLE_ENGLISH;
    int common = searcher.getIndexReader().numDocs() / COMMON;
    Set<String> telling = terms.byField.get(0).stream()
        .filter(word -> !isCharacter(word) && searcher.entries(new Term(field, word)) < common)
        .collect(Collectors.toCollection(LinkedHashSet::new));
    if (telling.isEmpty()) return terms;
    return new Terms(terms.language, terms.language == Language.ZH ? List.of(telling, Set.of()) : List.of(telling));
  }

  private static boolean isCharacter(String word) {
    return word.codePointCount(0, word.length()) == 1 && Character.isIdeographic(word.codePointAt(0));
  }

  /**
   * An upper bound of {@link #query}: the sum of all its terms. Lucene evaluates a plain sum of terms without scoring most entries (WAND).
   */
  static Query sum(TermSearcher searcher, Terms terms, List<Terms> alike, Predicate<String> misspelt) {
    boolean zh = terms.language == Language.ZH;
    List<String> titles = zh ? ZH_TITLES : EN_TITLES;
    List<String> others = zh ? ZH_OTHERS : EN_OTHERS;
    BooleanQuery.Builder sum = new BooleanQuery.Builder();
    add(searcher, sum, titles, terms, misspelt, 1);
    add(searcher, sum, others, terms, misspelt, 1);
    add(searcher, sum, zh ? ZH_BODIES : EN_BODIES, terms, misspelt, zh ? ZH_BODY : EN_BODY);
    for (Terms other : alike) {
      add(searcher, sum, titles, other, none(), ALIKE);
      add(searcher, sum, others, other, none(), ALIKE);
    }
    return sum.build();
  }

  private static Predicate<String> none() {
    return term -> false;
  }

  private static void should(BooleanQuery.Builder query, Query part) {
    query.add(part, BooleanClause.Occur.SHOULD);
  }

  private static Query any(TermSearcher searcher, List<String> fields, Terms terms, Predicate<String> misspelt) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    add(searcher, any, fields, terms, misspelt, 1);
    return any.build();
  }

  private static void add(TermSearcher searcher, BooleanQuery.Builder query, List<String> fields, Terms terms, Predicate<String> misspelt,
      float weight) {
    for (int i = 0; i < fields.size(); i++) {
      for (String word : terms.byField.get(i)) {
        Term term = new Term(fields.get(i), word);
        boolean alike = misspelt.test(word);
        if (!alike && searcher.entries(term) == 0) continue;
        float boost = alike ? weight * ALIKE : weight;
        Query each = alike ? searcher.alike(term) : searcher.query(term);
        should(query, boost == 1 ? each : new BoostQuery(each, boost));
      }
    }
  }

  /** Only Latin words are misspelt letter by letter. */
  static boolean misspelt(TermSearcher searcher, String word) {
    if (word.length() < LookAlikes.SHORTEST || !word.chars().allMatch(c -> c < 0x250 && Character.isLetter(c))) return false;
    return Stream.of(WordIndex.TITLE_ENGLISH, WordIndex.BODY_ENGLISH, WordIndex.OTHER_ENGLISH)
        .allMatch(field -> searcher.entries(new Term(field, word)) == 0);
  }

  /** The score of a title that had each of these terms once, as an estimate of the best score. */
  static float most(TermSearcher searcher, Terms terms) {
    List<String> titles = terms.language == Language.ZH ? ZH_TITLES : EN_TITLES;
    int entries = searcher.getIndexReader().numDocs();
    double most = 0;
    for (int i = 0; i < titles.size(); i++) {
      for (String word : terms.byField.get(i)) {
        int with = searcher.entries(new Term(titles.get(i), word));
        most += Math.log(1 + Math.max(0, entries - with + 0.5) / (with + 0.5));
      }
    }
    return (float) most;
  }
}
