package dev.magpie.state;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/**
 * Port: the store of durable state. Found by {@link java.util.ServiceLoader}; of several, Magpie's own among them, {@code
 * IoOptions.setStateProvider} or the setting {@code state.provider} chooses one. Called from any thread.
 */
public interface StateProvider {

  /**
   * Opens the state of a namespace. A future that fails with {@link dev.magpie.log.LogUnavailableException} is tried again later; any other
   * failure is final.
   *
   * @param namespace the name of the namespace, with the name of its {@code Io} before it
   * @param settings of the store; empty for its defaults
   */
  Future<StateStore> open(Vertx vertx, String namespace, JsonObject settings);
}
