package dev.magpie.bot;

import dev.magpie.bus.Answer.Hit;
import dev.magpie.search.Entry;
import dev.magpie.search.Finding;
import dev.magpie.search.SearchIndex;
import dev.magpie.search.SearchOptions;
import dev.magpie.store.Article;
import dev.magpie.store.ArticleId;
import dev.magpie.store.CannedAnswer;
import dev.magpie.store.KnowledgeFeed;
import dev.magpie.store.KnowledgeFollower;
import dev.magpie.store.Store;
import dev.magpie.store.SynonymGroup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data that all bots of one Vert.x instance share: an index of the articles, updated by the store's feed, and the canned answers.
 * Reference counted: the last bot that leaves closes it. Searches run on its own threads, never on an event loop.
 */
final class Knowledge implements KnowledgeFollower, Shareable {
  private static final Logger log = LoggerFactory.getLogger(Knowledge.class);
  private static final String SHARED = "magpie.bot.knowledge";

  /** Delay before the models are loaded, so that they do not compete with the start of the server. */
  private static final long REST_MS = 2_000;

  private final Store store;
  private final BotOptions options;
  private final SearchThreads threads;
  private Future<KnowledgeFeed> feed;
  private int users;

  // Written by the feed's thread.
  private volatile SearchIndex index;
  private volatile boolean whole;
  private volatile List<CannedAnswer> canned = CannedAnswers.TUTORIAL;
  private long told;

  // Guarded by this.
  private List<List<String>> synonyms = List.of();
  private boolean closed;

  private Knowledge(Vertx vertx, Store store, BotOptions options) {
    this.store = store;
    this.options = options;
    this.threads = new SearchThreads(vertx);
  }

  /** Returns the instance that the bots of this store share; the first call starts the feed. */
  static Knowledge join(Vertx vertx, Store store, BotOptions options) {
    return shared(vertx).compute(name(store), (name, known) -> {
      Knowledge knowledge = known == null ? new Knowledge(vertx, store, options) : known;
      if (knowledge.users++ == 0) knowledge.feed = store.follow(knowledge);
      return knowledge;
    });
  }

  Future<Void> leave(Vertx vertx) {
    boolean[] last = {false};
    shared(vertx).computeIfPresent(name(store), (name, known) -> {
      last[0] = --known.users == 0;
      return last[0] ? null : known;
    });
    return last[0] ? feed.compose(KnowledgeFeed::close).compose(closed -> threads.close(this::close)) : Future.succeededFuture();
  }

  private static LocalMap<String, Knowledge> shared(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SHARED);
  }

  private static String name(Store store) {
    return store.description() + " " + System.identityHashCode(store);
  }

  private synchronized void close() {
    closed = true;
    whole = false;
    SearchIndex open = index;
    index = null;
    try {
      if (open != null) open.close();
    } catch (RuntimeException failure) {
      // Nobody uses it any more.
      log.warn("index not closed cleanly reason={}", failure.getMessage());
    }
  }

  // --- Queries, from any thread

  /** Whether the initial load is complete. */
  boolean isWhole() {
    return whole;
  }

  /** The canned answers; the tutorial's until the database's are loaded. */
  List<CannedAnswer> canned() {
    return canned;
  }

  int size() {
    SearchIndex open = index;
    return open == null ? 0 : open.size();
  }

  /** Empty: no problem. */
  Optional<String> trouble() {
    if (!whole)
      return Optional.of("the index is being built: " + told + " articles so far" + reason().map(reason -> "; " + reason).orElse(""));
    return reason().map(reason -> "answers from its index of " + size() + " articles; " + reason).or(this::withoutMeaning);
  }

  private Optional<String> withoutMeaning() {
    SearchIndex open = index;
    if (open == null) return Optional.empty();
    return open.withoutMeaning().map(reason -> "searches by words alone, though bot.meaning is true: " + reason);
  }

  private Optional<String> reason() {
    return feed == null || !feed.succeeded() ? Optional.of("the articles are not read yet") : feed.result().trouble();
  }

  /** Queries the index on a search thread; fails if the queue is full or the index is not open yet. */
  <T> Future<T> ask(Function<SearchIndex, T> question) {
    return threads.call(() -> {
      SearchIndex open = index;
      if (open == null) throw new IllegalStateException("the index is not open yet");
      return question.apply(open);
    });
  }

  Future<List<Finding>> find(String text, int limit) {
    return search((open, byMeaning) -> open.find(text, limit, byMeaning));
  }

  /** As {@link #ask}; the search is told whether to use the embeddings. */
  <T> Future<T> search(BiFunction<SearchIndex, Boolean, T> search) {
    // Under load the embeddings are skipped: a search by words costs a third.
    boolean byMeaning = !threads.busy();
    return ask(open -> search.apply(open, byMeaning));
  }

  /** As clients receive them: an id without its type, unless another article's id would look the same. */
  List<Hit> hits(List<Finding> found) {
    return found.stream().map(finding -> new Hit(shown(finding.id()), finding.title())).toList();
  }

  private String shown(String key) {
    String shown = ArticleId.parse(key).shown();
    SearchIndex open = index;
    boolean isTaken = !shown.equals(key) && open != null && open.entry(shown).isPresent();
    return isTaken ? key : shown;
  }

  // --- Updates, on the feed's thread

  @Override
  public void changed(List<Article> articles) {
    open().put(articles.stream().map(Knowledge::entry).toList());
    if (!whole) told += articles.size();
  }

  @Override
  public void gone(List<String> ids) {
    open().remove(ids);
  }

  @Override
  public void whole() {
    log.info("index built articles={} folder={}", open().size(), options.folder());
    open().complete();
    whole = true;
  }

  @Override
  public void canned(List<CannedAnswer> answers) {
    if (!answers.isEmpty()) canned = List.copyOf(answers);
  }

  @Override
  public synchronized void synonyms(List<SynonymGroup> groups) {
    synonyms = groups.stream().map(SynonymGroup::words).toList();
    if (index != null) index.synonyms(synonyms);
  }

  private synchronized SearchIndex open() {
    if (closed) throw new IllegalStateException("the bot has ended");
    if (index == null) {
      SearchIndex opened = SearchIndex.open(new SearchOptions(options.folder(), options.meaning(), REST_MS));
      opened.synonyms(synonyms);
      index = opened;
    }
    return index;
  }

  private static Entry entry(Article article) {
    return new Entry(article.id(), article.title(), article.phrasings(), article.keywords(), article.body());
  }
}
