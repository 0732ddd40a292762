package dev.magpie.store;

import com.mongodb.MongoBulkWriteException;
import dev.magpie.state.StateStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Room state in a MongoDB: documents {@code {_id: "<namespace>:<length of the room>:<room>:<key>", namespace, room, key, version, …}}. The
 * version in the filter of a write is the compare-and-set.
 */
final class MongoStateStore implements StateStore {
  static final String STATE = "room_state";

  private final MongoClient mongo;
  private final DatabaseGate gate;
  private final String namespace;
  private final Supplier<Future<Void>> end;

  private MongoStateStore(MongoClient mongo, DatabaseGate gate, String namespace, Supplier<Future<Void>> end) {
    this.mongo = mongo;
    this.gate = gate;
    this.namespace = namespace;
    this.end = end;
  }

  /** @param end called by {@link #close} */
  static Future<MongoStateStore> open(MongoClient mongo, DatabaseGate gate, String namespace, Supplier<Future<Void>> end) {
    return gate.askForLog(() -> mongo.createIndex(STATE, new JsonObject().put("namespace", 1).put("room", 1))
        .compose(made -> mongo.createIndex(STATE, new JsonObject().put("namespace", 1).put("version", 1)))
        .compose(made -> mongo.createIndex(STATE, new JsonObject().put("namespace", 1).put("due", 1)))
        .map(made -> new MongoStateStore(mongo, gate, namespace, end)));
  }

  @Override
  public Future<Long> newest() {
    FindOptions last = new FindOptions().setSort(new JsonObject().put("version", -1)).setLimit(1)
        .setFields(new JsonObject().put("version", 1));
    return gate.askForLog(() -> mongo.findWithOptions(STATE, ours(), last))
        .map(found -> found.isEmpty() ? 0L : found.get(0).getLong("version"));
  }

  @Override
  public Future<List<Row>> read(String room) {
    return gate.askForLog(() -> mongo.find(STATE, ours().put("room", MongoEventLog.stored(room))))
        .map(found -> found.stream().map(MongoStateStore::row).toList());
  }

  @Override
  public Future<Boolean> write(List<Write> writes) {
    List<BulkOperation> operations = new ArrayList<>(writes.size());
    int replacing = 0;
    for (Write write : writes) {
      JsonObject document = document(namespace, write.row());
      if (write.replaces() == 0) operations.add(BulkOperation.createInsert(document));
      else {
        operations.add(BulkOperation.createReplace(
            new JsonObject().put("_id", document.getString("_id")).put("version", write.replaces()), document, false));
        replacing++;
      }
    }
    int expected = replacing;
    return gate.askForLog(() -> mongo.bulkWriteWithOptions(STATE, operations, new BulkWriteOptions(false))
        .map(done -> done == null || done.getMatchedCount() == expected)
        .recover(failure -> isDuplicate(failure) ? Future.succeededFuture(false) : Future.failedFuture(failure)));
  }

  /** Whether all that failed are inserts of keys that are there already. */
  private static boolean isDuplicate(Throwable failure) {
    return failure instanceof MongoBulkWriteException bulk && bulk.getWriteConcernError() == null && !bulk.getWriteErrors().isEmpty()
        && bulk.getWriteErrors().stream().allMatch(error -> error.getCode() == WriteErrors.DUPLICATE_KEY);
  }

  @Override
  public Future<Void> sweep(long millis, long keep) {
    JsonObject old = ours().put("due", new JsonObject().put("$gt", 0).put("$lt", millis))
        .put("version", new JsonObject().put("$lt", keep));
    return gate.askForLog(() -> mongo.removeDocuments(STATE, old)).mapEmpty();
  }

  @Override
  public Future<Void> close() {
    return end.get();
  }

  private JsonObject ours() {
    return new JsonObject().put("namespace", namespace);
  }

  static JsonObject document(String namespace, Row row) {
    String room = MongoEventLog.stored(row.room());
    String key = MongoEventLog.stored(row.key());
    return new JsonObject()
        .put("_id", namespace + ":" + room.length() + ":" + room + ":" + key)
        .put("namespace", namespace)
        .put("room", room)
        .put("key", key)
        .put("version", row.version())
        .put("writer", row.writer())
        .put("content", StateCodec.content(row))
        .put("expiresAt", row.expiresAt())
        .put("at", row.at())
        .put("due", StateCodec.due(row));
  }

  private static Row row(JsonObject document) {
    return new Row(MongoEventLog.meant(document.getString("room")), MongoEventLog.meant(document.getString("key")),
        document.getLong("version"), document.getString("writer"), StateCodec.content(document.getString("content")),
        document.getLong("expiresAt"), document.getLong("at"));
  }
}
