package dev.magpie.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;

/**
 * Finds titles that contain a text literally: the index has the unigrams and bigrams of each title; titles that have all of the text's are
 * then compared.
 */
final class NGrams {
  static final String FIELD = "g";
  static final FieldType TYPE = new FieldType();

  /** Characters that are looked for: titles are shorter, and what is longer is no title. */
  static final int LIMIT = 100;

  static {
    TYPE.setTokenized(false);
    TYPE.setOmitNorms(true);
    TYPE.setIndexOptions(IndexOptions.DOCS);
    TYPE.freeze();
  }

  private NGrams() {}

  static Set<String> all(String plain) {
    List<String> characters = characters(plain);
    Set<String> nGrams = new LinkedHashSet<>(characters);
    nGrams.addAll(pairs(characters));
    return nGrams;
  }

  private static List<String> characters(String plain) {
    return plain.toLowerCase(Locale.ROOT).codePoints().mapToObj(Character::toString).toList();
  }

  private static Set<String> pairs(List<String> characters) {
    Set<String> pairs = new LinkedHashSet<>();
    for (int i = 1; i < characters.size(); i++) pairs.add(characters.get(i - 1) + characters.get(i));
    return pairs;
  }

  /** In no promised order. */
  static List<Integer> containing(IndexSearcher searcher, String plain, boolean sameCase, int limit) throws IOException {
    List<String> characters = characters(plain);
    if (plain.isEmpty() || plain.length() > LIMIT) return List.of();
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    for (String nGram : characters.size() == 1 ? Set.copyOf(characters) : pairs(characters))
      all.add(new TermQuery(new Term(FIELD, nGram)), BooleanClause.Occur.FILTER);
    String wanted = sameCase ? plain : plain.toLowerCase(Locale.ROOT);
    Weight weight = searcher.createWeight(searcher.rewrite(all.build()), ScoreMode.COMPLETE_NO_SCORES, 1);
    List<Integer> found = new ArrayList<>();
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      Scorer scorer = weight.scorer(leaf);
      if (scorer == null) continue;
      BinaryDocValues titles = leaf.reader().getBinaryDocValues(WordIndex.TITLE);
      Bits live = leaf.reader().getLiveDocs();
      DocIdSetIterator docs = scorer.iterator();
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if ((live != null && !live.get(doc)) || !titles.advanceExact(doc)) continue;
        String title = Wording.plain(titles.binaryValue().utf8ToString());
        if ((sameCase ? title : title.toLowerCase(Locale.ROOT)).contains(wanted)) found.add(leaf.docBase + doc);
        if (found.size() == limit) return found;
      }
    }
    return found;
  }
}
