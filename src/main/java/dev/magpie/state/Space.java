package dev.magpie.state;

import dev.magpie.Internal;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  /** An instance has ended; its rooms know already. */
  protected void detached(String instance) {}

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
    detached(link.instance());
  }

  /** The last instance has gone: releases what the space has opened. */
  protected Future<Void> close() {
    return Future.succeededFuture();
  }
}
