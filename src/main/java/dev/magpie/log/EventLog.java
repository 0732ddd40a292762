package dev.magpie.log;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Port: the log of one namespace, a dense sequence of events from 1. {@link #append} has one caller at a time in a process; the other
 * methods are called from any thread. A future may complete on any thread. It fails with {@link LogUnavailableException} while the store
 * cannot be reached: the caller tries again later.
 */
public interface EventLog {

  /**
   * The range of numbers in the log.
   *
   * @param first the oldest number that is still in the log; {@code head + 1} when the log is empty
   * @param head the newest number; 0 in a log that never had an event
   */
  record Extent(long first, long head) {}

  /**
   * A page of a room's history.
   *
   * @param events by rising number
   * @param more whether there are more events in the direction that was asked for
   */
  record Page(List<LoggedEvent> events, boolean more) {}

  /**
   * The id of this log, different from that of any other log that the namespace ever had: 1 to 32 letters, digits, {@code _} and {@code -}.
   */
  String epoch();

  /** Whether other processes append to this log too. */
  boolean isShared();

  /** The numbers that the log has now. */
  Future<Extent> extent();

  /**
   * Appends entries in their order. An entry whose cid is in the log already is not appended again.
   *
   * @return for each entry the event that is in the log, once it is safe. Fails when it is not known whether all are safe: the caller tries
   *     again with the same cids
   */
  Future<List<Appended>> append(List<LogEntry> entries);

  /**
   * The events with {@code after < seq <= until}, by rising number, erased ones included.
   *
   * @param limit maximum number of events
   */
  Future<List<LoggedEvent>> read(long after, long until, int limit);

  /**
   * The same, but only events that are {@linkplain LoggedEvent#isFor for} clients with these rooms.
   *
   * @param rooms as in {@link LoggedEvent#isFor}
   */
  Future<List<LoggedEvent>> read(Map<String, Long> rooms, long after, long until, int limit);

  /**
   * The newest events of a room with {@code seq < before}, without erased and {@linkplain LoggedEvent#passing passing} ones.
   *
   * @param limit maximum number of events
   */
  Future<Page> pageBefore(String room, long before, int limit);

  /**
   * The oldest events of a room with {@code seq > after}, without erased and {@linkplain LoggedEvent#passing passing} ones.
   *
   * @param limit maximum number of events
   */
  Future<Page> pageAfter(String room, long after, int limit);

  /** The event of this number; empty when there is none, or when it was erased or trimmed. */
  Future<Optional<LoggedEvent>> find(long seq);

  /** The event that was appended with this cid, as it is in the log now; also an erased one. */
  Future<Optional<LoggedEvent>> original(String cid);

  /**
   * Replaces the content of an event, for the history and for clients that recover later.
   *
   * @param event the name, then the arguments
   * @return false when the event is not in the log, or was erased
   */
  Future<Boolean> replace(long seq, JsonArray event);

  /**
   * Erases an event: its number and its cid stay.
   *
   * @return false when the event is not in the log, or was erased
   */
  Future<Boolean> erase(long seq);

  /**
   * Erases all events of one user.
   *
   * @return the numbers of the erased events
   */
  Future<List<Long>> eraseAll(String uid);

  /**
   * Removes the oldest events, one batch a call, until none of the limits is exceeded.
   *
   * @param maxEvents number of events to keep
   * @param maxBytes bytes of events to keep
   * @param beforeMillis older events are removed; milliseconds since 1970
   * @return whether there is more to remove
   */
  Future<Boolean> trim(long maxEvents, long maxBytes, long beforeMillis);

  /**
   * The size of the log.
   *
   * @param events number of events
   * @param bytes bytes of the events, without indexes and other overhead of the log
   * @param oldest time of the oldest event, in milliseconds since 1970; 0 when there is none
   */
  record Usage(long events, long bytes, long oldest) {}

  /** The size of the log now. */
  Future<Usage> usage();

  /**
   * The latest time that {@link #believe} has stored, in milliseconds since 1970: a clock far ahead of it is not trusted to remove events.
   * Of a log without one, the time of its newest event; 0 when it is empty.
   */
  Future<Long> believed();

  /** Stores a trusted time, in milliseconds since 1970. */
  Future<Void> believe(long millis);
}
