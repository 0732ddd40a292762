package dev.magpie.core;

import dev.magpie.core.Listeners.Action;
import dev.magpie.core.Listeners.Listener;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.EventNames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;

/** A namespace's handlers of events that other instances send by {@code serverSideEmit}. Owned by one namespace or family. */
final class ServerEvents {
  private final Listeners listeners = new Listeners();

  void add(String event, Object handler, Action action) {
    listeners.add(new Listener(EventNames.requireEmittable(event), handler, action, false, true));
  }

  /** @return the answer of the first handler, if {@code answer} is set; pending as long as no handler answers */
  Future<JsonArray> run(JsonArray event, boolean answer, Loop loop, Failures<?> failures) {
    Promise<JsonArray> promise = loop.promise();
    Ack ack = answer ? Ack.to(loop.values(), promise::tryComplete) : Ack.NONE;
    String name = Arguments.name(event);
    JsonArray args = Arguments.tail(event);
    for (Listener listener : listeners.now()) {
      if (!listener.event().equals(name)) continue;
      try {
        listener.action().run(args, ack);
      } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
        failures.failed(null, "source=instance", name, failure, Ack.NONE);
      }
    }
    return promise.future();
  }
}
