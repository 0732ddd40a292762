package dev.magpie.api;

import dev.magpie.logging.Reason;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys in the database, collection {@code api_keys}: of a secret only its SHA-256; times as milliseconds since 1970, since some servers
 * make texts of dates. May be used from any thread.
 */
final class KeyCollection {
  static final String COLLECTION = "api_keys";

  private static final long LIMIT_MS = 3_000;

  private static final Logger log = LoggerFactory.getLogger(KeyCollection.class);

  private final MongoClient client;

  KeyCollection(MongoClient client) {
    this.client = client;
  }

  /** A key with the SHA-256 of its secret. */
  @SuppressWarnings("ArrayRecordComponent") // Neither compared nor printed.
  record Stored(ApiKey key, byte[] hash) {}

  /** Fails if there is a key of this id. */
  Future<Void> insert(Stored stored) {
    ApiKey key = stored.key();
    JsonObject document = new JsonObject()
        .put("_id", key.id())
        .put("name", key.name())
        .put("hash", Base64.getEncoder().encodeToString(stored.hash()))
        .put("scopes", new JsonArray(key.scopes().stream().map(ApiScope::text).sorted().toList()))
        .put("rate", key.rate())
        .put("created", key.created().toEpochMilli());
    if (key.expires() != null) document.put("expires", key.expires().toEpochMilli());
    return limited(client.insert(COLLECTION, document)).mapEmpty();
  }

  /** All of them by id, those that are over included. */
  Future<Map<String, Stored>> all() {
    return limited(client.find(COLLECTION, new JsonObject())).map(documents -> {
      Map<String, Stored> byId = new HashMap<>();
      for (JsonObject document : documents) {
        try {
          byId.put(document.getString("_id"), read(document));
        } catch (RuntimeException malformed) {
          log.debug("API key not readable id={} reason={}", document.getValue("_id"), Reason.of(malformed));
        }
      }
      return byId;
    });
  }

  /** @return whether there is a key of this id; one that is revoked keeps the time of its first revocation */
  Future<Boolean> revoke(String id, Instant now) {
    JsonObject key = new JsonObject().put("_id", id);
    JsonObject notRevoked = key.copy().put("revoked", new JsonObject().put("$exists", false));
    JsonObject revoked = new JsonObject().put("$set", new JsonObject().put("revoked", now.toEpochMilli()));
    return limited(client.updateCollection(COLLECTION, notRevoked, revoked))
        .compose(updated -> limited(client.findOne(COLLECTION, key, null))).map(found -> found != null);
  }

  Future<Void> used(String id, Instant now) {
    return limited(client.updateCollection(COLLECTION, new JsonObject().put("_id", id),
        new JsonObject().put("$set", new JsonObject().put("lastUsed", now.toEpochMilli())))).mapEmpty();
  }

  private static <T> Future<T> limited(Future<T> asked) {
    return asked.timeout(LIMIT_MS, TimeUnit.MILLISECONDS);
  }

  private static Stored read(JsonObject document) {
    Set<ApiScope> scopes = EnumSet.noneOf(ApiScope.class);
    // A scope of a newer program is not known here, and gives nothing.
    for (Object scope : document.getJsonArray("scopes")) ApiScope.of((String) scope).ifPresent(scopes::add);
    Instant created = time(document, "created");
    ApiKey key = new ApiKey(document.getString("_id"), document.getString("name"), scopes, document.getInteger("rate"),
        created == null ? Instant.EPOCH : created, time(document, "expires"), time(document, "revoked"), time(document, "lastUsed"));
    return new Stored(key, Base64.getDecoder().decode(document.getString("hash")));
  }

  private static @Nullable Instant time(JsonObject document, String field) {
    Long millis = document.getLong(field);
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }
}
