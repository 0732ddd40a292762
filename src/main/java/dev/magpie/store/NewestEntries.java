package dev.magpie.store;

import dev.magpie.logging.Reason;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.type.DataType;

/**
 * The entries of one map from leaf pages of several ages, added newest first. From its first to its last key a page has all entries of
 * the map at that time: what an older page has there besides was removed since, and is left out. Used by one thread.
 */
final class NewestEntries {
  private final Map<Object, Object> entries;
  private final DataType<Object> keyType;
  private final DataType<Object> valueType;
  private final BiConsumer<Object, Object> put;
  private final Consumer<String> damage;

  /** Ranges of keys whose entries are complete: from first to last key, without overlaps. */
  private final TreeMap<Object, Object> complete;

  /**
   * @param put adds an entry to {@code entries}; throws where it makes no sense
   * @param damage told why an entry made none
   */
  NewestEntries(Map<Object, Object> entries, DataType<Object> keyType, DataType<Object> valueType, BiConsumer<Object, Object> put,
      Consumer<String> damage) {
    this.entries = entries;
    this.keyType = keyType;
    this.valueType = valueType;
    this.put = put;
    this.damage = damage;
    this.complete = new TreeMap<>(keyType);
  }

  static NewestEntries of(MVMap<Object, Object> map, BiConsumer<Object, Object> put, Consumer<String> damage) {
    return new NewestEntries(map, map.getKeyType(), map.getValueType(), put, damage);
  }

  DataType<Object> keyType() {
    return keyType;
  }

  DataType<Object> valueType() {
    return valueType;
  }

  /** Adds a page, whose keys rise. */
  void add(Object[] keys, Object[] values) {
    if (keys.length == 0) return;
    boolean readable = true;
    for (int i = 0; i < keys.length; i++) {
      if (isComplete(keys[i]) || entries.containsKey(keys[i])) continue;
      try {
        put.accept(keys[i], values[i]);
      } catch (RuntimeException damaged) {
        readable = false;
        damage.accept(Reason.of(damaged));
      }
    }
    // An older page may have the entry that makes no sense here.
    if (readable) complete(keys[0], keys[keys.length - 1]);
  }

  private boolean isComplete(Object key) {
    Map.Entry<Object, Object> range = complete.floorEntry(key);
    return range != null && keyType.compare(key, range.getValue()) <= 0;
  }

  private void complete(Object first, Object last) {
    Map.Entry<Object, Object> range = complete.floorEntry(last);
    while (range != null && keyType.compare(range.getValue(), first) >= 0) {
      complete.remove(range.getKey());
      if (keyType.compare(range.getKey(), first) < 0) first = range.getKey();
      if (keyType.compare(range.getValue(), last) > 0) last = range.getValue();
      range = complete.floorEntry(last);
    }
    complete.put(first, last);
  }
}
