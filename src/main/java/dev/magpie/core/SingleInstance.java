package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.List;

/** The cluster of an instance that is alone: there is nobody to publish to or to query. */
final class SingleInstance implements Cluster, Broadcaster, ClusterQueries {

  @Override
  public Broadcaster broadcaster() {
    return this;
  }

  @Override
  public ClusterQueries queries() {
    return this;
  }

  @Override
  public Future<Void> enter() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> leave() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> listen(String namespace) {
    return Future.succeededFuture();
  }

  @Override
  public void forget(String namespace) {}

  @Override
  public void publish(Broadcast broadcast) {}

  @Override
  public Future<ClusterAnswers<JsonArray>> ask(ClusterQuestion question) {
    return Future.succeededFuture(new ClusterAnswers<>(List.of(), List.of()));
  }
}
