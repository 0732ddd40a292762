package dev.magpie.store;

import dev.magpie.store.WriteBehindCounter.Entry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * The questions that the bot could not answer, collection {@code unanswered}: the editor's list of what to write next. Owned by the {@link
 * Store}; may be used from any thread.
 */
public final class Unanswered {
  static final String COLLECTION = "unanswered";

  /** Characters of a question that are kept. */
  private static final int LIMIT = 200;

  /** Most documents; beyond it the oldest are removed. */
  private static final long MOST = 10_000;

  private final MongoClient client;
  private final DatabaseGate gate;
  private final WriteBehindCounter<Asked> counter;

  private record Asked(String text, String lang, Instant at) {}

  Unanswered(Vertx vertx, MongoClient client, DatabaseGate gate) {
    this.client = client;
    this.gate = gate;
    this.counter = new WriteBehindCounter<>(vertx, "missed questions", this::write);
  }

  /**
   * One line of the report.
   *
   * @param question as it was asked first
   * @param count how often that, or the same but for case, width and punctuation, was asked
   */
  public record Line(String question, String lang, long count, Instant firstAsked, Instant lastAsked) {}

  /** Stores an unanswered question, by write-behind. */
  public Future<Void> record(String question, String lang) {
    String text = RegexText.cut(question.strip(), LIMIT);
    if (!text.isBlank() && RegexText.storable(text)) counter.add(idOf(text), new Asked(text, lang == null ? "" : lang, Instant.now()));
    return Future.succeededFuture();
  }

  /** The most frequent first, at most {@code limit}. */
  public Future<List<Line>> list(int limit) {
    FindOptions mostFrequent = new FindOptions().setSort(new JsonObject().put("count", -1)).setLimit(limit);
    return flush()
        .transform(flushed -> gate.ask(() -> client.findWithOptions(COLLECTION, new JsonObject(), mostFrequent)))
        .map(found -> found.stream().map(Unanswered::line).toList());
  }

  Future<Void> flush() {
    return counter.flush();
  }

  private Future<?> write(Map<String, Entry<Asked>> lines) {
    List<BulkOperation> upserts = new ArrayList<>();
    lines.forEach((id, entry) -> {
      Asked asked = entry.newest();
      JsonObject at = new JsonObject().put("$date", asked.at().toString());
      JsonObject update =
          new JsonObject()
              .put("$inc", new JsonObject().put("count", entry.count()))
              .put("$set", new JsonObject().put("lastAsked", at))
              .put("$setOnInsert", new JsonObject().put("text", asked.text()).put("lang", asked.lang()).put("firstAsked", at));
      upserts.add(BulkOperation.createUpdate(new JsonObject().put("_id", id), update).setUpsert(true));
    });
    return gate.askToTheEnd(() -> client.bulkWriteWithOptions(COLLECTION, upserts, new BulkWriteOptions(false)))
        .onSuccess(written -> trim());
  }

  private void trim() {
    gate.ask(() -> client.count(COLLECTION, new JsonObject())).compose(count -> {
      if (count <= MOST) return Future.succeededFuture();
      JsonObject oldest =
          new JsonObject()
              .put("find", COLLECTION)
              .put("projection", new JsonObject().put("_id", 1))
              .put("sort", new JsonObject().put("lastAsked", 1))
              .put("limit", (int) Math.min(count - MOST, 1_000))
              .put("singleBatch", true);
      // As a command: the client's find gives ids without their types.
      return gate.ask(() -> client.runCommand("find", oldest)).compose(reply -> {
        JsonArray ids = new JsonArray();
        reply.getJsonObject("cursor").getJsonArray("firstBatch").forEach(document -> ids.add(((JsonObject) document).getValue("_id")));
        return gate.ask(() -> client.removeDocuments(COLLECTION, new JsonObject().put("_id", new JsonObject().put("$in", ids))));
      });
    });
  }

  private static Line line(JsonObject document) {
    return new Line(
        Article.text(document, "text"), Article.text(document, "lang"), Article.count(document, "count"),
            Article.time(document, "firstAsked"), Article.time(document, "lastAsked"));
  }

  /** Questions that differ only in case, width, spaces and punctuation share a document. */
  private static String idOf(String text) {
    String plain = plain(text);
    return UUID.nameUUIDFromBytes((plain.isEmpty() ? text : plain).getBytes(StandardCharsets.UTF_8)).toString();
  }

  private static String plain(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT).replaceAll("[\\p{P}\\p{Z}\\p{C}\\p{S}]+", "");
  }
}
