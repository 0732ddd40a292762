package dev.magpie.model;

import dev.magpie.model.View.Segment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What should be: who holds which place, and what the writes of retained values allow. It knows neither instances nor messages. All is said
 * of it at once, on the simulation's thread.
 */
final class Truth {
  private record Place(String room, String user) {}

  /** How a place was held. */
  private static final class Holding {
    final Set<String> sockets = new TreeSet<>();
    long since;
    long emptySince;
    /** The last time that a socket left by its own will. */
    long leftAt = Long.MIN_VALUE;
  }

  private final Map<Place, Holding> places = new HashMap<>();
  private final Map<Long, Write> writes = new TreeMap<>();
  private final List<Write> removals = new ArrayList<>();
  private long values;

  // --- Presence

  void joined(String room, String user, String socket, long now) {
    Holding holding = places.computeIfAbsent(new Place(room, user), place -> new Holding());
    if (holding.sockets.isEmpty()) holding.since = now;
    holding.sockets.add(socket);
  }

  /** @param lost the connection has ended; otherwise the client has left the room */
  void left(String room, String user, String socket, boolean lost, long now) {
    Holding holding = places.get(new Place(room, user));
    if (holding == null || !holding.sockets.remove(socket)) return;
    if (!lost) holding.leftAt = now;
    if (holding.sockets.isEmpty()) holding.emptySince = now;
  }

  Set<String> present(String room) {
    Set<String> present = new TreeSet<>();
    places.forEach((place, holding) -> {
      if (place.room.equals(room) && !holding.sockets.isEmpty()) present.add(place.user);
    });
    return present;
  }

  int sockets(String room) {
    int[] sockets = {0};
    places.forEach((place, holding) -> {
      if (place.room.equals(room)) sockets[0] += holding.sockets.size();
    });
    return sockets[0];
  }

  /**
   * Whether somebody may be told now that this user has left.
   *
   * @param lag how long a message may be under way at most
   */
  boolean mayHaveLeft(String room, String user, long now, long grace, long lag) {
    Holding holding = places.get(new Place(room, user));
    if (holding == null) return false;
    // It has held the place for so long that whatever was before is over.
    if (!holding.sockets.isEmpty()) return now - holding.since <= grace + lag;
    return now - holding.leftAt <= grace + lag || now - holding.emptySince >= grace;
  }

  // --- Retained values

  Write write(Object by, String room, String key, long ifVersion, long ttl, long now) {
    Write write = new Write(++values, by, room, key, ifVersion, ttl, now);
    writes.put(write.value, write);
    return write;
  }

  Write removal(Object by, String room, String key, long now) {
    Write removal = new Write(0, by, room, key, -1, 0, now);
    removals.add(removal);
    return removal;
  }

  /** A client has seen the value with this version, or its future has said so. */
  void learnt(long value, long version, Consumer<String> fault) {
    Write write = writes.get(value);
    if (write == null) fault.accept("value " + value + " was seen, which nobody has written");
    else if (write.version == Write.UNKNOWN) write.version = version;
    else if (write.version != version) fault.accept(write + " was seen with version " + version);
  }

  /**
   * The newest versions that an instance must know, by key: what it has acknowledged itself, and what others have acknowledged so long ago
   * that it was told.
   */
  Map<String, Long> floors(String room, Object at, long told) {
    Map<String, Long> floors = new TreeMap<>();
    for (Write write : writes.values()) {
      boolean known = write.done >= 0 && write.version > 0 && (write.by == at || write.done <= told);
      if (known && write.room.equals(room)) floors.merge(write.key, write.version, Math::max);
    }
    return floors;
  }

  /** The newest version of a key that was acknowledged by anybody; 0 for none. */
  long floor(String room, String key) {
    return floors(room, null, Long.MAX_VALUE).getOrDefault(key, 0L);
  }

  Write written(long value) {
    return writes.get(value);
  }

