package dev.magpie.log;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Port: the log of one namespace, a dense sequence of events from 1. {@link #append} has one caller at a time in a process, the others are
 * called from any thread; a future may complete on any thread.
 */
public interface EventLog {

  /**
   * What the log holds.
   *
   * @param first the oldest number that is still there; {@code head + 1} when there is none
   * @param head the newest number, 0 in a log that never had an event
   */
  record Extent(long first, long head) {}

  /**
   * A piece of a room's history.
   *
   * @param events by rising number
   * @param more whether there are others beyond, in the direction that was asked for
   */
  record Page(List<LoggedEvent> events, boolean more) {}

  /** Tells this log from any other that the namespace ever had: letters, digits, {@code _} and {@code -}. */
  String epoch();

  /** Whether other processes append to it too. */
  boolean isShared();

  Future<Extent> extent();

  /**
   * Writes entries, in their order, behind the head. An entry whose cid is there already is not written again.
   *
   * @return for each entry what stands in the log now, once it is safe. Fails when it is not known whether all are safe: the caller tries
   *     again with the same cids
   */
  Future<List<Appended>> append(List<LogEntry> entries);

  /** The events with {@code after < seq <= until}, by rising number, at most so many. Erased ones are among them. */
  Future<List<LoggedEvent>> read(long after, long until, int limit);

  /** The same, of those events that {@link LoggedEvent#isFor} clients with these rooms. */
  Future<List<LoggedEvent>> read(Map<String, Long> rooms, long after, long until, int limit);

  /**
   * The newest events of a room with {@code seq < before}, or the oldest with {@code seq > after}; erased and {@linkplain
   * LoggedEvent#passing passing} ones are not among them.
   */
  Future<Page> pageBefore(String room, long before, int limit);

  Future<Page> pageAfter(String room, long after, int limit);

  /** Empty when there is none, or no more. */
  Future<Optional<LoggedEvent>> find(long seq);

  /** What was appended by this cid, as it stands there now; also an erased one. */
  Future<Optional<LoggedEvent>> original(String cid);

  /** Gives an event another content in its place; who is away will see only this one. Succeeds with false when it is no more there. */
  Future<Boolean> replace(long seq, JsonArray event);

  /** Erases an event. Succeeds with false when there is none, or no more. */
  Future<Boolean> erase(long seq);

  /** Erases all that one person said; succeeds with the numbers of what was erased. */
  Future<List<Long>> eraseAll(String uid);

  /**
   * Removes the oldest events beyond a number of events or bytes, or older than a time, in batches; succeeds with whether there is more to
   * remove.
   */
  Future<Boolean> trim(long maxEvents, long maxBytes, long beforeMillis);

  /**
   * What the log takes.
   *
   * @param events how many there are
   * @param bytes of the events, without what the log needs beside them
   * @param oldest when the oldest of them was said, in milliseconds since 1970; 0 when there is none
   */
  record Usage(long events, long bytes, long oldest) {}

  Future<Usage> usage();

  /**
   * The latest time that was believed, in milliseconds since 1970, as {@link #believe} noted it; of a log that never heard of one, when its
   * newest event was said; 0 when it has none.
   */
  Future<Long> believed();

  /** Notes that it is at least this late. */
  Future<Void> believe(long millis);
}
