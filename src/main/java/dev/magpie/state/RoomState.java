package dev.magpie.state;

import dev.magpie.Internal;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The state of one {@link Kind} in one room, and the instances that have a {@link Replica} of it. Each of them gets the snapshot and then
 * every change, in their order. Owned by a {@link Space}, used on the hub's executor.
 *
 * @param <S> what a replica begins with; immutable
 * @param <C> a change; immutable
 */
@Internal
public abstract class RoomState<S, C> {
  private final String room;
  /** With the number of its subscription. */
  private final Map<HubLink, Long> subscribers = new LinkedHashMap<>(4);

  protected RoomState(String room) {
    this.room = room;
  }

  public final String room() {
    return room;
  }

  /** The present state, for a replica. */
  protected abstract S snapshot();

  /** Number of the last change, which grows; 0 before the first. */
  protected abstract long version();

  /** Whether nothing is lost when this object is dropped. */
  protected abstract boolean isEmpty();

  /** Whether {@link #snapshot} is known; if it is not, {@link #loaded} is called later. */
  protected boolean isLoaded() {
    return true;
  }

  /** An instance has ended: what it held goes. */
  protected void detached(String instance) {}

  /** This object is dropped: nobody subscribes, and it {@link #isEmpty}. */
  protected void dropped() {}

  /** Sends the snapshot to those who subscribed before it was known. */
  protected final void loaded() {
    S snapshot = snapshot();
    long version = version();
    subscribers.forEach((link, subscription) -> link.snapshot(subscription, version, snapshot));
  }

  /** Sends a change to all replicas. */
  protected final void publish(C change) {
    long version = version();
    subscribers.forEach((link, subscription) -> link.changed(subscription, version, change));
  }

  public final boolean hasSubscribers() {
    return !subscribers.isEmpty();
  }

  final void subscribe(HubLink link, long subscription) {
    subscribers.put(link, subscription);
    if (isLoaded()) link.snapshot(subscription, version(), snapshot());
  }

  final void unsubscribe(HubLink link, long subscription) {
    subscribers.remove(link, subscription);
  }

  final void unsubscribe(HubLink link) {
    subscribers.remove(link);
  }
}
