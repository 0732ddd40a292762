package dev.magpie.core;

import io.vertx.core.Future;

/** Port: publishes broadcasts to all other instances. Used on the instance's context. */
public interface Broadcaster {

  /** Subscribes to a namespace: after the future succeeds its broadcasts are passed to {@link Cluster.Instance#hear}. */
  Future<Void> listen(String namespace);

  /** The namespace is gone from this instance. */
  void forget(String namespace);

  /** Hands the broadcast to every other instance, best effort; this one has delivered it. */
  void publish(Broadcast broadcast);
}
