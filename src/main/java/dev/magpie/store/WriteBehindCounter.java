package dev.magpie.store;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoSocketReadTimeoutException;
import com.mongodb.bulk.BulkWriteError;
import dev.magpie.logging.ThrottledWarning;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Write-behind counters: increments are collected for a second and written as one bulk, and kept within bounds while the database is away.
 * A crash loses the last second. After a partial failure only the failed part is retried; permanent failures are dropped. May be used from
 * any thread.
 *
 * @param <T> a value stored with each count; the newest wins
 */
final class WriteBehindCounter<T> {
  private static final Logger log = LoggerFactory.getLogger(WriteBehindCounter.class);

  private static final long GATHER_MS = 1_000;

  /** Most pending keys; further ones are dropped. */
  static final int MOST = 10_000;

  /** Attempts per count for a temporary refusal. */
  private static final int MOST_TRIES = 10;

  /** Most refused keys that are remembered, for logging each once. */
  private static final int MOST_COMPLAINTS = 1_000;

  /** Timeout of a flush; the write itself continues. */
  private static final long PATIENCE_MS = 3_000;

  private final Vertx vertx;
  private final String name;
  private final Function<Map<String, Entry<T>>, Future<?>> writer;
  private final ThrottledWarning unwritten;

  // Guarded by this.
  private Map<String, Entry<T>> waiting = new LinkedHashMap<>();
  private final Set<String> complained = new HashSet<>();
  private boolean timing;
  private long dropped;

  /** @param tries how often the database has refused it */
  record Entry<T>(long count, T newest, int tries) {
    private Entry<T> after(Entry<T> older) {
      return new Entry<>(count + older.count, newest, Math.max(tries, older.tries));
    }

    private Entry<T> refused() {
      return new Entry<>(count, newest, tries + 1);
    }
  }

  /**
   * @param writer writes a batch in one unordered bulk, an operation for each key in the map's order; its future ends when the driver has
   *     nothing under way any more
   */
  WriteBehindCounter(Vertx vertx, String name, Function<Map<String, Entry<T>>, Future<?>> writer) {
    this.vertx = vertx;
    this.name = name;
    this.writer = writer;
    this.unwritten = new ThrottledWarning(log, name + " not written yet");
  }

  synchronized void add(String key, T newest) {
    if (waiting.size() >= MOST && !waiting.containsKey(key)) {
      if (dropped++ == 0) log.warn("{} not counted: {} are waiting for the database", name, MOST);
      return;
    }
    waiting.merge(key, new Entry<>(1, newest, 0), (older, newer) -> newer.after(older));
    flushSoon();
  }

  private void flushSoon() {
    if (timing) return;
    timing = true;
    vertx.setTimer(GATHER_MS, timer -> flush());
  }

  /** Writes the pending counts; fails if none was written. */
  Future<Void> flush() {
    Map<String, Entry<T>> batch;
    synchronized (this) {
      timing = false;
      if (waiting.isEmpty()) return Future.succeededFuture();
      batch = waiting;
      waiting = new LinkedHashMap<>();
    }
    return written(batch)
        .<Void>mapEmpty()
        .onSuccess(written -> noneDropped())
        .recover(failure -> failed(batch, failure))
        .timeout(PATIENCE_MS, TimeUnit.MILLISECONDS);
  }

  /** A client that Vert.x has closed already, as at a stop, throws: a failure like another. */
  private Future<?> written(Map<String, Entry<T>> batch) {
    try {
      return writer.apply(batch);
    } catch (RuntimeException closed) {
      return Future.failedFuture(closed);
    }
  }

  private synchronized void noneDropped() {
    dropped = 0;
  }

  private Future<Void> failed(Map<String, Entry<T>> batch, Throwable failure) {
    if (failure instanceof MongoBulkWriteException partly) {
      keep(refused(batch, partly.getWriteErrors()));
      return Future.succeededFuture();
    }
    if (failure instanceof MongoSocketReadTimeoutException) {
      // The outcome is unknown: a retry could count twice, so it is dropped.
      log.warn("{} given up keys={} reason=the database did not say whether it wrote them", name, batch.size());
    } else {
      if (!(failure instanceof DatabaseAwayException)) unwritten.warn(failure);
      keep(batch);
    }
    return Future.failedFuture(failure);
  }

  /** The counts to retry; those without an error were written. */
  private Map<String, Entry<T>> refused(Map<String, Entry<T>> batch, List<BulkWriteError> errors) {
    List<String> keys = List.copyOf(batch.keySet());
    Map<String, Entry<T>> again = new LinkedHashMap<>();
    for (BulkWriteError error : errors) {
      String key = keys.get(error.getIndex());
      Entry<T> entry = batch.get(key).refused();
      if (WriteErrors.mayPass(error.getCode()) && entry.tries < MOST_TRIES) again.put(key, entry);
      else complain(key, error.getMessage());
    }
    return again;
  }

  private synchronized void complain(String key, String reason) {
    if (complained.size() < MOST_COMPLAINTS && complained.add(key)) log.warn("{} cannot be counted id={} reason={}", name, key, reason);
  }

  private synchronized void keep(Map<String, Entry<T>> again) {
    if (again.isEmpty()) return;
    waiting.forEach((key, newer) -> {
      if (again.size() < MOST || again.containsKey(key)) again.merge(key, newer, (older, newest) -> newest.after(older));
    });
    waiting = again;
    flushSoon();
  }
}
