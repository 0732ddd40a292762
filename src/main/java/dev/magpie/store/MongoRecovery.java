package dev.magpie.store;

import dev.magpie.core.RecoveryProvider;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** placeholder */
final class MongoRecovery {
  static Future<RecoveryProvider.Stores> open(Vertx vertx, Store store, String namespace, String newEpoch) {
    return Future.failedFuture("later");
  }
}
