package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;

/**
 * Port: the membership of one instance among all instances of the same name, those of its own process included. Without a {@link Provider}
 * on the class path an instance has no others. Used on the instance's context.
 */
public interface Cluster {

  /** Publishes broadcasts to the others. */
  Broadcaster broadcaster();

  /** Asks the others. */
  ClusterQueries queries();

  /** Joins; succeeds once the others know of this instance. Called before anything else. */
  Future<Void> enter();

  /** Leaves: the others no longer expect answers of this instance. Called once, last. */
  Future<Void> leave();

  /**
   * Creates memberships. Found by {@link java.util.ServiceLoader}; of several, Magpie's own among them, {@link
   * IoOptions#setClusterProvider} or the setting {@code gateway.cluster_provider} chooses one.
   */
  interface Provider {
    /** The membership of this instance, which has no effect before {@link Cluster#enter()}. May be called off the instance's context. */
    Cluster join(Vertx vertx, Instance self);
  }

  /** An instance, as its membership sees it. Its methods are called on the instance's context. */
  interface Instance {
    /** The id, unique among all instances. */
    String id();

    /** The name: instances of one name exchange broadcasts and queries. */
    String name();

    /** Delivers a broadcast of another instance, or of a verticle, to this instance's clients; one of its own is ignored. */
    void hear(Broadcast broadcast);

    /** Answers a question of another instance; the shape of the answer depends on its kind and is JSON. */
    Future<JsonArray> answer(ClusterQuestion question);
  }
}
