package dev.magpie.core;

import dev.magpie.core.IoObserver.Drop;
import dev.magpie.core.Room.Member;
import dev.magpie.protocol.Arguments;
import dev.magpie.transport.Handshake;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Passes what happens in an {@link Io} to its observers. Owned by that, used on its context. */
final class IoObservation implements IoEvents {
  private final Loop loop;
  private final List<IoObserver> observers = new CopyOnWriteArrayList<>();

  IoObservation(Loop loop) {
    this.loop = loop;
  }

  void add(IoObserver observer) {
    observers.add(Objects.requireNonNull(observer, "observer"));
  }

  void connectionRefused(ConnectionError error) {
    each(observer -> observer.connectionRefused(error));
  }

  @Override
  public void messageReceived(long size) {
    each(observer -> observer.messageReceived(size));
  }

  @Override
  public void messageSent(long size) {
    each(observer -> observer.messageSent(size));
  }

  @Override
  public void connected(Member socket) {
    each(observer -> observer.connected((Socket) socket));
  }

  @Override
  public void received(Member socket, JsonArray event) {
    JsonArray args = Arguments.tail(event);
    each(observer -> observer.received((Socket) socket, Arguments.name(event), args));
  }

  @Override
  public void handled(Member socket, String event, long nanos) {
    each(observer -> observer.handled((Socket) socket, event, nanos));
  }

  @Override
  public void sent(Member socket, JsonArray event) {
    JsonArray args = Arguments.tail(event);
    each(observer -> observer.sent((Socket) socket, Arguments.name(event), args));
  }

  @Override
  public void broadcast(String namespace, JsonArray event, int receivers) {
    JsonArray args = Arguments.tail(event);
    each(observer -> observer.broadcast(namespace, Arguments.name(event), args, receivers));
  }

  @Override
  public void replaced(Member socket, String key) {
    each(observer -> observer.replaced((Socket) socket, key));
  }

  @Override
  public void dropped(Member socket, JsonArray event, boolean overflow) {
    each(observer -> observer.dropped((Socket) socket, Arguments.name(event), overflow ? Drop.OVERFLOW : Drop.UNRELIABLE));
  }

  @Override
  public void refused(String namespace, Handshake handshake, String reason) {
    each(observer -> observer.refused(namespace, handshake, reason));
  }

  @Override
  public void disconnected(Member socket, String reason) {
    each(observer -> observer.disconnected((Socket) socket, reason));
  }

  void closed() {
    each(IoObserver::closed);
  }

  private void each(Consumer<IoObserver> event) {
    for (IoObserver observer : observers) loop.guarded("observer", () -> event.accept(observer));
  }
}
