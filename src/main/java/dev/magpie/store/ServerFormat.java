package dev.magpie.store;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;

/**
 * The format number of the data in a MongoDB, as {@link StoreFile#FORMAT} is that of the embedded file: one document of {@code
 * magpie_once}. Asked for before anything else is read or written. May be used from any thread.
 */
final class ServerFormat {
  static final JsonObject DOCUMENT = new JsonObject().put("_id", "format");

  private final MongoClient client;
  private final String description;
  private volatile boolean known;

  /** @param description of the database, without credentials */
  ServerFormat(MongoClient client, String description) {
    this.client = client;
    this.description = description;
  }

  /**
   * Succeeds once the data is known to be of a format that this program reads; writes the number where there is none or a smaller one,
   * unless the database takes no writes. Fails with a {@link DataRefusedException} for data of a newer program, and as the driver does
   * where the number cannot be read: then the next call asks again.
   */
  Future<Void> check() {
    if (known) return Future.succeededFuture();
    return client.findOne(Seeds.ONCE, DOCUMENT, null).compose(found -> {
      int format = found != null && found.getValue("format") instanceof Number number ? number.intValue() : 0;
      if (format > StoreFile.FORMAT) return Future.failedFuture(StoreFile.newer(description, format));
      known = true;
      JsonObject number = new JsonObject().put("$max", new JsonObject().put("format", StoreFile.FORMAT));
      return client.updateCollectionWithOptions(Seeds.ONCE, DOCUMENT, number, new UpdateOptions(true))
          .transform(written -> Future.succeededFuture());
    });
  }
}
