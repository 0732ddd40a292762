package dev.magpie.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;

/** Index by words, in Lucene, in its own folder. May be used from any thread; a search takes its thread for some milliseconds. */
final class WordIndex implements AutoCloseable {
  // Titles and bodies in the forms of each language; phrasings and keywords beside the title.
  static final String TITLE_PAIRS = "tp";
  static final String TITLE_WORDS = "tw";
  static final String TITLE_ENGLISH = "te";
  static final String OTHER_PAIRS = "op";
  static final String OTHER_WORDS = "ow";
  static final String OTHER_ENGLISH = "oe";
  static final String BODY_PAIRS = "bp";
  static final String BODY_WORDS = "bw";
  static final String BODY_ENGLISH = "be";
  private static final List<String> CHINESE = List.of(TITLE_PAIRS, TITLE_WORDS, OTHER_PAIRS, OTHER_WORDS, BODY_PAIRS, BODY_WORDS);
  private static final List<String> ENGLISH = List.of(TITLE_ENGLISH, OTHER_ENGLISH, BODY_ENGLISH);
  private static final String ID = "id";
  private static final String EXACT = "x";
  private static final String ENTRY = "e";
  static final String TITLE = "t";

  // Syllables of Chinese texts and their pairs.
  static final String TITLE_PINYIN = "tl";
  static final String OTHER_PINYIN = "ol";
  static final String BODY_PINYIN = "bl";

  /** The Latin words of all fields, whole and in small letters. */
  static final String VOCABULARY = "v";

  /** Segments per merge tier: each query searches every segment. */
  private static final int SEGMENTS = 4;

  /** RAM buffer of the writer, in megabytes. */
  private static final double BUFFER = 32;

  /** Each of them is weighed, at some microseconds. */
  private static final int AMONG = 30;

  static {
    // Lucene's default of 1,024 clauses is too small for a long question in six fields.
    IndexSearcher.setMaxClauseCount(1 << 14);
  }

  private final FSDirectory directory;
  private final IndexWriter writer;
  private final SearcherManager searchers;

