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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one follower all articles, canned answers and synonyms, and then each change of them: at once what was written through Magpie
 * (the event bus says so), within seconds what others wrote. Owned by whoever started it; everything happens on a thread of its own, which
 * may wait.
 */
public final class KnowledgeFeed {
  private static final Logger log = LoggerFactory.getLogger(KnowledgeFeed.class);

  /** Articles told at a time. */
  private static final int BATCH = 256;

  /** Ids that are fetched one by one; more of them: a full look. */
  private static final int FEW = 100;

  private static final long REST_MS = 1_000;
  private static final long LOOK_MS = 5_000;

  /** A full look may take a tenth of the time. */
  private static final long LOOK_SHARE = 10;

  private final Vertx vertx;
  private final MongoClient client;
  private final Articles articles;
  private final KnowledgeFollower follower;
  private final Thread thread = new Thread(this::run, "magpie-knowledge");

  // From the event bus to the thread.
  private final LinkedBlockingQueue<Hint> hints = new LinkedBlockingQueue<>(10_000);
  private MessageConsumer<Object> announcements;

  // The thread's own.
  private final Map<String, Known> known = new HashMap<>();
  private long round;
  private long nextLook = System.nanoTime();
  private List<CannedAnswer> canned = Seeds.canned();
  private List<SynonymGroup> synonyms = Seeds.synonyms();

  // Written by the thread.
  private volatile boolean whole;
  private volatile String trouble = "not read yet";
  private volatile boolean closed;

  /** Ids that were announced; none: a full look is needed. */
  private record Hint(List<String> ids) {}

  private record Known(long digest, long round) {}

  KnowledgeFeed(Vertx vertx, MongoClient client, Articles articles, KnowledgeFollower follower) {
    this.vertx = vertx;
    this.client = client;
    this.articles = articles;
    this.follower = follower;
  }

  /** Succeeds when it listens to announcements; it does not wait for the database, which may be away. */
  Future<KnowledgeFeed> start() {
    announcements = vertx.eventBus().consumer(Addresses.ARTICLES_CHANGED, this::announced);
    thread.setDaemon(true);
    thread.start();
    return announcements.completion().map(this);
  }

  /** The follower is told nothing any more once this has succeeded. */
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
    // A full queue means that a full look will be needed anyway, and one hint in it says so.
    if (!hints.offer(new Hint(ids))) hints.poll();
  }

  private void run() {
    // Magpie's own until the database is read, which may be away.
    follower.canned(canned);
    follower.synonyms(synonyms);
    while (!closed) {
      try {
        look();
        trouble = null;
        hear(hints.poll(REST_MS, TimeUnit.MILLISECONDS));
      } catch (InterruptedException end) {
        return;
      } catch (Exception failure) {
        if (trouble == null || !whole) log.warn("articles not read reason={}", failure.getMessage());
        trouble = "the articles' database is away: " + failure.getMessage();
        nextLook = System.nanoTime();
        rest();
      }
    }
  }

  private void rest() {
    try {
      Thread.sleep(REST_MS);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws Exception {
    if (System.nanoTime() - nextLook < 0) return;
    long begun = System.nanoTime();
    words();
    articles();
    if (!whole) {
      whole = true;
      trouble = null;
      follower.whole();
    }
    long taken = System.nanoTime() - begun;
    nextLook = System.nanoTime() + Math.max(TimeUnit.MILLISECONDS.toNanos(LOOK_MS), taken * LOOK_SHARE);
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
    for (String id : ids) {
      Optional<Article> article = Waiting.on(articles.find(id)).filter(Article::isPublished);
      if (article.isPresent()) changed.add(article.get());
      else gone.add(id);
    }
    tell(changed);
    forget(gone);
  }

  /** Reads every article, and tells those that are other than when they were told. */
  private void articles() throws Exception {
    long thisRound = ++round;
    List<Article> batch = new ArrayList<>(BATCH);
    Waiting.forEach(client, Articles.COLLECTION, document -> {
      Optional<Article> article = Article.read(document).filter(Article::isPublished);
      if (article.isEmpty()) return;
      String id = article.get().id();
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
    List<CannedAnswer> answers = Waiting.on(articles.canned());
    if (!answers.equals(canned)) follower.canned(canned = answers);
    List<SynonymGroup> groups = Waiting.on(articles.synonyms());
    if (!groups.equals(synonyms)) follower.synonyms(synonyms = groups);
  }
}
