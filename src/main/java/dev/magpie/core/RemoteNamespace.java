package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/** A namespace that exists on other instances only: it has no sockets here. Used on the instance's context. */
final class RemoteNamespace extends BroadcastTarget {
  private final Loop loop;
  private final String name;

  RemoteNamespace(Loop loop, String name) {
    this.loop = loop;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  Loop loop() {
    return loop;
  }

  @Override
  BroadcastTarget member(String namespace) {
    return new RemoteNamespace(loop, namespace);
  }

  @Override
  void deliver(Broadcast broadcast) {}

  @Override
  int count(Broadcast selection) {
    return 0;
  }

  @Override
  JsonArray describe(Broadcast selection) {
    return new JsonArray();
  }

  @Override
  void request(Broadcast broadcast, AckRound round) {}

  @Override
  Future<JsonArray> serverEvent(JsonArray event, boolean answer) {
    return Future.succeededFuture(new JsonArray());
  }
}
