package dev.magpie.store;

import de.bwaldvogel.mongo.backend.KeyValue;
import dev.magpie.files.PrivateFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * Writes the readable part of a damaged store file to a new one: what the newest commit reaches that can be opened, and what single pages
 * have beyond that. Logs are rebuilt from their events, the index of ids from the documents. Sessions are not kept, since the logs get new
 * epochs. The damaged file is not changed. Used by one thread; blocks.
 */
final class StoreRepair {
  private static final String INDEX = "._index_";

  /** Null where no commit can be opened. */
  private final MVStore commit;
  private final LeafPages pages;
  private final MVStore whole;
  private final PrintStream report;
  private final Map<String, String> lost = new TreeMap<>();

  private StoreRepair(MVStore commit, LeafPages pages, MVStore whole, PrintStream report) {
    this.commit = commit;
    this.pages = pages;
    this.whole = whole;
    this.report = report;
  }

  /** @param check of the damaged file */
  static void run(Path damaged, StoreCheck check, Path whole, PrintStream report) throws IOException {
    try (LeafPages pages = LeafPages.of(damaged); MVStore commit = check.failure() == null ? open(damaged) : null) {
      if (pages.format() > StoreFile.FORMAT) throw StoreFile.newer(damaged, pages.format());
      if (commit == null && pages.count() == 0) throw new DataRefusedException("nothing in " + damaged + " can be read");
      if (commit == null) {
        report.println(check.describe());
        report.println("read from single pages instead: " + pages.count());
        if (pages.unknown() > 0) report.println("not read, since the names of their maps are lost: " + pages.unknown() + " pages");
      }
      PrivateFiles.make(whole);
      try (MVStore target = new MVStore.Builder().fileName(whole.toString()).autoCommitDisabled().open()) {
        new StoreRepair(commit, pages, target, report).copy();
        target.setStoreVersion(StoreFile.FORMAT);
        target.commit();
      }
      report.println("the newest changes may be missing, and what was changed or removed may be back in an older state");
    }
  }

  private static MVStore open(Path damaged) {
    return new MVStore.Builder().fileName(damaged.toString()).readOnly().open();
  }

  private void copy() {
    Set<String> names = new TreeSet<>(pages.names());
    if (commit != null) names.addAll(commit.getMapNames());
    for (String name : names) {
      if (StoreMaps.isEvents(name)) log(StoreMaps.namespace(name));
      else if (!name.startsWith(StoreMaps.LOGS) && !name.startsWith(StoreMaps.SESSIONS)) plain(name);
    }
    // Indexes after their documents: an incomplete index would hide documents.
    names.stream().filter(name -> name.contains(INDEX)).forEach(this::index);
    lost.forEach((name, reason) -> report.println("not wholly readable: " + name + ": " + reason));
  }

  /** Newest first: what was written behind the commit that can be opened, that commit, and older pages where that is damaged. */
  private void read(String name, NewestEntries entries) {
    if (commit == null) {
      lost.putIfAbsent(name, "read from single pages");
      pages.read(name, any -> true, entries);
      return;
    }
    long newest = commit.getCurrentVersion();
    pages.read(name, version -> version > newest, entries);
    StoreMaps.leaves(commit, name, entries::add, reason -> lost.putIfAbsent(name, reason));
    if (lost.containsKey(name)) pages.read(name, version -> version <= newest, entries);
  }

  private NewestEntries into(String name, MVMap<Object, Object> map, BiConsumer<Object, Object> put) {
    return NewestEntries.of(map, put, reason -> lost.putIfAbsent(name, reason));
  }

  private void plain(String name) {
    MVMap<Object, Object> to = StoreMaps.open(whole, name);
    read(name, into(name, to, to::put));
    report.println(name + ": kept " + to.sizeAsLong());
  }

  private void log(String namespace) {
    String prefix = StoreMaps.LOGS + namespace + ".";
    EmbeddedEventLog.Maps log = EmbeddedEventLog.Maps.open(whole, namespace);
    MVMap<Object, Object> events = StoreMaps.open(whole, prefix + "events");
    read(prefix + "events", into(prefix + "events", events, (seq, bytes) -> log.put(EventCodec.read((Long) seq, (byte[]) bytes))));
    MVMap<Object, Object> facts = StoreMaps.open(whole, prefix + "facts");
    read(prefix + "facts", into(prefix + "facts", facts, facts::put));
    facts.remove("bytes"); // Counted anew when it is opened.
    // Missing numbers may be reused, so the epoch changes and clients start new sessions.
    facts.put("epoch", StoredRecovery.newEpoch());
    report.println("log of " + namespace + ": kept " + events.sizeAsLong() + " events" + gaps(log.events()));
  }

  /** Numbers are given one by one, and only the oldest events are removed: what is between two was lost. */
  private static String gaps(MVMap<Long, byte[]> events) {
    if (events.isEmpty()) return "";
    long missing = events.lastKey() - events.firstKey() + 1 - events.sizeAsLong();
    return missing == 0 ? "" : ", between which " + missing + " are missing";
  }

  /** {@code <database>.<collection>._index_<index>}: from a key to the id of its document. */
  private void index(String name) {
    String documents = StoreMaps.DOCUMENTS + name.substring(0, name.indexOf(INDEX));
    if (!lost.containsKey(name) && !lost.containsKey(documents)) return;
    Set<Object> missing = new HashSet<>(StoreMaps.open(whole, documents).keySet());
    MVMap<Object, Object> index = StoreMaps.open(whole, name);
    index.entrySet().stream().filter(entry -> !missing.contains(entry.getValue())).map(Map.Entry::getKey).toList().forEach(index::remove);
    if (!name.endsWith(INDEX + "_id_")) return;
    missing.removeAll(new HashSet<>(index.values()));
    // Numbers are keys as doubles, so that 1 and 1.0 are one id.
    missing.forEach(id -> index.put(new KeyValue(id instanceof Number number ? number.doubleValue() : id), id));
  }
}
