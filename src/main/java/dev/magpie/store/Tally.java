package dev.magpie.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts that nobody waits for: gathered for a second and written in one go, and kept, within bounds, while the database is away. A crash
 * loses the last second of them. May be used from any thread.
 *
 * @param <T> what is kept beside each count: the newest stays
 */
final class Tally<T> {
  private static final Logger log = LoggerFactory.getLogger(Tally.class);

  private static final long GATHER_MS = 1_000;

  /** Keys that wait; those that come when so many do are dropped. */
  static final int MOST = 10_000;

  private final Vertx vertx;
  private final String name;
  private final Function<Map<String, Entry<T>>, Future<?>> writer;

  // Guarded by this.
  private Map<String, Entry<T>> waiting = new LinkedHashMap<>();
  private boolean timing;
  private long dropped;

  record Entry<T>(long count, T newest) {
    private Entry<T> after(Entry<T> older) {
      return new Entry<>(count + older.count, newest);
    }
  }

  Tally(Vertx vertx, String name, Function<Map<String, Entry<T>>, Future<?>> writer) {
    this.vertx = vertx;
    this.name = name;
    this.writer = writer;
  }

  synchronized void add(String key, T newest) {
    if (waiting.size() >= MOST && !waiting.containsKey(key)) {
      if (dropped++ == 0) log.warn("{} not counted: {} are waiting for the database", name, MOST);
      return;
    }
    waiting.merge(key, new Entry<>(1, newest), (older, newer) -> newer.after(older));
    if (timing) return;
    timing = true;
    vertx.setTimer(GATHER_MS, timer -> flush());
  }

  /** Writes what waits. */
  Future<Void> flush() {
    Map<String, Entry<T>> now;
    synchronized (this) {
      timing = false;
      if (waiting.isEmpty()) return Future.succeededFuture();
      now = waiting;
      waiting = new LinkedHashMap<>();
    }
    return writer.apply(now).<Void>mapEmpty().onFailure(failure -> keep(now)).onSuccess(written -> dropped(0));
  }

  private synchronized void dropped(long count) {
    dropped = count;
  }

  private synchronized void keep(Map<String, Entry<T>> unwritten) {
    waiting.forEach((key, newer) -> {
      if (unwritten.size() < MOST || unwritten.containsKey(key)) unwritten.merge(key, newer, (older, newest) -> newest.after(older));
    });
    waiting = unwritten;
    if (timing) return;
    timing = true;
    vertx.setTimer(GATHER_MS, timer -> flush());
  }
}
