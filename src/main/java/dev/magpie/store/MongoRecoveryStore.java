package dev.magpie.store;

import com.mongodb.MongoWriteException;
import dev.magpie.log.RecoveryState;
import dev.magpie.log.RecoveryStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sessions in a MongoDB: documents {@code {_id: "<namespace>:<id>", gen, expiresAt, uid, session}}. Expiry is our own sweep. */
final class MongoRecoveryStore implements RecoveryStore {
  static final String SESSIONS = "recovery_sessions";
  private static final int DUPLICATE_KEY = 11000;

  private final MongoClient mongo;
  private final DatabaseGate gate;
  private final String prefix;

  MongoRecoveryStore(MongoClient mongo, DatabaseGate gate, String namespace) {
    this.mongo = mongo;
    this.gate = gate;
    this.prefix = namespace + ":";
  }

  @Override
  public Future<Optional<RecoveryState>> find(String id) {
    return gate.askForLog(() -> mongo.findOne(SESSIONS, id(id), null)).map(found ->
        found == null ? Optional.empty()
            : Optional.of(SessionCodec.read(id, found.getLong("gen"), found.getLong("expiresAt"), found.getString("session"))));
  }

  @Override
  public Future<Void> save(RecoveryState session) {
    JsonObject query = id(session.id()).put("gen", new JsonObject().put("$lte", session.gen()));
    return set(query, session, true)
        .<Void>mapEmpty()
        // A later generation has the id.
        .recover(failure -> isDuplicate(failure) ? Future.succeededFuture() : Future.failedFuture(failure));
  }

  private static boolean isDuplicate(Throwable failure) {
    return failure instanceof MongoWriteException write && write.getError().getCode() == DUPLICATE_KEY;
  }

  @Override
  public Future<Boolean> claim(RecoveryState next) {
    return set(id(next.id()).put("gen", next.gen() - 1), next, false).map(matched -> matched == 1);
  }

  private Future<Long> set(JsonObject query, RecoveryState session, boolean upsert) {
    JsonObject fields = new JsonObject().put("gen", session.gen()).put("expiresAt", session.expiresAt())
        .put("uid", stored(session.uid())).put("session", SessionCodec.write(session));
    return gate.askForLog(() -> mongo.updateCollectionWithOptions(SESSIONS, query, new JsonObject().put("$set", fields),
        new UpdateOptions().setUpsert(upsert)))
        .map(updated -> updated == null ? 0 : updated.getDocMatched());
  }

  @Override
  public Future<Void> extend(Collection<String> ids, long expiresAt) {
    JsonObject query = new JsonObject()
        .put("_id", new JsonObject().put("$in", new JsonArray(ids.stream().map(id -> prefix + id).toList())));
    JsonObject later = new JsonObject().put("$set", new JsonObject().put("expiresAt", expiresAt));
    return gate.askForLog(() -> mongo.updateCollectionWithOptions(SESSIONS, query, later, new UpdateOptions().setMulti(true))).mapEmpty();
  }

  @Override
  public Future<Void> remove(String id, long gen) {
    return gate.askForLog(() -> mongo.removeDocuments(SESSIONS, id(id).put("gen", gen))).mapEmpty();
  }

  @Override
  public Future<Void> removeAll(String uid) {
    return gate.askForLog(() -> mongo.removeDocuments(SESSIONS, all().put("uid", stored(uid)))).mapEmpty();
  }

  @Override
  public Future<Void> sweep(long now) {
    JsonObject query = all().put("expiresAt", new JsonObject().put("$lte", now));
    return gate.askForLog(() -> mongo.removeDocuments(SESSIONS, query)).mapEmpty();
  }

  /** The user as queries name it; null for none. */
  static @Nullable String stored(@Nullable String uid) {
    return uid == null ? null : MongoEventLog.stored(uid);
  }

  /** Those of this namespace. */
  private JsonObject all() {
    String end = prefix.substring(0, prefix.length() - 1) + ';';
    return new JsonObject().put("_id", new JsonObject().put("$gte", prefix).put("$lt", end));
  }

  private JsonObject id(String id) {
    return new JsonObject().put("_id", prefix + id);
  }
}
