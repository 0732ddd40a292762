package dev.magpie.store;

import dev.magpie.logging.Reason;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.h2.mvstore.MVStore;

/**
 * What a store file holds and what of it cannot be read. Everything is read, since a page that is damaged shows only then; a text whose
 * letters were changed does not show.
 *
 * @param failure why the file cannot be opened at all, or is not; null when it can
 * @param format of the data in it
 * @param missing commits at the end of the file that its head speaks of and that are not there
 * @param entries that could be read, by map
 * @param damage the first reason, by map that is not wholly there
 */
record StoreCheck(String failure, int format, long missing, Map<String, Long> entries, Map<String, String> damage) {

  /** Reads a file that nobody has open, and changes nothing. */
  static StoreCheck of(Path file) {
    try (MVStore store = new MVStore.Builder().fileName(file.toString()).readOnly().open()) {
      long missing = missing(store);
      // Not by a power failure while it ran. The commit that is found then may be one of a copy that was being written: with nothing in it.
      if (missing > 0 && store.getFileStore().getStoreHeader().containsKey("clean"))
        return new StoreCheck("it was closed, and its end is missing since", store.getStoreVersion(), missing, Map.of(), Map.of());
      Map<String, Long> entries = new TreeMap<>();
      Map<String, String> damage = new TreeMap<>();
      for (String name : store.getMapNames()) {
        entries.put(name, 0L);
        StoreMaps.read(store, name, (key, value) -> {
          if (StoreMaps.isEvents(name)) EventCodec.read((Long) key, (byte[]) value);
          entries.merge(name, 1L, Long::sum);
        }, reason -> damage.putIfAbsent(name, reason));
      }
      return new StoreCheck(null, store.getStoreVersion(), missing, entries, damage);
    } catch (RuntimeException unreadable) {
      return new StoreCheck(firstLine(unreadable), 0, 0, Map.of(), Map.of());
    }
  }

  private static long missing(MVStore store) {
    Object newest = store.getFileStore().getStoreHeader().get("version");
    return newest == null ? 0 : Math.max(0, Long.parseLong(newest.toString(), 16) - store.getCurrentVersion());
  }

  /** Strips H2's version and error code from the message. */
  private static String firstLine(RuntimeException failure) {
    return Reason.of(failure).lines().findFirst().orElse("").replaceFirst(" \\[[\\d./]+]$", "");
  }

  boolean isWhole() {
    return failure == null && damage.isEmpty();
  }

  long count() {
    return entries.values().stream().mapToLong(Long::longValue).sum();
  }

  /** What is wrong, in one line. */
  String describe() {
    if (failure != null) return "the file cannot be opened: " + failure;
    return damage.size() + " of " + entries.size() + " maps are not wholly readable (" + String.join(", ", damage.keySet()) + "); "
        + count() + " entries are";
  }
}
