package dev.magpie.core;

import io.vertx.core.json.JsonArray;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Event handlers, in the order in which they were added. Copy-on-write, so that a handler may add and remove handlers; one flat array,
 * since there are many sockets and most have few handlers. Used on one context.
 */
final class Listeners {
  private static final Listener[] NONE = {};

  /** Runs the handler for an event. */
  @FunctionalInterface
  interface Action {
    void run(JsonArray args, Ack ack);
  }

  /**
   * @param event name of the event
   * @param handler the application's object, by which it can remove the handler
   * @param acknowledges whether it is given the {@link Ack}, or its result is the acknowledgement
   */
  record Listener(String event, Object handler, Action action, boolean once, boolean acknowledges) {}

  private Listener[] listeners = NONE;

  void add(Listener listener) {
    Objects.requireNonNull(listener.handler(), "handler");
    listeners = Arrays.copyOf(listeners, listeners.length + 1);
    listeners[listeners.length - 1] = listener;
  }

  /** @param handler null for all handlers of the event */
  void remove(String event, @Nullable Object handler) {
    listeners =
        Arrays.stream(listeners)
            .filter(l -> !(l.event.equals(event) && (handler == null || l.handler == handler)))
            .toArray(Listener[]::new);
  }

  void clear() {
    listeners = NONE;
  }

  boolean has(String event) {
    for (Listener listener : listeners) if (listener.event.equals(event)) return true;
    return false;
  }

  /** The current handlers; must not be changed. */
  Listener[] now() {
    return listeners;
  }

  /** Whether one of these handlers acknowledges the event. */
  static boolean acknowledge(Listener[] listeners, String event) {
    for (Listener listener : listeners) if (listener.acknowledges && listener.event.equals(event)) return true;
    return false;
  }

  /** Removes a handler that runs only once, before it runs; false if it has run. */
  boolean claim(Listener listener) {
    if (!listener.once) return true;
    Listener[] before = listeners;
    listeners = Arrays.stream(before).filter(l -> l != listener).toArray(Listener[]::new);
    return listeners.length < before.length;
  }
}
