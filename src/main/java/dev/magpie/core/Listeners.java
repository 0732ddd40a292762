package dev.magpie.core;

import io.vertx.core.json.JsonArray;
import java.util.Arrays;

/**
 * Handlers by event, in the order in which they were put on. Copied when it changes, so that a handler may put on and take off handlers;
 * one flat array, because most sockets have few and there are many sockets.
 */
final class Listeners {
  private static final Listener[] NONE = {};

  /** What runs for an event. */
  @FunctionalInterface
  interface Action {
    void run(JsonArray args, Ack ack);
  }

  /**
   * @param event the name it listens to
   * @param handler the object that the application gave, by which it is taken off again
   */
  record Listener(String event, Object handler, Action action, boolean once) {}

  private Listener[] listeners = NONE;

  void add(Listener listener) {
    listeners = Arrays.copyOf(listeners, listeners.length + 1);
    listeners[listeners.length - 1] = listener;
  }

  /** @param handler null for all of the event */
  void remove(String event, Object handler) {
    listeners =
        Arrays.stream(listeners)
            .filter(l -> !(l.event.equals(event) && (handler == null || l.handler == handler)))
            .toArray(Listener[]::new);
  }

  void clear() {
    listeners = NONE;
  }

  /** Those of this moment; not to be changed. */
  Listener[] now() {
    return listeners;
  }

  /** Takes it off before it runs; false when it ran already. */
  boolean claim(Listener listener) {
    if (!listener.once) return true;
    Listener[] before = listeners;
    listeners = Arrays.stream(before).filter(l -> l != listener).toArray(Listener[]::new);
    return listeners.length < before.length;
  }
}
