package dev.magpie.core;

import io.vertx.core.Future;

/** Port: how what one instance says reaches all others, on this node and elsewhere. Used on the instance's context. */
public interface Broadcaster {

  /** From when the future succeeds, what others say in this namespace is handed to {@link Cluster.Instance#hear}. */
  Future<Void> listen(String namespace);

  /** The namespace is gone from this instance. */
  void forget(String namespace);

  /** Hands the broadcast to every other instance, best effort; this one has delivered it. */
  void publish(Broadcast broadcast);
}
