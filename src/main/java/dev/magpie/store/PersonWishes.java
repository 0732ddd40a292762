package dev.magpie.store;

import dev.magpie.bus.Question;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Visitors who asked for a person, collection {@code person_wishes}. One document per visitor. Owned by the {@link Store}; may be used
 * from any thread.
 */
public final class PersonWishes {
  static final String COLLECTION = "person_wishes";

  /** Characters of a question that are kept. */
  private static final int LIMIT = 200;

  /** Most documents; beyond it the oldest are removed. */
  private static final long MOST = 10_000;

  private final MongoClient client;
  private final DatabaseGate gate;

  PersonWishes(MongoClient client, DatabaseGate gate) {
    this.client = client;
    this.gate = gate;
  }

  /**
   * One visitor's.
   *
   * @param visitor who asked, empty where the question did not say
   * @param question as it was asked last
   * @param count how often
   */
  public record Line(String visitor, String conversation, String question, String lang, long count, Instant firstAsked,
      Instant lastAsked) {}

  /** Succeeds when it is in the database. */
  public Future<Void> record(Question question) {
    // With a prefix, so that no visitor id is read as an id of another type.
    String id = question.visitor() == null ? UUID.randomUUID().toString() : "visitor " + RegexText.cut(question.visitor(), LIMIT);
    if (!RegexText.storable(id)) id = UUID.randomUUID().toString();
    JsonObject now = new JsonObject().put("$date", Instant.now().toString());
    JsonObject update =
        new JsonObject()
            .put("$inc", new JsonObject().put("count", 1))
            .put("$set", new JsonObject().put("question", text(question.text())).put("lang", text(question.lang()))
                .put("conversation", text(question.conversation())).put("lastAsked", now))
            .put("$setOnInsert", new JsonObject().put("visitor", text(question.visitor())).put("firstAsked", now));
    JsonObject line = new JsonObject().put("_id", id);
    return gate.ask(() -> client.updateCollectionWithOptions(COLLECTION, line, update, new UpdateOptions().setUpsert(true)))
        .onSuccess(written -> trim()).mapEmpty();
  }

  /** Those who asked last first, at most {@code limit}. */
  public Future<List<Line>> list(int limit) {
    FindOptions newest = new FindOptions().setSort(new JsonObject().put("lastAsked", -1)).setLimit(limit);
    return gate.ask(() -> client.findWithOptions(COLLECTION, new JsonObject(), newest))
        .map(found -> found.stream().map(PersonWishes::line).toList());
  }

  private void trim() {
    gate.ask(() -> client.count(COLLECTION, new JsonObject())).compose(count -> {
      if (count <= MOST) return Future.succeededFuture();
      FindOptions oldest = new FindOptions().setSort(new JsonObject().put("lastAsked", 1)).setLimit((int) Math.min(count - MOST, 1_000))
          .setFields(new JsonObject().put("_id", 1));
      return gate.ask(() -> client.findWithOptions(COLLECTION, new JsonObject(), oldest)).compose(found -> {
        JsonArray ids = new JsonArray(found.stream().map(document -> document.getValue("_id")).toList());
        return gate.ask(() -> client.removeDocuments(COLLECTION, new JsonObject().put("_id", new JsonObject().put("$in", ids))));
      });
    });
  }

  private static String text(String text) {
    String cut = text == null ? "" : RegexText.cut(text.strip(), LIMIT);
    return RegexText.storable(cut) ? cut : "";
  }

  private static Line line(JsonObject document) {
    return new Line(
        Article.text(document, "visitor"), Article.text(document, "conversation"), Article.text(document, "question"),
            Article.text(document, "lang"), Article.count(document, "count"),
        Article.time(document, "firstAsked"), Article.time(document, "lastAsked"));
  }
}
