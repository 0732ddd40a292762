package dev.magpie.store;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;

/**
 * Whether a MongoDB takes writes: one document, collection {@code probe}, is written over; for whoever asks often, at most once in five
 * seconds. May be used from any thread.
 */
final class WriteProbe {
  static final String COLLECTION = "probe";

  /** Whoever asks may do so several times a second. */
  private static final long FRESH_NANOS = 5_000_000_000L;

  private static final JsonObject DOCUMENT = new JsonObject().put("_id", "ready");

  private final MongoClient client;

  // Guarded by this.
  private Future<Void> last;
  private long lastAt;

  WriteProbe(MongoClient client) {
    this.client = client;
  }

  /** Fails with the reason, without the driver's addresses and classes. A failure is not kept: the next one who asks tries again. */
  synchronized Future<Void> run() {
    if (last != null && !last.failed() && System.nanoTime() - lastAt < FRESH_NANOS) return last;
    lastAt = System.nanoTime();
    last = write().recover(WriteProbe::refused);
    return last;
  }

  /** Writes now; fails as the driver does. */
  Future<Void> write() {
    JsonObject change = new JsonObject().put("$set", new JsonObject().put("at", System.currentTimeMillis()));
    return client.updateCollectionWithOptions(COLLECTION, DOCUMENT, change, new UpdateOptions(true)).mapEmpty();
  }

  private static <T> Future<T> refused(Throwable failure) {
    if (failure instanceof MongoCommandException command)
      return Future.failedFuture(takesNone(command.getErrorMessage(), command.getErrorCodeName()));
    if (failure instanceof MongoException mongo && mongo.getCode() > 0) return Future.failedFuture(takesNone(mongo.getMessage(), ""));
    return Future.failedFuture(DatabaseGate.reason(failure));
  }

  private static String takesNone(String message, String name) {
    return "the database takes no writes: " + message + (name.isEmpty() ? "" : " (" + name + ")");
  }
}
