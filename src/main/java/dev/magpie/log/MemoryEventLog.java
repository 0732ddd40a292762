package dev.magpie.log;

import dev.magpie.protocol.Ids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** A log in a ring buffer: the newest events of this process. Shared by the loops of the process; every method locks, briefly. */
final class MemoryEventLog implements EventLog {
  private final String epoch = Ids.random().substring(0, 8);
  private final LongSupplier clock;
  private final long maxBytes;

  // Guarded by this.
  private final LoggedEvent[] ring;
  private final Map<String, Long> seqs = new HashMap<>();
  private long first = 1;
  private long head;
  private long bytes;
  private long believed;

  MemoryEventLog(int capacity, long maxBytes, LongSupplier clock) {
    this.ring = new LoggedEvent[capacity];
    this.maxBytes = maxBytes;
    this.clock = clock;
  }

  @Override
  public String epoch() {
    return epoch;
  }

  @Override
  public boolean isShared() {
    return false;
  }

  @Override
  public synchronized Future<Extent> extent() {
    return Future.succeededFuture(new Extent(first, head));
  }

  @Override
  public synchronized Future<List<Appended>> append(List<LogEntry> entries) {
    List<Appended> appended = new ArrayList<>(entries.size());
    long now = clock.getAsLong();
    for (LogEntry entry : entries) {
      Long original = seqs.get(entry.cid());
      appended.add(original != null ? new Appended(at(original), true) : new Appended(add(entry, now), false));
    }
    return Future.succeededFuture(appended);
  }

  private LoggedEvent add(LogEntry entry, long now) {
    if (head - first + 1 == ring.length) drop();
    LoggedEvent event = entry.at(++head, now);
    ring[(int) (event.seq() % ring.length)] = event;
    bytes += event.weight();
    seqs.put(event.cid(), event.seq());
    // The newest event is kept, whatever its size.
    while (bytes > maxBytes && first < head) drop();
    return event;
  }

  private void drop() {
    LoggedEvent oldest = at(first);
    bytes -= oldest.weight();
    ring[(int) (first++ % ring.length)] = null;
    seqs.remove(oldest.cid());
  }

  private LoggedEvent at(long seq) {
    return ring[(int) (seq % ring.length)];
  }

  private void set(LoggedEvent event) {
    bytes += event.weight() - at(event.seq()).weight();
    ring[(int) (event.seq() % ring.length)] = event;
  }

  @Override
  public Future<List<LoggedEvent>> read(long after, long until, int limit) {
    return Future.succeededFuture(up(after, until, limit, event -> true));
  }

  @Override
  public Future<List<LoggedEvent>> read(Map<String, Long> rooms, long after, long until, int limit) {
    return Future.succeededFuture(up(after, until, limit, event -> event.isFor(rooms)));
  }

  @Override
  public synchronized Future<Page> pageBefore(String room, long before, int limit) {
    List<LoggedEvent> events = new ArrayList<>();
    for (long seq = Math.min(before - 1, head); seq >= first && events.size() <= limit; seq--) {
      if (isOf(room, at(seq))) events.add(at(seq));
    }
    boolean more = events.size() > limit;
    if (more) events.remove(limit);
    Collections.reverse(events);
    return Future.succeededFuture(new Page(events, more));
  }

  @Override
  public Future<Page> pageAfter(String room, long after, int limit) {
    List<LoggedEvent> events = up(after, Long.MAX_VALUE, limit + 1, event -> isOf(room, event));
    boolean more = events.size() > limit;
    return Future.succeededFuture(new Page(more ? events.subList(0, limit) : events, more));
  }

  private static boolean isOf(String room, LoggedEvent event) {
    return !event.isErased() && !event.passing() && (room.isEmpty() ? event.rooms().isEmpty() : event.rooms().contains(room));
  }

  private synchronized List<LoggedEvent> up(long after, long until, int limit, Predicate<LoggedEvent> wanted) {
    List<LoggedEvent> events = new ArrayList<>();
    long last = Math.min(until, head);
    for (long seq = Math.max(after + 1, first); seq <= last && events.size() < limit; seq++) {
      LoggedEvent event = at(seq);
      if (wanted.test(event)) events.add(event);
    }
    return events;
  }

  private boolean has(long seq) {
    return seq >= first && seq <= head;
  }

  @Override
  public synchronized Future<Optional<LoggedEvent>> find(long seq) {
    return Future.succeededFuture(has(seq) && !at(seq).isErased() ? Optional.of(at(seq)) : Optional.empty());
  }

  @Override
  public synchronized Future<Optional<LoggedEvent>> original(String cid) {
    return Future.succeededFuture(Optional.ofNullable(seqs.get(cid)).map(this::at));
  }

  @Override
  public synchronized Future<Boolean> replace(long seq, JsonArray event) {
    if (!has(seq) || at(seq).isErased()) return Future.succeededFuture(false);
    set(at(seq).with(event));
    return Future.succeededFuture(true);
  }

  @Override
  public synchronized Future<Boolean> erase(long seq) {
    if (!has(seq) || at(seq).isErased()) return Future.succeededFuture(false);
    set(at(seq).erased());
    return Future.succeededFuture(true);
  }

  @Override
  public synchronized Future<List<Long>> eraseAll(String uid) {
    List<Long> erased = new ArrayList<>();
    for (long seq = first; seq <= head; seq++) {
      if (!uid.equals(at(seq).uid())) continue;
      set(at(seq).erased());
      erased.add(seq);
    }
    return Future.succeededFuture(erased);
  }

  @Override
  public synchronized Future<Boolean> trim(long maxEvents, long mostBytes, long beforeMillis) {
    while (first <= head && (head - first + 1 > maxEvents || bytes > mostBytes && first < head || at(first).at() < beforeMillis)) drop();
    return Future.succeededFuture(false);
  }

  @Override
  public synchronized Future<Usage> usage() {
    return Future.succeededFuture(new Usage(head - first + 1, bytes, first <= head ? at(first).at() : 0));
  }

  @Override
  public synchronized Future<Long> believed() {
    return Future.succeededFuture(believed > 0 || first > head ? believed : at(head).at());
  }

  @Override
  public synchronized Future<Void> believe(long millis) {
    believed = millis;
    return Future.succeededFuture();
  }
}