  WordIndex(Path folder) {
    try {
      directory = FSDirectory.open(folder);
      IndexWriterConfig config = new IndexWriterConfig(new PerFieldAnalyzerWrapper(Analyzers.ENGLISH, Map.of(
          TITLE_PAIRS, Analyzers.PAIRS, OTHER_PAIRS, Analyzers.PAIRS, BODY_PAIRS, Analyzers.PAIRS,
          TITLE_WORDS, Analyzers.WORDS, OTHER_WORDS, Analyzers.WORDS, BODY_WORDS, Analyzers.WORDS)));
      config.setOpenMode(IndexWriterConfig.OpenMode.CREATE).setRAMBufferSizeMB(BUFFER).setSimilarity(Ranking.SIMILARITY);
      config.setMergePolicy(new TieredMergePolicy().setSegmentsPerTier(SEGMENTS).setMaxMergeAtOnce(SEGMENTS));
      writer = new IndexWriter(directory, config);
      searchers = new SearcherManager(writer, new SearcherFactory() {
        @Override
        public IndexSearcher newSearcher(IndexReader reader, IndexReader before) {
          return new TermSearcher(reader);
        }
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The fields that one question's words are sought in, of which this is one. */
  static List<String> ofItsLanguage(String field) {
    return ENGLISH.contains(field) ? ENGLISH : CHINESE;
  }

  /** Adds, or takes the place of what had that id. Seen by searches after {@link #refresh}. */
  void put(Entry entry) {
    try {
      writer.updateDocument(new Term(ID, entry.id()), document(entry));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link #put}, where nothing has that id: faster. */
  void add(Entry entry) {
    try {
      writer.addDocument(document(entry));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void remove(Collection<String> ids) {
    try {
      writer.deleteDocuments(ids.stream().map(id -> new Term(ID, id)).toArray(Term[]::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes one part of all, after a large number has been added: one part says soonest what cannot come among the best. */
  void join() {
    try {
      writer.forceMerge(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void refresh() {
    try {
      searchers.maybeRefreshBlocking();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int size() {
    return read(searcher -> searcher.getIndexReader().numDocs());
  }

  private static Document document(Entry entry) {
    Document document = new Document();
    document.add(new StringField(ID, entry.id(), Field.Store.NO));
    document.add(new BinaryDocValuesField(ID, new BytesRef(entry.id())));
    document.add(new BinaryDocValuesField(TITLE, new BytesRef(entry.title())));
    document.add(new StoredField(ENTRY, Entries.encode(entry)));
    String title = Wording.plain(entry.title());
    exact(document, title);
    for (String nGram : NGrams.all(title)) document.add(new Field(NGrams.FIELD, nGram, NGrams.TYPE));
    String body = Simplified.of(Chunks.text(entry.body()));
    for (String word : vocabulary(entry, title, body)) document.add(new Field(VOCABULARY, word, NGrams.TYPE));
    List<String> others = new ArrayList<>(entry.phrasings());
    others.forEach(phrasing -> exact(document, Wording.plain(phrasing)));
    others.addAll(entry.keywords());
    if (entry.language() == Language.ZH) {
      pinyin(document, TITLE_PINYIN, title);
      others.forEach(other -> pinyin(document, OTHER_PINYIN, Wording.plain(other)));
      pinyin(document, BODY_PINYIN, body);
      terms(document, TITLE_PAIRS, TITLE_WORDS, List.of(Wording.withoutFillers(title)));
      terms(document, OTHER_PAIRS, OTHER_WORDS, others.stream().map(Wording::plain).map(Wording::withoutFillers).toList());
      terms(document, BODY_PAIRS, BODY_WORDS, List.of(body));
    } else {
      document.add(new Field(TITLE_ENGLISH, title, TERMS));
      others.forEach(other -> document.add(new Field(OTHER_ENGLISH, Wording.plain(other), TERMS)));
      document.add(new Field(BODY_ENGLISH, body, TERMS));
    }
    return document;
  }

  private static void pinyin(Document document, String field, String text) {
    for (String pair : Pinyin.terms(text)) document.add(new Field(field, pair, PAIRS));
  }

  private static Set<String> vocabulary(Entry entry, String title, String body) {
    Set<String> words = new LinkedHashSet<>();
    List<String> texts = new ArrayList<>(List.of(title, body));
    Stream.concat(entry.phrasings().stream(), entry.keywords().stream()).map(Wording::plain).forEach(texts::add);
    for (String text : texts) Spelling.WORD.matcher(text.toLowerCase(Locale.ROOT)).results().forEach(word -> words.add(word.group()));
    return words;
  }

  private static void terms(Document document, String pairs, String words, List<String> texts) {
    for (String text : texts) {
      document.add(new Field(pairs, text, TERMS));
      document.add(new Field(words, text, TERMS));
    }
  }

  private static void exact(Document document, String plain) {
    String bare = Wording.bare(plain);
    if (!bare.isEmpty() && bare.length() <= Wording.LIMIT) document.add(new StringField(EXACT, bare, Field.Store.NO));
  }

  // Without positions, which nothing here asks for.
  private static final FieldType TERMS = new FieldType();

  private static final FieldType PAIRS = new FieldType();

  static {
    PAIRS.setTokenized(false);
    PAIRS.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    PAIRS.freeze();
    TERMS.setTokenized(true);
    TERMS.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    TERMS.freeze();
  }

  /** The searcher of one moment: what it finds at first it can look up again. */
  <T> T read(Reading<T> reading) {
    try {
      TermSearcher searcher = (TermSearcher) searchers.acquire();
      try {
        return reading.read(searcher);
      } finally {
        searchers.release(searcher);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  interface Reading<T> {
    T read(TermSearcher searcher) throws IOException;
  }

  /** Those whose title or one of whose phrasings is this question. */
  static List<Integer> exact(IndexSearcher searcher, String bare, int limit) throws IOException {
    return bare.isEmpty() ? List.of() : docs(top(searcher, new TermQuery(new Term(EXACT, bare)), limit));
  }

  static ScoreDoc[] top(IndexSearcher searcher, Query query, int limit) throws IOException {
    // Exact totals are of no use here: what cannot come among the first is skipped.
    TopDocs top = searcher.search(query, new TopScoreDocCollectorManager(limit, limit));
    return top.scoreDocs;
  }

  /** Whether nothing has phrasings or keywords: then a plain sum of terms is the weight. */
  static boolean hasOnlyTitles(IndexSearcher searcher) throws IOException {
    return searcher.getIndexReader().getDocCount(OTHER_PAIRS) + searcher.getIndexReader().getDocCount(OTHER_ENGLISH) == 0;
  }

  /** The best by one query, looked for among those that are best by another, which is quicker to search. */
  static ScoreDoc[] top(IndexSearcher searcher, Query query, Query quick, int limit) throws IOException {
    ScoreDoc[] found = top(searcher, quick, Math.max(limit, AMONG));
    Arrays.sort(found, Comparator.comparingInt(each -> each.doc));
    Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1);
    LeafReaderContext leaf = null;
    Scorer scorer = null;
    for (ScoreDoc each : found) {
      if (leaf == null || each.doc >= leaf.docBase + leaf.reader().maxDoc()) {
        leaf = leaf(searcher, each.doc);
        scorer = weight.scorer(leaf);
      }
      each.score = score(scorer, each.doc - leaf.docBase);
    }
    Arrays.sort(found, Comparator.comparingDouble((ScoreDoc each) -> -each.score).thenComparingInt(each -> each.doc));
    return found.length > limit ? Arrays.copyOf(found, limit) : found;
  }

  private static float score(Scorer scorer, int doc) throws IOException {
    return scorer != null && scorer.iterator().advance(doc) == doc ? scorer.score() : 0;
  }

  private static List<Integer> docs(ScoreDoc[] found) {
    List<Integer> docs = new ArrayList<>();
    for (ScoreDoc doc : found) docs.add(doc.doc);
    return docs;
  }

  /** That of one document, found or not. */
  static float score(IndexSearcher searcher, Query query, int doc) throws IOException {
    Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1);
    LeafReaderContext leaf = leaf(searcher, doc);
    return score(weight.scorer(leaf), doc - leaf.docBase);
  }

  static String id(IndexSearcher searcher, int doc) throws IOException {
    return value(searcher, ID, doc);
  }

  static String title(IndexSearcher searcher, int doc) throws IOException {
    return value(searcher, TITLE, doc);
  }

  private static String value(IndexSearcher searcher, String field, int doc) throws IOException {
    LeafReaderContext leaf = leaf(searcher, doc);
    BinaryDocValues values = leaf.reader().getBinaryDocValues(field);
    return values.advanceExact(doc - leaf.docBase) ? values.binaryValue().utf8ToString() : "";
  }

  private static LeafReaderContext leaf(IndexSearcher searcher, int doc) {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    return leaves.get(ReaderUtil.subIndex(doc, leaves));
  }

  Optional<Entry> find(String id) {
    return read(searcher -> {
      ScoreDoc[] found = top(searcher, new TermQuery(new Term(ID, id)), 1);
      return found.length == 0 ? Optional.empty()
          : Optional.of(Entries.decode(searcher.storedFields().document(found[0].doc).getBinaryValue(ENTRY)));
    });
  }

  /** Every entry's id: in the order in which they were added, as far as that is known. */
  List<String> ids() {
    return read(searcher -> {
      List<String> ids = new ArrayList<>();
      for (ScoreDoc doc : searcher.search(new MatchAllDocsQuery(), Math.max(1, searcher.getIndexReader().maxDoc())).scoreDocs)
        ids.add(id(searcher, doc.doc));
      return ids;
    });
  }

  long bytes() {
    try {
      long bytes = 0;
      for (String file : directory.listAll()) bytes += directory.fileLength(file);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      searchers.close();
      // Nobody reads this folder again: the next start builds it anew.
      writer.rollback();
      directory.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
