package dev.magpie.store;

import dev.magpie.bus.Addresses;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The articles in MongoDB, collection {@code article}. Owned by the {@link Store}; may be used from any thread. */
public final class Articles {
  private static final Logger log = LoggerFactory.getLogger(Articles.class);

  static final String COLLECTION = "article";

  /** Characters; a longer question cannot be part of a title. */
  static final int TEXT_LIMIT = 100;

  /** Milliseconds for the database (maxTimeMS), where it supports that. */
  private static final int SEARCH_MS = 500;

  static final String CANNED = "canned";
  static final String SYNONYMS = "synonyms";

  private final Vertx vertx;
  private final MongoClient client;
  private final DatabaseGate gate;
  private final Supplier<Future<Void>> formatCheck;
  private final WriteBehindCounter<Boolean> hits;

  /** @param formatCheck succeeds when the data may be read and written */
  Articles(Vertx vertx, MongoClient client, DatabaseGate gate, Supplier<Future<Void>> formatCheck) {
    this.vertx = vertx;
    this.client = client;
    this.gate = gate;
    this.formatCheck = formatCheck;
    this.hits = new WriteBehindCounter<>(vertx, "hits", this::count);
  }

  /** An article's {@linkplain ArticleId#key id} and its title. */
  public record Title(String id, String title) {}

  /**
   * The articles whose title contains this text: literally, in the same case, at most {@code limit} of them. A text without anything to
   * look for finds none.
   */
  public Future<List<Title>> titlesContaining(String text, int limit) {
    String wanted = RegexText.cut(text.strip(), TEXT_LIMIT);
    if (wanted.isBlank() || !RegexText.storable(wanted)) return Future.succeededFuture(List.of());
    JsonObject find =
        new JsonObject()
            .put("find", COLLECTION)
            .put("filter", new JsonObject().put("title", new JsonObject().put("$regex", RegexText.regex(wanted))))
            .put("projection", new JsonObject().put("title", 1))
            .put("limit", limit)
            .put("singleBatch", true)
            .put("maxTimeMS", SEARCH_MS);
    // As a command, since the client's find does not support maxTimeMS.
    return gate.ask(() -> client.runCommand("find", find)).map(reply -> titles(reply.getJsonObject("cursor").getJsonArray("firstBatch")));
  }

  /** The article of that id. */
  public Future<Optional<Article>> find(String id) {
    ArticleId typed = ArticleId.parse(id);
    return gate.ask(() -> client.findOne(COLLECTION, typed.query(), null))
        .map(document -> Optional.ofNullable(document).map(found -> found.put("_id", typed.value())).flatMap(Article::read));
  }

  /** Writes an article, a new one or in place of the one of its id, whose counters stay; then announces it to every bot. */
  public Future<Void> save(Article article) {
    JsonObject document = article.toDocument();
    JsonObject counters = new JsonObject();
    counters.put("createdAt", document.remove("createdAt"));
    for (String counter : ArticleFields.COUNTERS) counters.put(counter, document.remove(counter));
    JsonObject update = new JsonObject().put("$set", document).put("$setOnInsert", counters);
    return gate.ask(() -> client.updateCollectionWithOptions(COLLECTION, ArticleId.parse(article.id()).upsertQuery(), update,
        new UpdateOptions().setUpsert(true)))
        .onSuccess(written -> announce(List.of(article.id())))
        .mapEmpty();
  }

  /** Deletes it for good, and announces that. */
  public Future<Void> delete(String id) {
    return gate.ask(() -> client.removeDocument(COLLECTION, ArticleId.parse(id).query())).onSuccess(removed -> announce(List.of(id)))
        .mapEmpty();
  }

  /** Counts a hit of the article, asynchronously. */
  public void hit(String id) {
    hits.add(id, true);
  }

  Future<Void> flush() {
    return hits.flush();
  }

  private Future<?> count(Map<String, WriteBehindCounter.Entry<Boolean>> counts) {
    List<BulkOperation> updates = new ArrayList<>();
    counts.forEach((id, entry) -> {
      JsonObject increment = new JsonObject().put("$inc", new JsonObject().put("hits", entry.count()));
      updates.add(BulkOperation.createUpdate(ArticleId.parse(id).query(), increment));
    });
    return gate.askToTheEnd(() -> client.bulkWriteWithOptions(COLLECTION, updates, new BulkWriteOptions(false)));
  }

  Future<List<CannedAnswer>> canned() {
    return client.find(CANNED, new JsonObject()).map(found -> found.stream().map(CannedAnswer::from).toList());
  }

  Future<List<SynonymGroup>> synonyms() {
    return client.find(SYNONYMS, new JsonObject()).map(found -> found.stream().map(SynonymGroup::from).toList());
  }

  private void announce(List<String> ids) {
    vertx.eventBus().publish(Addresses.ARTICLES_CHANGED, new JsonObject().put("ids", new JsonArray(ids)));
  }

  Future<Void> checkFormat() {
    return formatCheck.get();
  }

  /** Creates the indexes and, once, the demonstration data. */
  public Future<Void> prepare() {
    // A probe first, so that an unreachable database fails once instead of three times.
    return checkFormat().compose(good -> client.runCommand("ping", new JsonObject().put("ping", 1)))
        .compose(there -> index())
        .compose(made -> new Seeds(client).plant())
        .compose(planted -> onOwnThread(() -> ArticleImport.finish(client)));
  }

  /** Optional indexes: without them queries are slower. */
  private Future<Void> index() {
    return Future.join(List.of(index(COLLECTION, "title"), index(COLLECTION, "updatedAt"), index(Feedbacks.COLLECTION, "article"),
        index(Unanswered.COLLECTION, "lastAsked")))
        .onFailure(failure -> log.debug("index not made", failure))
        .transform(made -> Future.succeededFuture());
  }

  private Future<Void> index(String collection, String field) {
    return client.createIndex(collection, new JsonObject().put(field, 1));
  }

  private interface Work {
    void run() throws Exception;
  }

  private Future<Void> onOwnThread(Work work) {
    Promise<Void> done = Promise.promise();
    new Thread(() -> {
      try {
        work.run();
        done.complete();
      } catch (Exception failure) {
        done.fail(failure);
      }
    }, "magpie-import").start();
    return done.future();
  }

  private static List<Title> titles(JsonArray documents) {
    return documents.stream()
        .map(JsonObject.class::cast)
        .flatMap(document -> ArticleId.of(document.getValue("_id")).map(id -> new Title(id.key(), document.getString("title"))).stream())
        .toList();
  }
}
