package dev.magpie.testing;

import dev.magpie.log.RecoveryOptions;
import dev.magpie.log.RecoveryProvider;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** An application's own, beside Magpie's: says by its failure that it was asked. */
public final class OtherRecovery implements RecoveryProvider {
  @Override
  public Future<Stores> open(Vertx vertx, String namespace, RecoveryOptions options) {
    return Future.failedFuture("the other recovery was asked");
  }
}
