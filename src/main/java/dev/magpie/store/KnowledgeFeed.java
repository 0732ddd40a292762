package dev.magpie.store;

import dev.magpie.bus.Addresses;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds one follower with all articles, canned answers and synonyms, then with each change: changes through Magpie at once, by the event
 * bus, others within seconds. Runs on its own blocking thread.
 */
public final class KnowledgeFeed {
  private static final Logger log = LoggerFactory.getLogger(KnowledgeFeed.class);

  /** Articles per batch. */
  private static final int BATCH = 256;

  /** Most ids that are fetched one by one; more cause a full scan. */
  private static final int FEW = 100;

  private static final int MOST_COMPLAINTS = 1_000;

  private static final long REST_MS = 1_000;
  private static final long LOOK_MS = 5_000;

  /** Full scans take at most a fifth of the time. */
  private static final long LOOK_SHARE = 5;

  private final long lookNanos;
  private final Vertx vertx;
  private final MongoClient client;
  private final Articles articles;
  private final Optional<LongSupplier> changes;
  private final KnowledgeFollower follower;
  private final ChangeStream stream;
  private final RecentChanges recentChanges;
  private final Thread thread = new Thread(this::run, "magpie-knowledge");

  // From the event bus to the thread.
  private final LinkedBlockingQueue<Hint> hints = new LinkedBlockingQueue<>(10_000);
  private MessageConsumer<Object> announcements;

  // The thread's own.
  private final Map<String, Known> known = new HashMap<>();
  private final Set<String> unreadable = new HashSet<>();
  private long round;
  private long lookedAt = -1;
  private long imports = -1;
  private long nextLook = System.nanoTime();
  private long soonestLook = System.nanoTime();
  private long nextGlance = System.nanoTime();
  private long awaySince;
  private List<CannedAnswer> canned = Seeds.canned();
  private List<SynonymGroup> synonyms = Seeds.synonyms();

  // Written by the thread.
  private volatile boolean whole;
  private volatile String trouble = "not read yet";
  private volatile boolean closed;

  /** Announced ids; null: a full scan is needed. */
  private record Hint(List<String> ids) {}

  private record Known(long digest, long round) {}

  /** @param changes of a database of our own: while it stays the same, nobody needs to look; else empty */
  KnowledgeFeed(Vertx vertx, MongoClient client, Articles articles, Optional<LongSupplier> changes, KnowledgeFollower follower) {
    this(vertx, client, articles, changes, follower, LOOK_MS);
  }

  /** @param lookMs least interval of full scans */
  KnowledgeFeed(Vertx vertx, MongoClient client, Articles articles, Optional<LongSupplier> changes, KnowledgeFollower follower,
      long lookMs) {
    this.lookNanos = TimeUnit.MILLISECONDS.toNanos(lookMs);
    this.vertx = vertx;
    this.client = client;
    this.articles = articles;
    this.changes = changes;
    this.follower = follower;
    this.stream = new ChangeStream(client, this::hint);
    this.recentChanges = new RecentChanges(client);
  }

  /** Succeeds when announcements are received; does not wait for the database. */
  Future<KnowledgeFeed> start() {
    announcements = vertx.eventBus().consumer(Addresses.ARTICLES_CHANGED, this::announced);
    thread.setDaemon(true);
    thread.start();
    return announcements.completion().map(this);
  }

  /** No call of the follower follows after this has succeeded. */
  public Future<Void> close() {
    closed = true;
    thread.interrupt();
    return announcements.unregister();
  }

  /** What keeps the follower from being current: the database is away, or not read yet. Empty: nothing. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  private void announced(Message<Object> message) {
    List<String> ids = message.body() instanceof JsonObject json && json.getValue("ids") instanceof JsonArray array
        ? array.stream().filter(String.class::isInstance).map(String.class::cast).toList()
        : List.of();
    hint(ids);
  }

  /** From any thread. */
  private void hint(List<String> ids) {
    if (hints.offer(new Hint(ids))) return;
    // Too many ids: a full scan is cheaper.
    hints.clear();
    hints.offer(new Hint(List.of()));
  }

  private void run() {
    // Built-in data until the database has been read.
    follower.canned(canned);
    follower.synonyms(synonyms);
    while (!closed) {
      try {
        look();
        back();
        hear(hints.poll(REST_MS, TimeUnit.MILLISECONDS));
      } catch (InterruptedException end) {
        break;
      } catch (Exception failure) {
        away(failure);
        rest();
      }
    }
    stream.close();
  }

  private void away(Exception failure) {
    if (awaySince == 0) {
      awaySince = System.nanoTime();
      log.warn("articles cannot be read; answering from the index reason={}", DatabaseGate.reason(failure));
    }
    trouble = "the articles' database is away: " + DatabaseGate.reason(failure);
    nextLook = System.nanoTime();
    lookedAt = -1;
  }

  private void back() {
    if (awaySince != 0) log.info("articles can be read again after={}s", (System.nanoTime() - awaySince) / 1_000_000_000);
    awaySince = 0;
    trouble = null;
  }

