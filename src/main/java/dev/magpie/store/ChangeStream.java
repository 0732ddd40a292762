package dev.magpie.store;

import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.UpdateDescription;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import io.vertx.ext.mongo.MongoClient;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Change stream of a replica set or sharded cluster. A hint only: full scans of the feed find what it missed. Owned by one {@link
 * KnowledgeFeed}, opened and closed on its thread.
 */
final class ChangeStream {
  private static final Logger log = LoggerFactory.getLogger(ChangeStream.class);

  private static final int BATCH = 100;

  private final MongoClient client;
  private final Consumer<List<String>> changed;
  private ReadStream<ChangeStreamDocument<JsonObject>> stream;
  private volatile boolean open;

  /** @param changed gets ids; an empty list: anything may have changed */
  ChangeStream(MongoClient client, Consumer<List<String>> changed) {
    this.client = client;
    this.changed = changed;
  }

  /** Idempotent. */
  void openWhereThereIsOne() {
    if (open || !tellsChanges()) return;
    open = true;
    stream = client.watch(Articles.COLLECTION, new JsonArray(), false, BATCH);
    stream.exceptionHandler(failure -> {
      open = false;
      log.info("change stream ended reason={}", failure.getMessage());
    });
    stream.endHandler(ended -> open = false);
    stream.handler(change -> ids(change.getDocumentKey(), change.getUpdateDescription()).ifPresent(changed));
    log.info("change stream open");
  }

  private boolean tellsChanges() {
    try {
      // The legacy command name, which every server supports.
      JsonObject hello = Blocking.on(client.runCommand("isMaster", new JsonObject().put("isMaster", 1)));
      return hello.containsKey("setName") || "isdbgrid".equals(hello.getString("msg"));
    } catch (Exception unknown) {
      return false;
    }
  }

  /** Excludes changes of counters, on which no answer depends. */
  static Optional<List<String>> ids(BsonDocument key, UpdateDescription update) {
    if (update != null && update.getUpdatedFields() != null && !update.getUpdatedFields().isEmpty()
        && ArticleFields.COUNTERS.containsAll(update.getUpdatedFields().keySet())) {
      return Optional.empty();
    }
    if (key == null) return Optional.of(List.of()); // The collection was dropped or renamed.
    BsonValue id = key.get("_id");
    if (id.isObjectId()) return Optional.of(List.of(id.asObjectId().getValue().toHexString()));
    if (id.isString()) return Optional.of(List.of(new ArticleId(id.asString().getValue()).key()));
    return Optional.of(List.of());
  }

  void close() {
    if (stream != null) stream.handler(null);
  }
}
