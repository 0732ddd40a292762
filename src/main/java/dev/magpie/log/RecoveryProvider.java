package dev.magpie.log;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Port: where durable logs and sessions are. Found by {@link java.util.ServiceLoader}; of several, Magpie's own among
 * them, the setting {@code recovery.provider} names one.
 */
public interface RecoveryProvider {

  /** What one namespace has there; closed by whoever opened it. */
  interface Stores {
    EventLog log();

    RecoveryStore sessions();

    Future<Void> close();
  }

  /** @param namespace with the name of its {@code Io} before it */
  Future<Stores> open(Vertx vertx, String namespace, RecoveryOptions options);
}
