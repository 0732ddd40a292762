package dev.magpie.store;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What came into the articles lately, of a server that tells nobody: by the time within the ids that drivers make, by {@code updatedAt},
 * and by how many there are. A server looks that up in an index, so that it takes no longer where there are many articles. Only an edit that
 * leaves {@code updatedAt} as it was has to wait for a full look. Owned by one {@link KnowledgeFeed}, on its thread; blocks.
 */
final class Lately {
  /** Documents of one look, each way; where there are more, a full look is due. */
  static final int MOST = 100;

  /** By so much the clocks of others may be wrong. */
  private static final Duration SKEW = Duration.ofSeconds(60);

  private final MongoClient client;
  private Instant newest = Instant.EPOCH;
  private long count = -1;

  Lately(MongoClient client) {
    this.client = client;
  }

  /** An article that was read: what comes after it is new. */
  void saw(Article article) {
    Instant now = Instant.now();
    // One that claims to be from the future must not hide what is written until then.
    Instant at = article.updatedAt().isAfter(now) ? now : article.updatedAt();
    if (at.isAfter(newest)) newest = at;
  }

  /** The newest first; some of them may be known. */
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
    Waiting.forEach(client, Articles.COLLECTION, new JsonObject().put(field, range), newestFirst, found::add);
    return found;
  }

  /** As a driver begins the ids that it makes at this moment. */
  private static JsonObject id(Instant at) {
    return new JsonObject().put("$oid", "%08x".formatted(at.getEpochSecond() & 0xffffffffL) + "0".repeat(16));
  }

  /** By how many there are more, or fewer, than when this was asked before; 0 at first. */
  long more() throws Exception {
    // Without a query the server knows it by heart.
    long now = Waiting.on(client.runCommand("count", new JsonObject().put("count", Articles.COLLECTION))).getLong("n");
    long more = count < 0 ? 0 : now - count;
    count = now;
    return more;
  }
}