  private void rest() {
    try {
      Thread.sleep(REST_MS);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws Exception {
    long changesBefore = changes.map(LongSupplier::getAsLong).orElse(0L);
    if (changes.isPresent() && changesBefore == lookedAt) return;
    Blocking.on(articles.checkFormat());
    boolean imported = imported();
    if (System.nanoTime() - nextLook < 0 && !imported) {
      // The embedded database has no index for it; a full scan costs the same.
      if (changes.isEmpty()) glance();
      return;
    }
    if (!whole) Blocking.on(articles.prepare());
    long begun = System.nanoTime();
    words();
    articles();
    stream.openWhereThereIsOne();
    lookedAt = changesBefore;
    // The first scan feeds everything, so its duration is no estimate for the next.
    long taken = whole ? System.nanoTime() - begun : 0;
    if (!whole) {
      whole = true;
      back();
      follower.whole();
    }
    nextLook = System.nanoTime() + Math.max(lookNanos, taken * LOOK_SHARE);
    soonestLook = System.nanoTime() + taken;
  }

  /** Between full scans: new documents, and the number of all. */
  private void glance() throws Exception {
    if (System.nanoTime() - nextGlance < 0) return;
    long begun = System.nanoTime();
    long more = recentChanges.more();
    List<JsonObject> documents = recentChanges.documents();
    Map<String, Article> changed = new LinkedHashMap<>();
    List<String> gone = new ArrayList<>();
    for (JsonObject document : documents) {
      Optional<Article> article = Article.read(document);
      article.ifPresent(recentChanges::saw);
      Known before = article.map(each -> known.get(each.id())).orElse(null);
      if (article.filter(Article::isPublished).isPresent()) {
        if (before == null || before.digest != article.get().digest()) changed.put(article.get().id(), article.get());
      } else if (before != null) {
        gone.add(article.get().id());
      }
    }
    tell(List.copyOf(changed.values()));
    forget(gone);
    boolean missed = more < 0 || changed.size() >= RecentChanges.MOST || (more > 0 && changed.isEmpty());
    if (missed && nextLook - soonestLook > 0) nextLook = soonestLook;
    nextGlance = System.nanoTime() + (System.nanoTime() - begun) * LOOK_SHARE;
  }

  /** Detects imports by processes that share no event bus; also probes the database. */
  private boolean imported() throws Exception {
    JsonObject mark = Blocking.on(client.findOne(Seeds.ONCE, ArticleImport.IMPORTED, null));
    long count = mark == null ? 0 : mark.getLong("count");
    boolean more = imports >= 0 && count != imports;
    imports = count;
    return more;
  }

  private void hear(Hint first) throws Exception {
    if (first == null) return;
    List<Hint> all = new ArrayList<>(List.of(first));
    hints.drainTo(all);
    Set<String> ids = new LinkedHashSet<>();
    all.forEach(hint -> ids.addAll(hint.ids()));
    if (ids.size() > FEW || all.stream().anyMatch(hint -> hint.ids().isEmpty())) {
      nextLook = System.nanoTime();
      return;
    }
    List<Article> changed = new ArrayList<>();
    List<String> gone = new ArrayList<>();
    for (String id : ids.stream().flatMap(this::meantBy).toList()) {
      Optional<Article> article = Blocking.on(articles.find(id)).filter(Article::isPublished);
      if (article.isPresent()) changed.add(article.get());
      else gone.add(id);
    }
    tell(changed);
    forget(gone);
  }

  /** Other programs announce ids without their types. */
  private Stream<String> meantBy(String announced) {
    List<String> keys = ArticleId.meantBy(announced).stream().map(ArticleId::key).toList();
    // Usually an ObjectId; the text id of the same digits is tried only if it is known.
    return keys.stream().filter(key -> key.equals(keys.get(0)) || known.containsKey(key) || !known.containsKey(keys.get(0)));
  }

  /** Full scan: feeds the articles that have changed since they were fed. */
  private void articles() throws Exception {
    long thisRound = ++round;
    List<Article> batch = new ArrayList<>(BATCH);
    Blocking.forEach(client, Articles.COLLECTION, document -> {
      Optional<Article> read = Article.read(document);
      if (read.isEmpty()) complain(document);
      Optional<Article> article = read.filter(Article::isPublished);
      if (article.isEmpty()) return;
      String id = article.get().id();
      recentChanges.saw(article.get());
      Known before = known.get(id);
      long digest = article.get().digest();
      if (before != null && before.digest == digest) {
        known.put(id, new Known(digest, thisRound));
      } else {
        batch.add(article.get());
        if (batch.size() == BATCH) {
          tell(batch);
          batch.clear();
        }
      }
    });
    tell(batch);
    forget(known.entrySet().stream().filter(entry -> entry.getValue().round != thisRound).map(Map.Entry::getKey).toList());
  }

  /** Once for each: whoever wrote it hears of it, and the others are served. */
  private void complain(JsonObject document) {
    String id = RegexText.cut(String.valueOf(document.getValue("_id")), 100);
    if (unreadable.size() >= MOST_COMPLAINTS || !unreadable.add(id)) return;
    log.warn("article skipped id={} reason=no title that is a text, or an id of a type that is not supported", id);
  }

  private void tell(List<Article> changed) {
    if (changed.isEmpty()) return;
    follower.changed(List.copyOf(changed));
    for (Article article : changed) known.put(article.id(), new Known(article.digest(), round));
  }

  private void forget(List<String> gone) {
    if (gone.isEmpty()) return;
    follower.gone(gone);
    gone.forEach(known::remove);
  }

  private void words() throws Exception {
    List<CannedAnswer> answers = Blocking.on(articles.canned());
    if (!answers.equals(canned)) follower.canned(canned = answers);
    List<SynonymGroup> groups = Blocking.on(articles.synonyms());
    if (!groups.equals(synonyms)) follower.synonyms(synonyms = groups);
  }
}
