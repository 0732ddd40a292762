package dev.magpie.core;

import dev.magpie.protocol.RoomNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** Reports the changes of a namespace's {@link Rooms} to its observers. Owned by the namespace, used on its context. */
final class RoomEvents implements RoomListener<Room.Member> {
  private final Loop loop;
  /** Copied when it changes, since an observer may add another. */
  private List<RoomObserver> observers = List.of();

  RoomEvents(Loop loop) {
    this.loop = loop;
  }

  void add(RoomObserver observer) {
    List<RoomObserver> more = new ArrayList<>(observers);
    more.add(Objects.requireNonNull(observer, "observer"));
    observers = more;
  }

  @Override
  public void joined(Room.Member socket, String room, boolean first) {
    if (RoomNames.isInternal(room)) return;
    if (first) each(observer -> observer.created(room));
    each(observer -> observer.joined(room, socket.id()));
  }

  @Override
  public void left(Room.Member socket, String room, boolean last) {
    if (RoomNames.isInternal(room)) return;
    each(observer -> observer.left(room, socket.id()));
    if (last) each(observer -> observer.deleted(room));
  }

  private void each(Consumer<RoomObserver> event) {
    for (RoomObserver observer : observers) loop.guarded("room observer", () -> event.accept(observer));
  }
}
