package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;

/**
 * Port: an instance's membership among all instances of the same name, those of its own process included. Without a {@link Provider} on
 * the class path an instance stands alone.
 */
public interface Cluster {

  Broadcaster broadcaster();

  ClusterQueries queries();

  /** Makes this instance known; succeeds once the others know of it. Called on its context, before anything else. */
  Future<Void> enter();

  Future<Void> leave();

  /**
   * Found by {@link java.util.ServiceLoader}; of several, Magpie's own among them, the setting {@code gateway.cluster_provider} names
   * one.
   */
  interface Provider {
    /** Only assigns; {@link Cluster#enter()} begins. May be called off the instance's context. */
    Cluster join(Vertx vertx, Instance self);
  }

  /** What a cluster knows of a member of its process; called on this member's context. */
  interface Instance {
    /** Unique among all instances. */
    String id();

    /** Instances of one name hear each other. */
    String name();

    /** Takes in what another instance, or any verticle, has said. */
    void hear(Broadcast broadcast);

    Future<JsonArray> answer(ClusterQuestion question);
  }
}
