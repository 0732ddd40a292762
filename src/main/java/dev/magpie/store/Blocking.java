package dev.magpie.store;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Blocking access to the database; never called on an event loop. */
final class Blocking {
  /** Batch size of cursors. Each further batch costs the embedded server a scan of the remaining documents. */
  private static final int BATCH = 1_000;

  /** A server that scans a large collection takes some seconds for its first document. */
  private static final long PATIENCE_MS = 60_000;

  private Blocking() {}

  static <T> T on(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** Every document of a collection, in no order, on this thread; the cursor waits for it. */
  static void forEach(MongoClient client, String collection, Consumer<JsonObject> each) throws Exception {
    forEach(client, collection, new JsonObject(), new FindOptions(), each);
  }

  /** As above, of the documents that a query finds. */
  static void forEach(MongoClient client, String collection, JsonObject query, FindOptions options,
      Consumer<JsonObject> each) throws Exception {
    LinkedBlockingQueue<Optional<JsonObject>> read = new LinkedBlockingQueue<>();
    CompletableFuture<Void> end = new CompletableFuture<>();
    ReadStream<JsonObject> cursor = client.findBatchWithOptions(collection, query, options.setBatchSize(BATCH));
    cursor.exceptionHandler(failure -> {
      end.completeExceptionally(failure);
      read.add(Optional.empty());
    });
    cursor.endHandler(done -> {
      end.complete(null);
      read.add(Optional.empty());
    });
    cursor.handler(document -> {
      read.add(Optional.of(document));
      if (read.size() >= 2 * BATCH) cursor.pause();
    });
    boolean whole = false;
    try {
      for (Optional<JsonObject> document = next(read); document.isPresent(); document = next(read)) {
        each.accept(document.get());
        if (read.size() < BATCH) cursor.resume();
      }
      on(Future.fromCompletionStage(end));
      whole = true;
    } finally {
      // Removing the handler closes the cursor.
      if (!whole) cursor.handler(null);
    }
  }

  private static Optional<JsonObject> next(LinkedBlockingQueue<Optional<JsonObject>> read) throws Exception {
    Optional<JsonObject> document = read.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
    if (document == null) throw new TimeoutException("no answer within " + PATIENCE_MS + " ms");
    return document;
  }
}
