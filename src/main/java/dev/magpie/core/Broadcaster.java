package dev.magpie.core;

import io.vertx.core.Future;

/** Port: publishes broadcasts to all other instances. Used on the instance's context. */
public interface Broadcaster {

  /** Subscribes to a namespace: once the future has succeeded, its broadcasts are passed to {@link Cluster.Instance#hear}. */
  Future<Void> listen(String namespace);

  /** Unsubscribes from a namespace that this instance has removed. */
  void forget(String namespace);

  /** Passes the broadcast to every other instance, at most once; this instance has delivered it already. */
  void publish(Broadcast broadcast);
}
