package dev.magpie.staff;

import com.mongodb.MongoWriteException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.MongoClientDeleteResult;
import io.vertx.ext.mongo.MongoClientUpdateResult;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One collection. Each operation is given up after {@link #LIMIT_MS}. May be used from any thread. */
final class Documents {
  private static final long LIMIT_MS = 3_000;
  private static final int DUPLICATE_KEY = 11000;

  private final MongoClient client;
  private final String collection;

  Documents(MongoClient client, String collection) {
    this.client = client;
    this.collection = collection;
  }

  static JsonObject id(String id) {
    return new JsonObject().put("_id", id);
  }

  /** @return whether it was inserted: false where another document has its {@code _id} */
  Future<Boolean> insert(JsonObject document) {
    return limited(client.insert(collection, document)).map(true)
        .recover(failure -> isDuplicate(failure) ? Future.succeededFuture(false) : Future.failedFuture(failure));
  }

  Future<Optional<JsonObject>> find(JsonObject query) {
    return limited(client.findOne(collection, query, null)).map(Optional::ofNullable);
  }

  Future<List<JsonObject>> find(JsonObject query, FindOptions options) {
    return limited(client.findWithOptions(collection, query, options));
  }

  Future<Long> count() {
    return limited(client.count(collection, new JsonObject()));
  }

  /** Changes the one document that matches. @return whether there was one */
  Future<Boolean> update(JsonObject query, JsonObject change) {
    return limited(client.updateCollection(collection, query, change)).map(MongoClientUpdateResult::getDocMatched)
        .map(matched -> matched > 0);
  }

  /** @return how many were removed */
  Future<Long> remove(JsonObject query) {
    return limited(client.removeDocuments(collection, query)).map(MongoClientDeleteResult::getRemovedCount);
  }

  private static <T> Future<T> limited(Future<T> asked) {
    return asked.timeout(LIMIT_MS, TimeUnit.MILLISECONDS);
  }

  private static boolean isDuplicate(Throwable failure) {
    return failure instanceof MongoWriteException write && write.getError().getCode() == DUPLICATE_KEY;
  }
}
