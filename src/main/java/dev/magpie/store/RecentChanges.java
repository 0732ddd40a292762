package dev.magpie.store;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Polls a server without change streams for recent changes: by the timestamp in ObjectIds, by {@code updatedAt}, and by the number of
 * documents. All are index look-ups. Only an edit that keeps {@code updatedAt} is left to the next full scan. Owned by one {@link
 * KnowledgeFeed}, on its thread; blocks.
 */
final class RecentChanges {
  /** Most documents per query; more cause a full scan. */
  static final int MOST = 100;

  /** Tolerated clock skew between writers. */
  private static final Duration SKEW = Duration.ofSeconds(60);

  private final MongoClient client;
  private Instant newest = Instant.EPOCH;
  private long count = -1;

  RecentChanges(MongoClient client) {
    this.client = client;
  }

  /** The newest article that was read; later ones are new. */
  void saw(Article article) {
    Instant now = Instant.now();
    // A timestamp in the future is clamped, so that it does not hide later writes.
    Instant at = article.updatedAt().isAfter(now) ? now : article.updatedAt();
    if (at.isAfter(newest)) newest = at;
  }

  /** In descending order; may contain known ones. */
  List<JsonObject> documents() throws Exception {
    Instant now = Instant.now();
    JsonObject made = new JsonObject().put("$gte", id(now.minus(SKEW))).put("$lt", id(now.plus(SKEW)));
    JsonObject updated = new JsonObject().put("$gt", new JsonObject().put("$date", newest.toString()));
    List<JsonObject> documents = new ArrayList<>(find("_id", made));
    documents.addAll(find("updatedAt", updated));
    return documents;
  }

  private List<JsonObject> find(String field, JsonObject range) throws Exception {
    List<JsonObject> found = new ArrayList<>();
    FindOptions newestFirst = new FindOptions().setSort(new JsonObject().put(field, -1)).setLimit(MOST);
    Blocking.forEach(client, Articles.COLLECTION, new JsonObject().put(field, range), newestFirst, found::add);
    return found;
  }

  /** The least ObjectId of this second. */
  private static JsonObject id(Instant at) {
    return new JsonObject().put("$oid", "%08x".formatted(at.getEpochSecond() & 0xffffffffL) + "0".repeat(16));
  }

  /** Change of the number of documents since the last call; 0 at first. */
  long more() throws Exception {
    // {@code count} without a filter is answered from collection metadata, in O(1).
    long now = Blocking.on(client.runCommand("count", new JsonObject().put("count", Articles.COLLECTION))).getLong("n");
    long more = count < 0 ? 0 : now - count;
    count = now;
    return more;
  }
}
