package dev.magpie.search;

import dev.magpie.files.ProcessFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;

/**
 * The search index: finds entries by an exact match, literally, by words and by embeddings, in this order. One open index per folder. May
 * be used from any thread, but not on an event loop: each call takes some milliseconds.
 */
public final class SearchIndex implements AutoCloseable {
  /** Candidates from the search by words. */
  private static final int BY_WORDS = 100;

  /** Of entries without vectors, those whose own title is weighed: the confidence by words. */
  private static final int WEIGHED = 10;

  private static final int LITERAL = 20;

  /** From this confidence on a question in Latin letters is not read as pinyin. */
  private static final double SURE = 0.9;

  private final ProcessFolder folder;
  private final WordIndex words;
  private final Optional<Meanings> meanings;
  private volatile Synonyms synonyms = Synonyms.NONE;

  private SearchIndex(ProcessFolder folder, WordIndex words, Optional<Meanings> meanings) {
    this.folder = folder;
    this.words = words;
    this.meanings = meanings;
  }

  public static SearchIndex open(SearchOptions options) {
    return open(options, language -> OnnxEmbedder.load(language.model, options.folder().resolve("native")));
  }

  static SearchIndex open(SearchOptions options, Function<Language, Embedder> models) {
    Simplified.load();
    Pinyin.load();
    // The index by words is rebuilt at each start.
    ProcessFolder folder = ProcessFolder.take(options.folder(), "words-");
    WordIndex words = new WordIndex(folder.path().resolve("index"));
    Path vectors = options.folder().resolve("vectors");
    return new SearchIndex(folder, words,
        options.meaning() ? Optional.of(new Meanings(vectors, models, words::find, options.restMs())) : Optional.empty());
  }

  // --- Content

  /** Adds or replaces entries by id. They are found by words when this returns, by embeddings soon afterwards. */
  public void put(List<Entry> entries) {
    entries.forEach(words::put);
    words.refresh();
    meanings.ifPresent(meaning -> meaning.changed(entries.stream().map(Entry::id).toList()));
  }

  /** Bulk load of new entries, from one or several threads; call {@link #built} afterwards. */
  public void add(Entry entry) {
    words.add(entry);
  }

  public void built() {
    words.join();
    words.refresh();
    meanings.ifPresent(meaning -> meaning.changed(words.ids()));
  }

  /** The initial load is complete: stored data that belongs to no entry may be deleted. */
  public void complete() {
    words.join();
    words.refresh();
    meanings.ifPresent(Meanings::complete);
  }

  public void remove(Collection<String> ids) {
    words.remove(ids);
    words.refresh();
    meanings.ifPresent(meaning -> meaning.gone(List.copyOf(ids)));
  }

  /** Sets the synonym groups. */
  public void synonyms(List<List<String>> groups) {
    synonyms = new Synonyms(groups);
  }

  public int size() {
    return words.size();
  }

  /** Number of entries whose embeddings are not computed yet. */
  public int waitingForMeaning() {
    return meanings.map(Meanings::waiting).orElse(0);
  }

  /**
   * Why entries and questions of some language are compared by their words alone, though it was asked for more; empty when nothing
   * failed.
   */
  public Optional<String> withoutMeaning() {
    return meanings.flatMap(Meanings::trouble);
  }

  public Optional<Entry> entry(String id) {
    return words.find(id);
  }

  /** Bytes on disk, without the vectors. */
  public long bytes() {
    return words.bytes();
  }

  // --- Queries

  /**
   * Groups similar texts, in the order of importance within and among the groups.
   *
   * @param texts the most important first
   */
  public List<List<String>> similar(List<String> texts) {
    return Groups.of(texts, text -> meanings.flatMap(meaning -> meaning.vector(Wording.plain(text), Language.of(text))));
  }

  /** The best first; none when nothing has anything in common with the question. */
  public List<Finding> find(String question, int limit) {
    return find(question, limit, true);
  }

  /** @param byMeaning false: by words alone, at a third of the cost */
  public List<Finding> find(String question, int limit, boolean byMeaning) {
    String plain = Wording.plain(question);
    if (plain.isEmpty()) return List.of();
    return words.read(searcher -> {
      List<Finding> found = find(searcher, asked(searcher, plain), limit, byMeaning);
      if (!found.isEmpty() && found.get(0).confidence() >= SURE) return found;
      List<Finding> byPinyin = byPinyin(searcher, plain, limit);
      return byPinyin.isEmpty() ? found : byPinyin;
    });
  }

  /**
   * The passage of the entry's body that answers the question best, as plain text: by embeddings, without them by the words in common. The
   * whole body, as it is, where it is hardly longer.
   */
  public String passage(Entry entry, String question) {
    List<String> passages = Chunks.passages(Chunks.text(entry.body()), entry.language());
    if (passages.size() < 2) return entry.body();
    String plain = Wording.plain(question);
    String asked = words.read(searcher -> asked(searcher, plain));
    Optional<Integer> nearest = meanings.flatMap(meaning -> meaning.ask(asked, Language.of(asked)))
        .flatMap(meant -> meant.passage(entry.id(), passages.size()));
    return passages.get(nearest.orElseGet(() -> inCommon(passages, asked)));
  }

