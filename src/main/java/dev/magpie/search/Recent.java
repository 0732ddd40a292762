package dev.magpie.search;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What was made of the keys that were asked for last, so that it is not made again: many visitors ask the same few things. What is made of
 * a key never changes. May be used from any thread.
 */
final class Recent<K, V> {
  // Guarded by itself: the one that was asked for longest ago first.
  private final Map<K, V> made;

  /** @param most so many are kept; those that were asked for longest ago go first */
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
    // Outside: others need not wait for it. Two that ask for the same at once both make it.
    V value = make.apply(key);
    synchronized (made) {
      made.put(key, value);
    }
    return value;
  }
}
