package dev.magpie.store;

import dev.magpie.log.EventLog;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.log.RecoveryProvider;
import dev.magpie.log.RecoveryStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.util.concurrent.Callable;

/** Durable logs and sessions in the {@link Store}. What the {@link java.util.ServiceLoader} finds. */
public final class StoredRecovery implements RecoveryProvider {
  private static final SecureRandom RANDOM = new SecureRandom();

  @Override
  public Future<Stores> open(Vertx vertx, String namespace, RecoveryOptions options) {
    return Store.open(vertx, StoreOptions.from(options.settings())).compose(store -> {
      Future<Stores> opened = store.embedded().isPresent() ? embedded(vertx, store, namespace) : mongo(store, namespace);
      return opened.recover(failure -> store.close().transform(closed -> Future.failedFuture(failure)));
    });
  }

  private static Future<Stores> embedded(Vertx vertx, Store store, String namespace) {
    EmbeddedMongo mongo = store.embedded().orElseThrow();
    StoreThreads threads = new StoreThreads("log");
    return EmbeddedEventLog.open(mongo, namespace, newEpoch(), threads, System::currentTimeMillis)
        .compose(log -> EmbeddedRecoveryStore.open(mongo, namespace, threads)
        .<Stores>map(sessions -> new Opened(log, sessions, () -> end(vertx, store, threads))))
        .onFailure(failure -> threads.close());
  }

  private static Future<Stores> mongo(Store store, String namespace) {
    return MongoEventLog.open(store.client(), store.gate(), namespace, newEpoch(), System::currentTimeMillis)
        .map(log -> new Opened(log, new MongoRecoveryStore(store.client(), store.gate(), namespace), store::close));
  }

  /** What was begun is written before the file is closed. */
  static Future<Void> end(Vertx vertx, Store store, StoreThreads threads) {
    return vertx.<Void>executeBlocking(() -> {
      threads.close();
      return null;
    }, false).eventually(store::close);
  }

  /** 48 random bits as the epoch of a log. */
  static String newEpoch() {
    byte[] bytes = new byte[6];
    RANDOM.nextBytes(bytes);
    return java.util.Base64.getUrlEncoder().encodeToString(bytes);
  }

  record Opened(EventLog log, RecoveryStore sessions, Callable<Future<Void>> end) implements Stores {
    @Override
    public Future<Void> close() {
      try {
        return end.call();
      } catch (Exception failure) {
        return Future.failedFuture(failure);
      }
    }
  }
}
