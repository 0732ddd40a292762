package dev.magpie.store;

import dev.magpie.state.StateStore;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;

/**
 * Room state in maps of the embedded store: rows by room and key, and when those may be swept that are not kept for ever. Changed on its
 * writer's thread.
 */
final class EmbeddedStateStore implements StateStore {
  /** The key of the highest version ever stored; that of a row has a number before it. */
  static final String NEWEST = "";

  private final EmbeddedMongo mongo;
  private final StoreThreads threads;
  private final MVMap<String, String> rows;
  private final MVMap<String, Long> due;
  private final Callable<Future<Void>> end;

  private EmbeddedStateStore(EmbeddedMongo mongo, String namespace, StoreThreads threads, Callable<Future<Void>> end) {
    this.mongo = mongo;
    this.threads = threads;
    this.rows = rows(mongo.mvStore(), namespace);
    this.due = mongo.mvStore().openMap(StoreMaps.STATE + namespace + ".due",
        new MVMap.Builder<String, Long>().keyType(StringDataType.INSTANCE).valueType(LongDataType.INSTANCE));
    this.end = end;
  }

  static MVMap<String, String> rows(MVStore store, String namespace) {
    return store.openMap(StoreMaps.STATE + namespace + ".rows",
        new MVMap.Builder<String, String>().keyType(StringDataType.INSTANCE).valueType(StringDataType.INSTANCE));
  }

  /** @param end called by {@link #close} */
  static Future<EmbeddedStateStore> open(EmbeddedMongo mongo, String namespace, StoreThreads threads, Callable<Future<Void>> end) {
    return threads.write(opened -> mongo.change(() -> opened.value = new EmbeddedStateStore(mongo, namespace, threads, end)));
  }

  /** The room's length comes first, so that no room's keys lie among another's. */
  private static String prefix(String room) {
    return room.length() + ":" + room + ":";
  }

  /** A row as it is stored under this key. */
  static Row row(String place, String text) {
    int colon = place.indexOf(':');
    int end = colon + 1 + Integer.parseInt(place.substring(0, colon));
    return StateCodec.read(place.substring(colon + 1, end), place.substring(end + 1), text);
  }

  // Reading too, behind the writes that were asked for before.
  @Override
  public Future<Long> newest() {
    return threads.write(newest -> {
      newest.value = highest();
      return java.util.concurrent.CompletableFuture.completedFuture(null);
    });
  }

  private long highest() {
    return Long.parseLong(rows.getOrDefault(NEWEST, "0"));
  }

  @Override
  public Future<List<Row>> read(String room) {
    String prefix = prefix(room);
    return threads.write(found -> {
      List<Row> all = new ArrayList<>();
      for (Iterator<String> places = rows.keyIterator(prefix); places.hasNext(); ) {
        String place = places.next();
        if (!place.startsWith(prefix)) break;
        all.add(row(place, rows.get(place)));
      }
      found.value = all;
      return java.util.concurrent.CompletableFuture.completedFuture(null);
    });
  }

  @Override
  public Future<Boolean> write(List<Write> writes) {
    return threads.write(written -> mongo.change(() -> {
      written.value = true;
      long newest = highest();
      for (Write write : writes) {
        String place = prefix(write.row().room()) + write.row().key();
        String there = rows.get(place);
        if ((there == null ? 0 : StateCodec.version(there)) != write.replaces()) {
          written.value = false;
          continue;
        }
        rows.put(place, StateCodec.write(write.row()));
        if (StateCodec.due(write.row()) > 0) due.put(place, StateCodec.due(write.row()));
        else due.remove(place);
        newest = Math.max(newest, write.row().version());
      }
      rows.put(NEWEST, Long.toString(newest));
    }));
  }

  @Override
  public Future<Void> sweep(long millis, long keep) {
    return threads.read(() -> {
      List<String> old = new ArrayList<>();
      due.forEach((place, at) -> {
        if (at < millis) old.add(place);
      });
      return old;
    }).compose(old -> old.isEmpty() ? Future.succeededFuture() : threads.write(done -> mongo.change(() -> {
      for (String place : old) {
        Long at = due.get(place);
        if (at == null || at >= millis || StateCodec.version(rows.get(place)) >= keep) continue;
        rows.remove(place);
        due.remove(place);
      }
    })));
  }

  @Override
  public Future<Void> close() {
    try {
      return end.call();
    } catch (Exception failure) {
      return Future.failedFuture(failure);
    }
  }
}