  private static int inCommon(List<String> passages, String asked) {
    Analyzer analyzer = Language.of(asked) == Language.ZH ? Analyzers.PAIRS : Analyzers.ENGLISH;
    Set<String> terms = Analyzers.terms(analyzer, Wording.withoutFillers(asked));
    int best = 0;
    long most = -1;
    for (int i = 0; i < passages.size(); i++) {
      long common = Analyzers.terms(analyzer, Wording.plain(passages.get(i))).stream().filter(terms::contains).count();
      if (common <= most) continue;
      most = common;
      best = i;
    }
    return best;
  }

  /** The entries whose title contains the text to the letter, in the same case, in the order of their ids. */
  public List<Finding> titlesContaining(String text, int limit) {
    String plain = Wording.plain(text);
    return words.read(searcher -> {
      List<Finding> found = new ArrayList<>();
      for (int doc : NGrams.containing(searcher, plain, true, limit)) found.add(finding(searcher, doc, 0, 0, Finding.Kind.LITERAL));
      found.sort(Comparator.comparing(Finding::id));
      return found;
    });
  }

  /** What words and embeddings are compared with: without courtesies and, where a model tells words from typos, without typos. */
  private String asked(TermSearcher searcher, String plain) throws IOException {
    if (!WordIndex.exact(searcher, Wording.bare(plain), 1).isEmpty()) return plain;
    String asked = Courtesy.without(plain);
    return meanings.filter(Meanings::knowsWords).map(meaning -> Spelling.corrected(searcher, asked, meaning::knows)).orElse(asked);
  }

  private List<Finding> find(TermSearcher searcher, String plain, int limit, boolean byMeaning) throws IOException {
    String bare = Wording.bare(plain);
    Map<String, Finding> found = new LinkedHashMap<>();
    // What has nothing but punctuation is only looked for to the letter.
    for (Finding finding : bare.isEmpty() ? List.<Finding>of() : ranked(searcher, plain, bare, limit, byMeaning))
      found.put(finding.id(), finding);
    List<Finding> first = new ArrayList<>();
    for (int doc : WordIndex.exact(searcher, bare, LITERAL))
      first.add(promote(searcher, doc, found, Finding.Kind.EXACT, confidence -> Confidence.EXACT));
    List<Integer> literal = NGrams.containing(searcher, plain, false, LITERAL);
    List<Finding> second = new ArrayList<>();
    for (int doc : literal) {
      String id = WordIndex.id(searcher, doc);
      if (first.stream().anyMatch(exact -> exact.id().equals(id))) continue;
      double part = (double) plain.length() / Math.max(plain.length(), WordIndex.title(searcher, doc).length());
      second.add(promote(searcher, doc, found, Finding.Kind.LITERAL, confidence -> literal(confidence, literal.size(), part, bare)));
    }
    first.sort(BEST);
    second.sort(BEST);
    first.addAll(second);
    first.addAll(found.values());
    return first.size() > limit ? List.copyOf(first.subList(0, limit)) : first;
  }

  private static final Comparator<Finding> BEST = Comparator.comparingDouble(Finding::score).reversed().thenComparing(Finding::id);

  /** A single title that contains the question is an answer, several are suggestions. */
  private static double literal(double confidence, int titles, double part, String bare) {
    if (titles > 1) return Math.min(0.49, Math.max(confidence, 0.3));
    return Confidence.bounded(Math.max(confidence, 0.5 + part / 2 - 0.01), bare);
  }

  private static Finding promote(TermSearcher searcher, int doc, Map<String, Finding> found, Finding.Kind kind,
      Function<Double, Double> confidence) throws IOException {
    Finding ranked = found.remove(WordIndex.id(searcher, doc));
    double score = ranked == null ? 0 : ranked.score();
    return finding(searcher, doc, score, confidence.apply(ranked == null ? 0 : ranked.confidence()), kind);
  }

  private static Finding finding(TermSearcher searcher, int doc, double score, double confidence, Finding.Kind kind) throws IOException {
    return new Finding(WordIndex.id(searcher, doc), WordIndex.title(searcher, doc), score, confidence, kind);
  }

  /** By words and by meaning, the best first. */
  private List<Finding> ranked(TermSearcher searcher, String plain, String bare, int limit, boolean byMeaning) throws IOException {
    Language language = Language.of(plain);
    Optional<Meanings.Asked> asked = byMeaning ? meanings.flatMap(meaning -> meaning.ask(plain, language)) : Optional.empty();
    ByWords byWords = byWords(searcher, plain, language, asked.isPresent() ? BY_WORDS : Math.max(limit, WEIGHED));
    List<Finding> found = asked.isPresent() ? byMeaning(searcher, byWords, asked.get(), language)
        : byWords(searcher, byWords, Math.min(limit, WEIGHED));
    return found.stream().map(finding -> new Finding(finding.id(), finding.title(), finding.score(),
        Confidence.bounded(finding.confidence(), bare), finding.kind())).sorted(BEST).toList();
  }

