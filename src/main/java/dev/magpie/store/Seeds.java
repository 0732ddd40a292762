package dev.magpie.store;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Demonstration data of a new database: the tutorial's canned answers, synonyms, and articles about a telephone company. Each collection
 * is seeded once, if it is empty: what an editor deletes does not come back.
 */
final class Seeds {
  private static final Logger log = LoggerFactory.getLogger(Seeds.class);

  /** Remembers what was done once. */
  static final String ONCE = "magpie_once";

  private final MongoClient client;

  Seeds(MongoClient client) {
    this.client = client;
  }

  Future<Void> plant() {
    Instant now = Instant.now();
    return plant(Articles.COLLECTION, "articles-seeded", articles(), seed -> Article.from(seed, now).toDocument())
        .compose(done -> plant(Articles.CANNED, "canned-seeded", read("canned.json"), UnaryOperator.identity()))
        .compose(done -> plant(Articles.SYNONYMS, "synonyms-seeded", read("synonyms.json"), UnaryOperator.identity()));
  }

  static List<JsonObject> articles() {
    return read("articles.json");
  }

  static List<CannedAnswer> canned() {
    return read("canned.json").stream().map(CannedAnswer::from).toList();
  }

  static List<SynonymGroup> synonyms() {
    return read("synonyms.json").stream().map(SynonymGroup::from).toList();
  }

  private Future<Void> plant(String collection, String marker, List<JsonObject> seeds, UnaryOperator<JsonObject> document) {
    JsonObject mark = new JsonObject().put("_id", marker);
    return client.findOne(ONCE, mark, null).compose(done -> {
      if (done != null) return Future.succeededFuture();
      return client
          .count(collection, new JsonObject())
          .compose(count -> count > 0 ? Future.succeededFuture() : insert(collection, seeds, document))
          .compose(planted -> client.updateCollectionWithOptions(
              ONCE, mark, new JsonObject().put("$setOnInsert", new JsonObject().put("at", Instant.now().toString())),
              new UpdateOptions().setUpsert(true)))
          .mapEmpty();
    });
  }

  private Future<Void> insert(String collection, List<JsonObject> seeds, UnaryOperator<JsonObject> document) {
    // Upserts of fixed ids: two programs that seed at the same moment make one set.
    List<BulkOperation> upserts =
        seeds.stream()
            .map(seed -> {
              JsonObject fields = document.apply(seed.copy());
              fields.remove("_id");
              return BulkOperation.createUpdate(new JsonObject().put("_id", seed.getString("_id")),
                  new JsonObject().put("$setOnInsert", fields)).setUpsert(true);
            })
            .toList();
    return client
        .bulkWriteWithOptions(collection, upserts, new BulkWriteOptions(false))
        .onSuccess(done -> log.info("{} seeded count={}", collection, upserts.size()))
        .mapEmpty();
  }

  private static List<JsonObject> read(String resource) {
    try (InputStream in = Seeds.class.getResourceAsStream(resource)) {
      return new JsonArray(Buffer.buffer(in.readAllBytes())).stream().map(JsonObject.class::cast).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
