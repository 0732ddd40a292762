package dev.magpie.state;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The retained values of one room. Removed keys are kept for a while, so that clients that reconnect hear of them. Owned by a {@link
 * RetainedSpace}, used on the hub's executor.
 */
final class RetainedRoom extends RoomState<List<RetainedEntry>, RetainedEntry> {
  private final RetainedSpace space;
  /** With removed keys; in the order of their versions. */
  private final Map<String, RetainedEntry> entries = new LinkedHashMap<>();
  private int keys;
  private int removed;
  private long bytes;
  private long version;
  /** Whether the entries are those of the store. */
  private boolean loaded;
  private @Nullable Future<Void> loading;
  /** Writes that use it: it is not dropped meanwhile. */
  private int pins;
  /** Part of it was perhaps written: it is read again before the next write. */
  private boolean stale;
  /** Cancels the timer; null for none. */
  private @Nullable Runnable timer;
  /** When it fires; {@link Long#MAX_VALUE} for never. */
  private long due = Long.MAX_VALUE;

  RetainedRoom(RetainedSpace space, String room, boolean loaded) {
    super(room);
    this.space = space;
    this.loaded = loaded;
  }

  @Override
  protected List<RetainedEntry> snapshot() {
    return List.copyOf(entries.values());
  }

  @Override
  protected long version() {
    return version;
  }

  @Override
  protected boolean isEmpty() {
    return pins == 0 && loading == null && (space.isDurable() || entries.isEmpty());
  }

  @Override
  protected boolean isLoaded() {
    return loaded;
  }

  @Override
  protected void dropped() {
    if (timer != null) timer.run();
    timer = null;
  }

  void pin() {
    pins++;
  }

  void unpin() {
    pins--;
  }

  /** The value of this key; null for none. */
  @Nullable RetainedEntry find(String key) {
    RetainedEntry entry = entries.get(key);
    return entry == null || entry.isRemoved() || entry.isExpired(space.now()) ? null : entry;
  }

  /** The values of all keys; a copy. */
  List<RetainedEntry> values() {
    return entries.values().stream().filter(entry -> !entry.isRemoved()).toList();
  }

  /** The version of this key that is stored; 0 for none. */
  long stored(String key) {
    RetainedEntry entry = entries.get(key);
    return entry == null ? 0 : entry.stored();
  }

  int keys() {
    return keys;
  }

  long bytes() {
    return bytes;
  }

  /** Takes a change over, and passes it on. */
  void settle(RetainedEntry entry) {
    put(entry);
    publish(entry);
  }

  private void put(RetainedEntry entry) {
    count(entries.remove(entry.key()), -1);
    entries.put(entry.key(), entry);
    count(entry, 1);
    version = Math.max(version, entry.version());
    if (removed > space.options().maxKeys()) forgetOldest();
    wake(due(entry));
  }

  private void count(@Nullable RetainedEntry entry, int sign) {
    if (entry == null) return;
    if (entry.isRemoved()) removed += sign;
    else keys += sign;
    bytes += (long) sign * entry.bytes();
  }

  private void forgetOldest() {
    entries.values().stream().filter(RetainedEntry::isRemoved).findFirst().ifPresent(oldest -> {
      entries.remove(oldest.key());
      removed--;
    });
  }

  // --- Time

  /** Removes the values that have expired, and forgets keys that were removed long ago. */
  void expire() {
    long now = space.now();
    if (due > now) return;
    List<RetainedEntry> expired = new ArrayList<>(0);
    long next = Long.MAX_VALUE;
    for (Iterator<RetainedEntry> all = entries.values().iterator(); all.hasNext(); ) {
      RetainedEntry entry = all.next();
      if (due(entry) > now) next = Math.min(next, due(entry));
      else if (entry.isRemoved()) {
        all.remove();
        removed--;
      } else expired.add(entry);
    }
    due = Long.MAX_VALUE;
    wake(next);
    for (RetainedEntry entry : expired) settle(entry.removed(space.nextVersion(), entry.stored(), now));
  }

  /** When a value expires or a removed key is forgotten. */
  private long due(RetainedEntry entry) {
    if (entry.isRemoved()) return entry.at() + space.windowMillis();
    return entry.expiresAt() == 0 ? Long.MAX_VALUE : entry.expiresAt();
  }

  private void wake(long at) {
    if (at >= due) return;
    due = at;
    if (timer != null) timer.run();
    timer = space.schedule(Math.max(1, at - space.now()), () -> {
      timer = null;
      expire();
      space.release(this);
    });
  }

  // --- The store

  /** Reads what is stored; those who wait get the snapshot, those who have one the difference. */
  Future<Void> load() {
    if (loading == null) loading = space.read(room()).<Void>map(rows -> {
      merge(rows);
      return null;
    }).onComplete(done -> {
      loading = null;
      if (done.succeeded() && !loaded) {
        loaded = true;
        loaded();
      }
      space.release(this);
    });
    return loading;
  }

  boolean isStale() {
    return stale;
  }

  void distrust() {
    stale = true;
  }

  private void merge(List<StateStore.Row> rows) {
    stale = false;
    Set<String> found = new HashSet<>();
    List<StateStore.Row> ordered = new ArrayList<>(rows);
    ordered.sort(Comparator.comparingLong(StateStore.Row::version));
    for (StateStore.Row row : ordered) {
      found.add(row.key());
      space.seen(row.version());
      RetainedEntry known = entries.get(row.key());
      if (known == null || known.stored() < row.version()) take(space.entry(row));
    }
    for (RetainedEntry entry : List.copyOf(entries.values())) {
      if (found.contains(entry.key()) || entry.stored() == 0) continue;
      if (entry.isRemoved()) entries.replace(entry.key(), entry.unstored());
      else take(entry.removed(space.nextVersion(), 0, space.now()));
    }
  }

  private void take(RetainedEntry entry) {
    put(entry);
    if (loaded) publish(entry);
  }

  /** Changes of the room that are about to be written, on top of its values. */
  static final class Draft {
    private final RetainedRoom room;
    private final Map<String, RetainedEntry> changed = new HashMap<>();
    private int keys;
    private long bytes;

    Draft(RetainedRoom room) {
      this.room = room;
      this.keys = room.keys;
      this.bytes = room.bytes;
    }

    Map<String, RetainedEntry> changed() {
      return changed;
    }

    @Nullable RetainedEntry find(String key) {
      RetainedEntry entry = changed.get(key);
      return entry == null ? room.find(key) : entry.isRemoved() ? null : entry;
    }

    void put(@Nullable RetainedEntry former, RetainedEntry next) {
      if (former != null) keys--;
      if (former != null) bytes -= former.bytes();
      if (!next.isRemoved()) keys++;
      bytes += next.bytes();
      changed.put(next.key(), next);
    }

    int keys() {
      return keys;
    }

    long bytes() {
      return bytes;
    }
  }
}
