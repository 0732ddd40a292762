package dev.magpie.core;

import dev.magpie.protocol.Arguments;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A socket's handlers that are not of one event: of all incoming events, of all outgoing events, of the disconnect and of an
 * upgrade. The lists are copy-on-write, since handlers may change them. Owned by one socket.
 */
final class Observers {
  /** Gets the event and what its handler threw. */
  private final BiConsumer<String, Throwable> failures;
  private List<BiConsumer<String, JsonArray>> incoming = List.of();
  private List<BiConsumer<String, JsonArray>> outgoing = List.of();
  private List<Consumer<String>> disconnecting = List.of();
  private List<Consumer<String>> disconnected = List.of();
  private List<Consumer<String>> upgraded = List.of();

  Observers(BiConsumer<String, Throwable> failures) {
    this.failures = failures;
  }

  void addIncoming(BiConsumer<String, JsonArray> handler, boolean ahead) {
    incoming = with(incoming, handler, ahead);
  }

  void clearIncoming() {
    incoming = List.of();
  }

  void clearOutgoing() {
    outgoing = List.of();
  }

  void removeIncoming(BiConsumer<String, JsonArray> handler) {
    incoming = without(incoming, handler);
  }

  void addOutgoing(BiConsumer<String, JsonArray> handler, boolean ahead) {
    outgoing = with(outgoing, handler, ahead);
  }

  void removeOutgoing(BiConsumer<String, JsonArray> handler) {
    outgoing = without(outgoing, handler);
  }

  void addDisconnecting(Consumer<String> handler) {
    disconnecting = with(disconnecting, handler, false);
  }

  void addDisconnected(Consumer<String> handler) {
    disconnected = with(disconnected, handler, false);
  }

  void addUpgraded(Consumer<String> handler) {
    upgraded = with(upgraded, handler, false);
  }

  void received(String event, JsonArray args) {
    tell(incoming, event, args);
  }

  void sent(JsonArray event) {
    if (!outgoing.isEmpty()) tell(outgoing, Arguments.name(event), Arguments.tail(Arguments.frozen(event)));
  }

  void disconnecting(String reason) {
    tell(disconnecting, "disconnecting", reason);
  }

  void disconnected(String reason) {
    tell(disconnected, "disconnect", reason);
  }

  void upgraded(String transport) {
    tell(upgraded, "upgrade", transport);
  }

  private void tell(List<BiConsumer<String, JsonArray>> handlers, String event, JsonArray args) {
    for (BiConsumer<String, JsonArray> handler : handlers) guarded(event, () -> handler.accept(event, args));
  }

  private void tell(List<Consumer<String>> handlers, String event, String text) {
    for (Consumer<String> handler : handlers) guarded(event, () -> handler.accept(text));
  }

  private void guarded(String event, Runnable handler) {
    try {
      handler.run();
    } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
      failures.accept(event, failure);
    }
  }

  private static <T> List<T> with(List<T> handlers, T handler, boolean ahead) {
    Objects.requireNonNull(handler, "handler");
    List<T> copy = new ArrayList<>(handlers.size() + 1);
    if (ahead) copy.add(handler);
    copy.addAll(handlers);
    if (!ahead) copy.add(handler);
    return copy;
  }

  private static <T> List<T> without(List<T> handlers, T handler) {
    List<T> copy = new ArrayList<>(handlers);
    copy.remove(handler);
    return copy;
  }
}
