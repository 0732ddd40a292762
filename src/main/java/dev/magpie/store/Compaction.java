package dev.magpie.store;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.RandomAccessStore;

/**
 * Makes the file of an open store smaller, step by step. H2 writes each commit as one chunk and frees a chunk some time after the last of
 * its pages is dead. So a step either rewrites the live pages of chunks that are mostly dead, or lets dead chunks become free, or moves
 * chunks into the holes before them; H2 cuts the free end of the file off. Owned by the commit thread, called between changes.
 */
final class Compaction {
  /** Files up to this size, in bytes, are not compacted. */
  private static final long SMALL = 8L << 20;

  /** Written in one step: changes wait meanwhile, so this bounds their wait to some tens of milliseconds. */
  private static final int STEP_BYTES = 2 << 20;

  /** Rewritings in a row that made nothing fuller. Some are no sign: chunks younger than the retention time are not rewritten. */
  private static final int FRUITLESS = 8;

  /** Where moving fewer bytes changes nothing, so many are moved. */
  private static final int LARGEST_MOVE = 64 << 20;

  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A move forces the file to the disk several times; while somebody writes, changes wait for that at most this often. */
  private static final long MOVE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Percent of the bytes of chunks with live pages that are alive, from which on nothing is rewritten. */
  private static final int FULL = 50;
  private static final int FULL_AT_REST = 85;

  /** Percent of the file that is chunks, from which on nothing is moved. */
  private static final int DENSE = 40;
  private static final int DENSE_AT_REST = 75;

  /** Percent of the file that may be dead chunks at the end. */
  private static final int DEAD_AT_REST = 10;

  /**
   * Steps at rest after which it ends, whatever is left: pages of maps that nobody has opened are not rewritten. Beyond the first, so many
   * as write the whole file four times.
   */
  private static final int STEPS_AT_REST = 100;
  private static final int TIMES_THE_FILE = 4;

  private final MVStore store;
  private final RandomAccessStore file;
  private long changedAt = System.nanoTime();
  private long movedAt = changedAt;
  private int stepsAtRest;
  private int fruitless;
  private int fillRate;
  private int moveBytes = STEP_BYTES;

  Compaction(MVStore store) {
    this.store = store;
    this.file = (RandomAccessStore) store.getFileStore();
  }

  /** Somebody's change was committed. */
  void changed() {
    changedAt = System.nanoTime();
    stepsAtRest = 0;
  }

  /** @return whether there may be more to do */
  boolean step() {
    boolean atRest = System.nanoTime() - changedAt > QUIET_NANOS;
    if (file.size() <= SMALL || atRest && ++stepsAtRest > STEPS_AT_REST + TIMES_THE_FILE * file.size() / STEP_BYTES) return false;
    Chunks chunks = Chunks.of(store);
    if (chunks.fillRate() < (atRest ? FULL_AT_REST : FULL)) rewrite(chunks);
    else if (atRest && chunks.deadBytes() > file.size() / 100 * DEAD_AT_REST) file.dropUnusedChunks();
    else if (file.getFillRate() >= (atRest ? DENSE_AT_REST : DENSE)) return !atRest;
    else if (atRest || System.nanoTime() - movedAt >= MOVE_NANOS) move();
    // H2 rewrites a chunk only after two commits more, and frees a dead one after five: so each step has its commit, even of nothing new.
    if (!store.hasUnsavedChanges()) store.setStoreVersion(store.getStoreVersion());
    store.commit();
    return true;
  }

  /**
   * Any rewriting leaves dead copies, which H2's own fill rate counts until they are free: going by that one, it would copy full chunks for
   * ever. And H2 leaves out a chunk that has more live bytes than it may write, with all that it would like less.
   */
  private void rewrite(Chunks chunks) {
    fruitless = chunks.fillRate() > fillRate ? 0 : fruitless + 1;
    fillRate = chunks.fillRate();
    if (fruitless < FRUITLESS) {
      store.compact(100, STEP_BYTES);
    } else {
      store.compact(100, (int) Math.min(STEP_BYTES + chunks.mostAlive(), Integer.MAX_VALUE));
      fruitless = 0;
    }
    file.dropUnusedChunks();
  }

  /** Nor does it move a chunk that is longer than it may move. */
  private void move() {
    int dense = file.getFillRate();
    file.compactMoveChunks(100, moveBytes, store);
    moveBytes = file.getFillRate() > dense ? STEP_BYTES : Math.min(2 * moveBytes, LARGEST_MOVE);
    movedAt = System.nanoTime();
  }

  /**
   * @param bytes of chunks with live pages
   * @param liveBytes of their live pages
   * @param mostAlive of one chunk
   * @param deadBytes of chunks without, which are not free yet
   */
  private record Chunks(long bytes, long liveBytes, long mostAlive, long deadBytes) {
    static Chunks of(MVStore store) {
      long bytes = 1;
      long live = 1;
      long most = 0;
      long dead = 0;
      for (Map.Entry<String, String> entry : store.getLayoutMap().entrySet()) {
        if (!entry.getKey().startsWith(DataUtils.META_CHUNK)) continue;
        Map<String, ?> chunk = DataUtils.parseMap(entry.getValue());
        long max = DataUtils.readHexLong(chunk, "max", 0);
        long liveMax = DataUtils.readHexLong(chunk, "liveMax", max);
        if (liveMax == 0) {
          dead += max;
        } else {
          bytes += max;
          live += liveMax;
          most = Math.max(most, liveMax);
        }
      }
      return new Chunks(bytes, live, most, dead);
    }

    int fillRate() {
      return (int) (100 * liveBytes / bytes);
    }
  }
}