  /** The successful writes of a key by version; those whose version nobody knows are left out. */
  private TreeMap<Long, Write> versions(String room, String key, Consumer<String> fault) {
    TreeMap<Long, Write> versions = new TreeMap<>();
    for (Write write : writes.values()) {
      if (!write.room.equals(room) || !write.key.equals(key) || write.version == Write.UNKNOWN) continue;
      Write other = versions.put(write.version, write);
      if (other != null) fault.accept(write + " and " + other + " have the same version");
    }
    return versions;
  }

  private boolean isUnknown(String room, String key) {
    return writes.values().stream()
        .anyMatch(write -> write.room.equals(room) && write.key.equals(key) && write.version == Write.UNKNOWN && !write.lost);
  }

  /** Each compare-and-set that has succeeded has replaced the version that it named, and each that was refused had to be. */
  void checkConditions(Consumer<String> fault) {
    for (Write write : writes.values()) {
      if (write.ifVersion < 0) continue;
      if (write.lost && write.present == write.ifVersion) fault.accept(write + " was refused though its condition held");
      if (write.version == Write.UNKNOWN || isUnknown(write.room, write.key)) continue;
      Map.Entry<Long, Write> before = versions(write.room, write.key, fault).lowerEntry(write.version);
      if (write.ifVersion > 0 && (before == null || before.getKey() != write.ifVersion))
        fault.accept(write + " was written on condition of version " + write.ifVersion + ", behind " + before);
      if (write.ifVersion == 0 && before != null && !mayBeAbsent(before.getValue(), write.begun))
        fault.accept(write + " was written on condition that there is none, behind " + before.getValue());
    }
  }

  /** The values that a client has seen are all there were since the first of them, in their order. */
  void checkSeen(View view, Segment segment, Consumer<String> fault) {
    TreeMap<Long, Write> versions = versions(segment.room(), segment.key(), fault);
    boolean unknown = isUnknown(segment.room(), segment.key());
    long last = 0;
    for (long value : segment.values()) {
      if (value == 0) continue;
      Write write = writes.get(value);
      String what = view + " saw " + write + " ";
      if (write == null) fault.accept(view + " saw value " + value + ", which nobody has written");
      else if (write.lost) fault.accept(what + "which was refused");
      else if (write.version == Write.UNKNOWN) continue;
      else if (write.version < segment.floor()) fault.accept(what + "though version " + segment.floor() + " was there when it joined");
      else if (write.version <= last) {
        if (write.version < last || !view.skips()) fault.accept(what + "behind version " + last);
      } else {
        Long next = last == 0 ? write.version : versions.higherKey(last);
        if (!view.skips() && !unknown && next != write.version) fault.accept(what + "behind version " + last + ", without " + next);
        last = write.version;
      }
    }
  }

  /**
   * Whether this may be the value of a key when all has come to rest and every time to live has passed.
   *
   * @param value 0 for none
   */
  boolean mayRest(String room, String key, long value) {
    TreeMap<Long, Write> versions = versions(room, key, same -> {});
    Write last = versions.isEmpty() ? null : versions.lastEntry().getValue();
    if (value == 0) return last == null || isUnknown(room, key) || mayBeAbsent(last, Long.MAX_VALUE);
    Write write = writes.get(value);
    if (write == null || write.lost || write.ttl > 0) return false;
    return write.version == Write.UNKNOWN || last == null || write.version >= last.version || isUnknown(room, key);
  }

  /** Whether the value may have gone, by its time to live or by a removal, before something that began at that time was done. */
  private boolean mayBeAbsent(Write write, long until) {
    if (write.ttl > 0) return true;
    for (Write removal : removals) {
      boolean same = removal.room.equals(write.room) && removal.key.equals(write.key);
      // Concurrent ones may come in either order; one whose answer was lost may have been done.
      if (same && (removal.done < 0 || removal.removed && removal.done >= write.begun)) return true;
    }
    return false;
  }
}
