package dev.magpie.core;

import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What else listens to a socket: to every event in, to every event out, to its leaving. Lists are copied when they change, since handlers may
 * change them. Owned by one {@link Socket}.
 */
final class Observers {
  private List<BiConsumer<String, JsonArray>> incoming = List.of();
  private List<BiConsumer<String, JsonArray>> outgoing = List.of();
  private List<Consumer<String>> disconnecting = List.of();
  private List<Consumer<String>> disconnected = List.of();

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

  void received(Socket socket, String event, JsonArray args) {
    tell(socket, incoming, event, args);
  }

  void sent(Socket socket, JsonArray event) {
    if (!outgoing.isEmpty()) tell(socket, outgoing, Arguments.name(event), Arguments.tail(event));
  }

  void disconnecting(Socket socket, String reason) {
    tell(socket, disconnecting, "disconnecting", reason);
  }

  void disconnected(Socket socket, String reason) {
    tell(socket, disconnected, "disconnect", reason);
  }

  private static void tell(Socket socket, List<BiConsumer<String, JsonArray>> handlers, String event, JsonArray args) {
    for (BiConsumer<String, JsonArray> handler : handlers) guarded(socket, event, () -> handler.accept(event, args));
  }

  private static void tell(Socket socket, List<Consumer<String>> handlers, String event, String reason) {
    for (Consumer<String> handler : handlers) guarded(socket, event, () -> handler.accept(reason));
  }

  private static void guarded(Socket socket, String event, Runnable handler) {
    try {
      handler.run();
    } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
      socket.failed(event, failure);
    }
  }

  private static <T> List<T> with(List<T> handlers, T handler, boolean ahead) {
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
