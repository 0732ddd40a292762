package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.function.Consumer;

/** A namespace that exists on other instances only: it has no local sockets. */
final class RemoteNamespace extends BroadcastTarget implements Audience {
  private final Loop loop;
  private final String name;

  RemoteNamespace(Loop loop, String name) {
    this.loop = loop;
    this.name = name;
  }

  @Override
  public BroadcastOperator all() {
    return new BroadcastOperator(this);
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
  Audience reach(String namespace) {
    return new RemoteNamespace(loop, namespace);
  }

  @Override
  void deliver(Broadcast broadcast) {}

  @Override
  void select(Broadcast selection, Consumer<Socket> chosen) {}

  @Override
  void request(Broadcast broadcast, AckRound round) {}

  @Override
  Future<JsonArray> serverEvent(JsonArray event, boolean answer) {
    return Future.succeededFuture(new JsonArray());
  }
}
