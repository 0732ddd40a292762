package dev.magpie.state;

import dev.magpie.Internal;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of one {@link Kind} in one namespace: its rooms, made when they are first used and dropped when they are empty and no instance
 * subscribes. Owned by one {@link Hub}, used on its executor.
 */
@Internal
public abstract class Space {
  private final Hub hub;
  private final String namespace;
  private final Map<String, RoomState<?, ?>> rooms = new HashMap<>();
  /** Those that have the namespace and have said so, which they do where something is opened for it. */
  private final Set<String> instances = new HashSet<>(2);

  protected Space(Hub hub, String namespace) {
    this.hub = hub;
    this.namespace = namespace;
  }

  protected final Hub hub() {
    return hub;
  }

  public final String namespace() {
    return namespace;
  }

  /** An instance has the namespace. */
  public final void use(String instance) {
    instances.add(instance);
  }

  /** An instance has the namespace no more; its rooms know already. */
  public final void leave(String instance) {
    instances.remove(instance);
    left();
  }

  /** Whether no instance has the namespace, and no room has anything. */
  protected final boolean isIdle() {
    return instances.isEmpty() && rooms.isEmpty();
  }

  /** Makes the state of a room, which is empty. */
  protected abstract RoomState<?, ?> make(String room);

  /** The room's state; null for a room that has none and to which nobody subscribes. */
  protected final @Nullable RoomState<?, ?> find(String room) {
    return rooms.get(room);
  }

  /** The room's state, made if there is none. Whoever changes it calls {@link #dropIfUnused} afterwards. */
  protected final RoomState<?, ?> room(String room) {
    return rooms.computeIfAbsent(room, this::make);
  }

  /** The rooms that have state or a subscriber; a copy. */
  protected final List<RoomState<?, ?>> rooms() {
    return List.copyOf(rooms.values());
  }

  protected final void dropIfUnused(RoomState<?, ?> room) {
    if (!room.isEmpty() || room.hasSubscribers() || !rooms.remove(room.room(), room)) return;
    room.dropped();
    if (rooms.isEmpty()) emptied();
  }

  /** Its last room was dropped. */
  protected void emptied() {}

  /** An instance has the namespace no more, or has ended. */
  protected void left() {}

  final void subscribe(HubLink link, String room, long subscription) {
    room(room).subscribe(link, subscription);
  }

  final void unsubscribe(HubLink link, String name, long subscription) {
    RoomState<?, ?> room = rooms.get(name);
    if (room == null) return;
    room.unsubscribe(link, subscription);
    dropIfUnused(room);
  }

  final void detach(HubLink link) {
    for (RoomState<?, ?> room : rooms()) {
      room.unsubscribe(link);
      room.detached(link.instance());
      dropIfUnused(room);
    }
    leave(link.instance());
  }

  /** The last instance has gone, or the space is dropped: releases what it has opened. */
  protected Future<Void> close() {
    return Future.succeededFuture();
  }
}
