package dev.magpie.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermStates;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/**
 * Searches one snapshot of the index and caches term statistics, since a question shares terms with the titles that it finds. May be used
 * from any thread.
 */
final class TermSearcher extends IndexSearcher {
  /** Cached terms; up to a kilobyte each. */
  private static final int MOST = 10_000;

  /** Cached misspelt words; some kilobytes each. */
  private static final int MISSPELT = 1_000;

  private final Map<Term, TermStates> known = new ConcurrentHashMap<>();
  private final Recent<Term, Map<String, Query>> alike = new Recent<>(MISSPELT);

  private final Recent<String, Optional<String>> corrections = new Recent<>(MISSPELT);

  TermSearcher(IndexReader reader) {
    super(reader);
    setSimilarity(Ranking.SIMILARITY);
    // No two questions are the same query.
    setQueryCache(null);
  }

  /** Entries that have it. */
  int entries(Term term) {
    return states(term).docFreq();
  }

  TermQuery query(Term term) {
    return new TermQuery(term, states(term));
  }

  /** What looks like a misspelt word, in its field. */
  Query alike(Term term) {
    List<String> fields = WordIndex.ofItsLanguage(term.field());
    return alike.of(new Term(fields.get(0), term.text()), word -> LookAlikes.of(getIndexReader(), word.text(), fields)).get(term.field());
  }

  /** The word that an unknown one stands for. */
  Optional<String> correction(String word) {
    return corrections.of(word, unknown -> {
      try {
        return Spelling.nearest(this, unknown);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  private TermStates states(Term term) {
    TermStates states = known.get(term);
    if (states != null) return states;
    try {
      states = TermStates.build(this, term, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (known.size() < MOST) known.put(term, states);
    return states;
  }
}
