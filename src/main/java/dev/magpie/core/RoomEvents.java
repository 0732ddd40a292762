package dev.magpie.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** Reports the changes of a namespace's {@link Rooms} to its observers. Owned by the namespace, used on its context. */
final class RoomEvents {
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

  /** @param first whether the room is new */
  void joined(String room, String socketId, boolean first) {
    if (first) each(observer -> observer.created(room));
    each(observer -> observer.joined(room, socketId));
  }

  /** @param last whether the room has ended */
  void left(String room, String socketId, boolean last) {
    each(observer -> observer.left(room, socketId));
    if (last) each(observer -> observer.deleted(room));
  }

  private void each(Consumer<RoomObserver> event) {
    for (RoomObserver observer : observers) loop.guarded("room observer", () -> event.accept(observer));
  }
}
