package dev.magpie.store;

import dev.magpie.state.StateProvider;
import dev.magpie.state.StateStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** Durable room state in the {@link Store}. What the {@link java.util.ServiceLoader} finds. */
public final class StoredState implements StateProvider {

  @Override
  public Future<StateStore> open(Vertx vertx, String namespace, JsonObject settings) {
    return Store.open(vertx, StoreOptions.from(settings)).compose(store -> {
      Future<StateStore> opened = store.embedded().isPresent() ? embedded(vertx, store, namespace)
          : MongoStateStore.open(store.client(), store.gate(), namespace, store::close).map(made -> made);
      return opened.recover(failure -> store.close().transform(closed -> Future.failedFuture(failure)));
    });
  }

  private static Future<StateStore> embedded(Vertx vertx, Store store, String namespace) {
    StoreThreads threads = new StoreThreads("state");
    return EmbeddedStateStore.open(store.embedded().orElseThrow(), namespace, threads, () -> StoredRecovery.end(vertx, store, threads))
        .<StateStore>map(made -> made)
        .onFailure(failure -> threads.close());
  }
}