  /**
   * The findings by words.
   *
   * @param most that the question's words could weigh
   */
  private record ByWords(ScoreDoc[] docs, float most) {
    /** Between 0 and 1. */
    float part(float score) {
      if (docs.length == 0 || most <= 0) return 0;
      float best = docs[0].score;
      return score / best * Math.min(1, 2 * best / most);
    }
  }

  private ByWords byWords(TermSearcher searcher, String plain, Language language, int limit) throws IOException {
    Ranking.Terms terms = Ranking.Terms.of(Wording.withoutFillers(plain), language);
    List<Ranking.Terms> alike = synonyms.alike(plain).stream().map(word -> Ranking.Terms.of(word, language).without(terms)).toList();
    Map<String, Boolean> misspelt = new HashMap<>();
    return new ByWords(best(searcher, terms, alike, word -> misspelt.computeIfAbsent(word, each -> Ranking.misspelt(searcher, each)),
        limit), Ranking.most(searcher, terms));
  }

  private static ScoreDoc[] best(TermSearcher searcher, Ranking.Terms terms, List<Ranking.Terms> alike, Predicate<String> misspelt,
      int limit) throws IOException {
    Query query = Ranking.query(searcher, terms, alike, misspelt);
    if (Ranking.areMany(searcher)) {
      ScoreDoc[] docs = WordIndex.top(searcher, query, Ranking.sum(searcher, Ranking.telling(searcher, terms), alike, misspelt), limit);
      if (docs.length >= limit) return docs;
    }
    Query sum = Ranking.sum(searcher, terms, alike, misspelt);
    return WordIndex.hasOnlyTitles(searcher) ? WordIndex.top(searcher, sum, limit) : WordIndex.top(searcher, query, sum, limit);
  }

  private List<Finding> byWords(TermSearcher searcher, ByWords byWords, int limit) throws IOException {
    List<Finding> found = new ArrayList<>();
    for (ScoreDoc doc : byWords.docs) {
      double confidence = found.size() < limit ? confidence(searcher, doc) : 0;
      found.add(finding(searcher, doc.doc, doc.score, confidence, Finding.Kind.WORDS));
    }
    return found;
  }

  private static List<Finding> byPinyin(TermSearcher searcher, String plain, int limit) throws IOException {
    Set<String> pairs = Pinyin.asked(plain);
    // English words may be syllables, too: what the entries have as words is none.
    if (Spelling.isMostlyKnown(searcher, plain)) return List.of();
    List<Finding> found = new ArrayList<>();
    for (ScoreDoc doc : WordIndex.top(searcher, Ranking.pinyin(searcher, pairs), limit)) {
      Set<String> title = Pinyin.terms(Wording.plain(WordIndex.title(searcher, doc.doc)));
      float own = WordIndex.score(searcher, Ranking.pinyin(searcher, title), doc.doc);
      found.add(finding(searcher, doc.doc, doc.score, Confidence.ofWords(doc.score, own), Finding.Kind.WORDS));
    }
    return found;
  }

  private static double confidence(TermSearcher searcher, ScoreDoc doc) throws IOException {
    String title = Wording.withoutFillers(Wording.plain(WordIndex.title(searcher, doc.doc)));
    return Confidence.ofWords(doc.score,
        WordIndex.score(searcher, Ranking.query(searcher, Ranking.Terms.of(title, Language.of(title))), doc.doc));
  }

  private static List<Finding> byMeaning(TermSearcher searcher, ByWords byWords, Meanings.Asked asked, Language language)
      throws IOException {
    Confidence.Scale scale = Confidence.Scale.of(language);
    Map<String, Float> parts = new HashMap<>();
    for (ScoreDoc doc : byWords.docs) parts.put(WordIndex.id(searcher, doc.doc), byWords.part(doc.score));
    Map<String, Finding> found = new HashMap<>();
    for (MeaningIndex.Near near : asked.near()) {
      found.put(near.meaning().id(), finding(near, scale, parts.getOrDefault(near.meaning().id(), 0f)));
    }
    int weighed = 0;
    for (ScoreDoc doc : byWords.docs) {
      String id = WordIndex.id(searcher, doc.doc);
      if (found.containsKey(id)) continue;
      Optional<MeaningIndex.Near> near = asked.near(id);
      if (near.isPresent()) {
        found.put(id, finding(near.get(), scale, parts.get(id)));
      } else if (weighed++ < WEIGHED) {
        // Of the other language, or its vectors are not made yet.
        double confidence = confidence(searcher, doc);
        found.put(id, finding(searcher, doc.doc, scale.score(confidence), confidence, Finding.Kind.WORDS));
      }
    }
    return new ArrayList<>(found.values());
  }

  /** Hubs are moved down the order; the confidence is that of the score alone. */
  private static Finding finding(MeaningIndex.Near near, Confidence.Scale scale, float words) {
    double score = near.score() + scale.words() * words;
    return new Finding(near.meaning().id(), near.meaning().title(), score - near.hub(), scale.confidence(score), Finding.Kind.MEANING);
  }

  @Override
  public void close() {
    meanings.ifPresent(Meanings::close);
    words.close();
    folder.release();
  }
}
