package dev.magpie.state;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Port: the durable state of the rooms of one namespace, one row for each room and key. Called from any thread, one {@link #write} at a
 * time; a future may complete on any thread. It fails with {@link dev.magpie.log.LogUnavailableException} while the store cannot be
 * reached.
 */
public interface StateStore {

  /**
   * The newest version of a key.
   *
   * @param room any string
   * @param key any string
   * @param version grows with each change in the namespace
   * @param writer who has written it: with the version, it tells one's own write from another's
   * @param content a JSON array, with buffers in it; null for a key that was removed
   * @param expiresAt in milliseconds since 1970; 0 for never
   * @param at time of the write, in milliseconds since 1970
   */
  record Row(String room, String key, long version, String writer, @Nullable JsonArray content, long expiresAt, long at) {}

  /**
   * A row that is to be stored.
   *
   * @param replaces the version that is stored now; 0 for none
   */
  record Write(Row row, long replaces) {}

  /** The highest version that is stored; 0 when there is none. */
  Future<Long> newest();

  /** The rows of a room, in any order. */
  Future<List<Row>> read(String room);

  /**
   * Stores rows, at most one of each key; succeeds once they are safe.
   *
   * @return false when one of them replaces another version than the stored one: it is not stored, others may be
   */
  Future<Boolean> write(List<Write> writes);

  /**
   * Removes rows of removed keys that were written, and rows that have expired, before this time.
   *
   * @param millis since 1970
   * @param keep only rows below this version are removed
   */
  Future<Void> sweep(long millis, long keep);

  /** Closes it, once whoever opened it needs it no more. */
  Future<Void> close();
}
