package dev.magpie.search;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** An LRU cache of values that are computed from their keys and never change. May be used from any thread. */
final class Recent<K, V> {
  // Guarded by itself; in least-recently-used order.
  private final Map<K, V> made;

  /** @param most capacity; the least recently used key is evicted */
  Recent(int most) {
    made = new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
      }
    };
  }

  /** Others are given the same object. */
  V of(K key, Function<? super K, ? extends V> make) {
    synchronized (made) {
      V known = made.get(key);
      if (known != null) return known;
    }
    // Computed outside the lock; concurrent calls for one key may compute it twice.
    V value = make.apply(key);
    synchronized (made) {
      made.put(key, value);
    }
    return value;
  }
}
