package dev.magpie.store;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * The questions that the bot could not answer, collection {@code unanswered}: the editor's list of what to write next. Owned by the {@link
 * Store}; may be used from any thread.
 */
public final class Unanswered {
  static final String COLLECTION = "unanswered";

  /** Characters of a question that are kept. */
  private static final int LIMIT = 200;

  private final MongoClient client;

  Unanswered(MongoClient client) {
    this.client = client;
  }

  /**
   * One line of the report.
   *
   * @param id for {@link #settle}
   * @param questions as they were asked, the most frequent first
   * @param count how often any of them was asked
   */
  public record Group(String id, List<String> questions, String lang, long count, Instant firstAsked, Instant lastAsked) {
    public Group {
      questions = List.copyOf(questions);
    }
  }

  /** Notes a question that found no answer; who asks need not wait for it. */
  public Future<Void> record(String question, String lang) {
    String text = Literal.cut(question.strip(), LIMIT);
    if (text.isBlank() || !Literal.storable(text)) return Future.succeededFuture();
    JsonObject now = new JsonObject().put("$date", Instant.now().toString());
    JsonObject update =
        new JsonObject()
            .put("$inc", new JsonObject().put("count", 1))
            .put("$set", new JsonObject().put("lastAsked", now))
            .put("$setOnInsert", new JsonObject().put("text", text).put("lang", lang == null ? "" : lang).put("firstAsked", now));
    return client.updateCollectionWithOptions(COLLECTION, new JsonObject().put("_id", idOf(text)), update, new UpdateOptions().setUpsert(true)).mapEmpty();
  }

  /** The report: similar questions in one group, the most frequent first, at most {@code limit} groups. */
  public Future<List<Group>> list(int limit) {
    return client
        .findWithOptions(COLLECTION, new JsonObject(), new FindOptions().setSort(new JsonObject().put("count", -1)).setLimit(limit))
        .map(found -> found.stream().map(Unanswered::group).toList());
  }

  /** Takes a group off the list: its article is written, or none is needed. */
  public Future<Void> settle(Group group) {
    return Future.all(group.questions().stream().map(question -> client.removeDocument(COLLECTION, new JsonObject().put("_id", idOf(question)))).toList()).mapEmpty();
  }

  private static Group group(JsonObject document) {
    return new Group(
        document.getString("_id"), List.of(document.getString("text")), document.getString("lang"), document.getLong("count"),
        Article.time(document, "firstAsked"), Article.time(document, "lastAsked"));
  }

  /** Of what is the same but for case, width, spaces and punctuation. */
  private static String idOf(String text) {
    String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT).replaceAll("[\\p{P}\\p{Z}\\p{C}\\p{S}]+", "");
    return UUID.nameUUIDFromBytes((plain.isEmpty() ? text : plain).getBytes(StandardCharsets.UTF_8)).toString();
  }
}
