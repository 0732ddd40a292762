package dev.magpie.store;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;

/**
 * The format number of the data in a MongoDB, as {@link StoreFile#FORMAT} is that of the embedded file: one document of {@code
 * magpie_once}. May be used from any thread.
 */
final class ServerFormat {
  static final JsonObject DOCUMENT = new JsonObject().put("_id", "format");

  private ServerFormat() {}

  /**
   * Refuses data of a newer program, and writes the number where there is none or a smaller one. A database that does not answer, or takes
   * no writes, does not keep the program from starting: then the next start checks.
   *
   * @return fails with a {@link DataRefusedException} only
   */
  static Future<Void> check(MongoClient client, String description) {
    return client.findOne(Seeds.ONCE, DOCUMENT, null)
        .compose(found -> {
          int format = found != null && found.getValue("format") instanceof Number number ? number.intValue() : 0;
          if (format > StoreFile.FORMAT) return Future.<Void>failedFuture(StoreFile.newer(description, format));
          JsonObject number = new JsonObject().put("$max", new JsonObject().put("format", StoreFile.FORMAT));
          return client.updateCollectionWithOptions(Seeds.ONCE, DOCUMENT, number, new UpdateOptions(true)).<Void>mapEmpty();
        })
        .recover(failure -> failure instanceof DataRefusedException ? Future.failedFuture(failure) : Future.succeededFuture());
  }
}
