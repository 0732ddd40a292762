package dev.magpie.store;

import de.bwaldvogel.mongo.backend.KeyValue;
import dev.magpie.log.LoggedEvent;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreTool;

/**
 * Writes the readable part of a damaged store file to a new one. Logs are rebuilt from their events; sessions and indexes are kept where
 * both their maps are readable. The damaged file is not changed. Used by one thread; blocks.
 */
final class StoreRepair {
  private static final String INDEX = "._index_";

  private final MVStore damaged;
  private final MVStore whole;
  private final PrintStream report;
  private final Map<String, String> lost = new TreeMap<>();

  private StoreRepair(MVStore damaged, MVStore whole, PrintStream report) {
    this.damaged = damaged;
    this.whole = whole;
    this.report = report;
  }

  static void run(Path damaged, Path whole, PrintStream report) throws IOException {
    Path readable = readable(damaged);
    PrivateFiles.make(whole);
    try (MVStore source = new MVStore.Builder().fileName(readable.toString()).readOnly().open();
        MVStore target = new MVStore.Builder().fileName(whole.toString()).autoCommitDisabled().open()) {
      new StoreRepair(source, target, report).copy();
      target.setStoreVersion(StoreFile.FORMAT);
      target.commit();
    } finally {
      if (!readable.equals(damaged)) Files.deleteIfExists(readable);
    }
  }

  /** The file itself, or a copy that was taken back to the newest commit that can be opened. */
  private static Path readable(Path damaged) throws IOException {
    Path back = Path.of(damaged + ".temp");
    if (StoreCheck.of(damaged).failure() == null) return damaged;
    long version = Long.MAX_VALUE;
    do {
      try {
        version = MVStoreTool.rollback(damaged.toString(), version, Writer.nullWriter());
        if (StoreCheck.of(back).failure() == null) return back;
      } catch (RuntimeException unreadable) {
        break;
      }
    } while (--version >= 0);
    Files.deleteIfExists(back);
    throw new DataRefusedException("nothing in " + damaged + " can be read");
  }

  private void copy() {
    for (String name : damaged.getMapNames()) {
      if (StoreMaps.isEvents(name)) log(StoreMaps.namespace(name));
      else if (!name.startsWith(StoreMaps.LOGS)) plain(name);
    }
    // Indexes after their documents: an incomplete index would hide documents.
    damaged.getMapNames().stream().filter(name -> name.contains(INDEX)).forEach(this::index);
    lost.forEach((name, reason) -> report.println("not wholly readable: " + name + ": " + reason));
  }

  private void plain(String name) {
    MVMap<Object, Object> to = StoreMaps.open(whole, name);
    StoreMaps.read(damaged, name, to::put, reason -> lost.putIfAbsent(name, reason));
    report.println(name + ": kept " + to.sizeAsLong());
  }

  private void log(String namespace) {
    String prefix = StoreMaps.LOGS + namespace + ".";
    Map<String, String> facts = new HashMap<>();
    StoreMaps.read(damaged, prefix + "facts", (key, value) -> facts.put((String) key, (String) value),
        reason -> lost.putIfAbsent(prefix + "facts", reason));
    EmbeddedEventLog.Maps log = EmbeddedEventLog.Maps.open(whole, namespace);
    StoreMaps.read(damaged, prefix + "events", (seq, bytes) -> {
      LoggedEvent event = EventCodec.read((Long) seq, (byte[]) bytes);
      log.put(event);
    }, reason -> lost.putIfAbsent(prefix + "events", reason));
    log.facts().putAll(facts);
    log.facts().remove("bytes"); // Counted anew when it is opened.
    // Missing numbers may be reused, so the epoch changes and clients start new sessions.
    log.facts().put("epoch", StoredRecovery.newEpoch());
    report.println("log of " + namespace + ": kept " + log.events().sizeAsLong() + " events");
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
