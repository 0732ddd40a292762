package dev.magpie.api;

import com.mongodb.MongoWriteException;
import dev.magpie.protocol.Ids;
import dev.magpie.protocol.Values;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.MongoClientUpdateResult;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers of requests with an {@code Idempotency-Key}, kept for a day in the database: a repeated request gets the answer of the first.
 * The unique {@code _id} of a row decides between two that come at once. May be used from any thread.
 *
 * <p>A row is {@code {_id, body, by, turn, at, answer}}: hashes of the caller's key and of the body, the process and its attempt, when it
 * began in milliseconds since 1970, and the answer once there is one.
 */
final class IdempotencyKeys {
  static final String COLLECTION = "api_requests";

  static final long KEPT_MILLIS = TimeUnit.DAYS.toMillis(1);

  /** After this time the process that has begun a request and not answered it is taken for dead. */
  private static final long ABANDONED_MILLIS = 30_000;

  private static final long PATIENCE_MILLIS = 3_000;
  private static final int DUPLICATE_KEY = 11000;

  private static final Logger log = LoggerFactory.getLogger(IdempotencyKeys.class);

  /** Requests of this process that are in progress: shared by its instances. */
  private static final Set<String> RUNNING = ConcurrentHashMap.newKeySet();

  private static final String PROCESS = Ids.random();

  private final MongoClient client;
  private final LongSupplier clock;

  /** An answer, and whether it is that of an earlier request. */
  record Answer(JsonObject body, boolean replayed) {}

  /** @param clock milliseconds since 1970 */
  IdempotencyKeys(MongoClient client, LongSupplier clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * Does the work unless it is done already.
   *
   * @param id of the caller and its key
   * @param body hash of the request
   * @return the answer; fails with {@link Problem} where the key had another body, where the request is in progress, and where the
   *     database is away, before the work is begun; and as the work does, which can be repeated then
   */
  Future<Answer> once(String id, String body, Supplier<Future<JsonObject>> work) {
    if (!RUNNING.add(id)) return Future.failedFuture(inProgress());
    return begin(id, body).compose(row -> row.containsKey("answer")
            ? Future.succeededFuture(new Answer(Values.readObject(row.getString("answer")), true)) : run(id, row, work))
        .onComplete(done -> RUNNING.remove(id));
  }

  private Future<Answer> run(String id, JsonObject row, Supplier<Future<JsonObject>> work) {
    Future<JsonObject> done;
    try {
      done = work.get();
    } catch (RuntimeException refused) {
      done = Future.failedFuture(refused);
    }
    return done.transform(result -> {
      if (result.failed())
        return ask(client.removeDocument(COLLECTION, attempt(id, row))).transform(removed -> Future.failedFuture(result.cause()));
      JsonObject answer = result.result();
      JsonObject kept = new JsonObject().put("$set", new JsonObject().put("answer", Values.write(answer)));
      return ask(client.updateCollection(COLLECTION, attempt(id, row), kept)).transform(saved -> {
        // The work is done. A repetition is recognised by the log, where there is one.
        if (saved.failed()) log.warn("answer of a request with an Idempotency-Key not kept reason={}", saved.cause().getMessage());
        return Future.succeededFuture(new Answer(answer, false));
      });
    });
  }

  /** The row of this request: begun now, or with the answer of an earlier one. */
  private Future<JsonObject> begin(String id, String body) {
    JsonObject row = new JsonObject().put("_id", id).put("body", body).put("by", PROCESS).put("turn", 1L).put("at", clock.getAsLong());
    return ask(client.insert(COLLECTION, row.copy())).map(inserted -> row)
        .recover(failure -> isDuplicate(failure) ? known(id, body) : Future.failedFuture(failure))
        .recover(failure -> Future.failedFuture(failure instanceof Problem ? failure : away(failure)));
  }

  private Future<JsonObject> known(String id, String body) {
    return ask(client.findOne(COLLECTION, new JsonObject().put("_id", id), null))
        .compose(known -> known == null ? Future.failedFuture(inProgress()) : again(id, body, known));
  }

  private Future<JsonObject> again(String id, String body, JsonObject known) {
    long age = clock.getAsLong() - known.getLong("at");
    boolean expired = age >= KEPT_MILLIS;
    if (!expired && !body.equals(known.getString("body")))
      return Future.failedFuture(Problem.of(422, "idempotency-key-reused", "Idempotency-Key reused",
          "the Idempotency-Key belongs to a request with another body; allowed: a new key"));
    if (!expired && known.containsKey("answer")) return Future.succeededFuture(known);
    if (!expired && !PROCESS.equals(known.getString("by")) && age < ABANDONED_MILLIS) return Future.failedFuture(inProgress());
    return takeOver(id, body, known);
  }

  private Future<JsonObject> takeOver(String id, String body, JsonObject known) {
    JsonObject next = new JsonObject().put("body", body).put("by", PROCESS).put("turn", known.getLong("turn") + 1)
        .put("at", clock.getAsLong());
    JsonObject change = new JsonObject().put("$set", next.copy()).put("$unset", new JsonObject().put("answer", ""));
    return ask(client.updateCollection(COLLECTION, attempt(id, known), change)).map(MongoClientUpdateResult::getDocMatched)
        .compose(won -> won == 1 ? Future.succeededFuture(next) : Future.failedFuture(inProgress()));
  }

  /** Removes the answers of more than a day ago. */
  Future<?> sweep() {
    JsonObject old = new JsonObject().put("at", new JsonObject().put("$lt", clock.getAsLong() - KEPT_MILLIS));
    return client.removeDocuments(COLLECTION, old)
        .onFailure(failure -> log.debug("old requests not removed reason={}", failure.getMessage()));
  }

  private static JsonObject attempt(String id, JsonObject row) {
    return new JsonObject().put("_id", id).put("turn", row.getLong("turn"));
  }

  private static <T> Future<T> ask(Future<T> asked) {
    return asked.timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static boolean isDuplicate(Throwable failure) {
    return failure instanceof MongoWriteException write && write.getError().getCode() == DUPLICATE_KEY;
  }

  private static Problem inProgress() {
    return Problem.of(409, "in-progress", "In progress", "a request with this Idempotency-Key is in progress").with("Retry-After", "2");
  }

  private static Problem away(Throwable failure) {
    log.debug("Idempotency-Key not checked reason={}", failure.getMessage());
    return Problem.unavailable("the database does not answer, so nothing was done; repeat the request");
  }
}
