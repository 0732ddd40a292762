package dev.magpie.store;

import dev.magpie.log.Appended;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LoggedEvent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * An event log in maps of the embedded store: events by number, with indexes by cid, room and person that change in the same commit.
 * Uncommitted events are not visible. One for each namespace of the process that has the file; changed on its writer's thread.
 */
final class EmbeddedEventLog implements EventLog {
  /** Events removed or erased per batch; other changes wait meanwhile. */
  private static final int TRIM = 2_000;

  private static final int ERASE = 500;

  /** Keys of the map of facts: bytes of all events; the latest trusted time. */
  private static final String BYTES = "bytes";
  private static final String CLOCK = "clock";

  private static final byte[] NOTHING = {};

  /** Marks a number in the room index as not part of the history. */
  private static final byte[] PASSING = {1};

  /** Digits of a number in a key, so that keys sort as their numbers do. */
  private static final int DIGITS = 13;

  private final EmbeddedMongo mongo;
  private final StoreThreads threads;
  private final LongSupplier clock;
  private final String epoch;
  private final Maps maps;
  private final MVMap<Long, byte[]> events;
  private final MVMap<String, Long> cids;
  private final MVMap<String, byte[]> rooms;
  private final MVMap<String, byte[]> people;

  /** Of all events, as they are stored. Changed on the writer's thread. */
  private volatile long bytes;
  private long notedBytes = -1;

  /** The last committed number. */
  private volatile long head;

  private EmbeddedEventLog(EmbeddedMongo mongo, String namespace, String newEpoch, StoreThreads threads, LongSupplier clock) {
    this.mongo = mongo;
    this.threads = threads;
    this.clock = clock;
    this.maps = Maps.open(mongo.mvStore(), namespace);
    this.events = maps.events();
    this.cids = maps.cids();
    this.rooms = maps.rooms();
    this.people = maps.people();
    MVMap<String, String> facts = maps.facts();
    // Missing numbers at the end are reused, so a new epoch invalidates the offsets of clients that have seen them.
    if (mongo.lostCommits()) facts.put("epoch", newEpoch);
    else facts.putIfAbsent("epoch", newEpoch);
    this.epoch = facts.get("epoch");
    this.head = events.isEmpty() ? 0 : events.lastKey();
    String noted = facts.get(BYTES);
    this.bytes = noted != null ? Long.parseLong(noted) : counted();
  }

  /** Computed once for files of versions without this fact. */
  private long counted() {
    long sum = 0;
    for (Cursor<Long, byte[]> all = events.cursor(null); all.hasNext(); ) {
      all.next();
      sum += all.getValue().length;
    }
    return sum;
  }

  /** In the same commit as the change. */
  private void noteBytes() {
    if (bytes == notedBytes) return;
    maps.facts().put(BYTES, Long.toString(bytes));
    notedBytes = bytes;
  }

  /** Opens it, or makes it with this epoch; succeeds once it is in the file. */
  static Future<EmbeddedEventLog> open(EmbeddedMongo mongo, String namespace, String newEpoch, StoreThreads threads, LongSupplier clock) {
    return threads.write(opened -> mongo.change(() -> opened.value = new EmbeddedEventLog(mongo, namespace, newEpoch, threads, clock)));
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
  public Future<Extent> extent() {
    long newest = head;
    Long first = events.firstKey();
    return Future.succeededFuture(new Extent(first == null || first > newest ? newest + 1 : first, newest));
  }

  // --- Writing

  @Override
  public Future<List<Appended>> append(List<LogEntry> entries) {
    return threads.<List<Appended>>write(done -> {
      List<Appended> appended = new ArrayList<>(entries.size());
      done.value = appended;
      return mongo.change(() -> {
        entries.forEach(entry -> appended.add(append(entry)));
        noteBytes();
      });
    }).onSuccess(appended -> {
      for (Appended one : appended) head = Math.max(head, one.seq());
    });
  }

  private Appended append(LogEntry entry) {
    Long original = cids.get(entry.cid());
    // A number above the head belongs to an event whose commit was refused and is retried now.
    if (original != null) return new Appended(at(original), original <= head);
    LoggedEvent event = entry.at(events.isEmpty() ? 1 : events.lastKey() + 1, clock.getAsLong());
    bytes += maps.put(event);
    return new Appended(event, false);
  }

  /** Indexed under the empty name if the event goes to the whole namespace. */
  private static Collection<String> keys(LoggedEvent event) {
    if (event.rooms().isEmpty()) return List.of(key("", event.seq()));
    return event.rooms().stream().map(room -> key(room, event.seq())).toList();
  }

  @Override
  public Future<Boolean> replace(long seq, JsonArray content) {
    return change(seq, event -> event.with(content));
  }

  @Override
  public Future<Boolean> erase(long seq) {
    return change(seq, LoggedEvent::erased);
  }

  private Future<Boolean> change(long seq, UnaryOperator<LoggedEvent> change) {
    return threads.write(changed -> mongo.change(() -> changed.value = changeNow(seq, change)));
  }

  private boolean changeNow(long seq, UnaryOperator<LoggedEvent> change) {
    LoggedEvent event = at(seq);
    if (event == null || event.isErased()) return false;
    LoggedEvent after = change.apply(event);
    if (after.isErased()) removeKeys(event);
    byte[] written = EventCodec.write(after);
    bytes += written.length - events.put(seq, written).length;
    noteBytes();
    return true;
  }

  private void removeKeys(LoggedEvent event) {
    if (!event.isErased()) keys(event).forEach(rooms::remove);
    if (event.uid() != null) people.remove(key(event.uid(), event.seq()));
  }

  @Override
  public Future<List<Long>> eraseAll(String uid) {
    return eraseSome(uid, new ArrayList<>());
  }

  /** In batches, since other writes wait meanwhile. */
  private Future<List<Long>> eraseSome(String uid, List<Long> erased) {
    return threads.<List<Long>>write(some -> {
      some.value = new ArrayList<>();
      up(people, uid, 0, Long.MAX_VALUE, ERASE, true, some.value);
      return mongo.change(() -> some.value.forEach(seq -> changeNow(seq, LoggedEvent::erased)));
    }).compose(some -> {
      erased.addAll(some);
      return some.size() < ERASE ? Future.succeededFuture(erased) : eraseSome(uid, erased);
    });
  }

  @Override
  public Future<Boolean> trim(long maxEvents, long maxBytes, long beforeMillis) {
    return threads.read(() -> hasTrimmings(maxEvents, maxBytes, beforeMillis))
        .compose(some -> some ? trimSome(maxEvents, maxBytes, beforeMillis) : Future.succeededFuture(false));
  }

  private Future<Boolean> trimSome(long maxEvents, long maxBytes, long beforeMillis) {
    return threads.write(more -> mongo.change(() -> {
      for (int i = 0; i < TRIM && hasTrimmings(maxEvents, maxBytes, beforeMillis); i++) drop(at(events.firstKey()));
      noteBytes();
      more.value = hasTrimmings(maxEvents, maxBytes, beforeMillis);
    }));
  }

  /** Keeps the newest event, so that its number is not reused. */
  private boolean hasTrimmings(long maxEvents, long maxBytes, long beforeMillis) {
    if (events.sizeAsLong() <= 1) return false;
    if (events.sizeAsLong() > maxEvents || bytes > maxBytes) return true;
    LoggedEvent oldest = beforeMillis == Long.MIN_VALUE ? null : at(events.firstKey());
    return oldest != null && oldest.at() < beforeMillis;
  }

  private void drop(LoggedEvent oldest) {
    removeKeys(oldest);
    cids.remove(oldest.cid());
    bytes -= events.remove(oldest.seq()).length;
  }

  @Override
  public Future<Usage> usage() {
    return threads.read(() -> {
      Long first = events.firstKey();
      LoggedEvent oldest = first == null ? null : at(first);
      return new Usage(events.sizeAsLong(), bytes, oldest == null ? 0 : oldest.at());
    });
  }

  @Override
  public Future<Long> believed() {
    return threads.read(() -> {
      String noted = maps.facts().get(CLOCK);
      if (noted != null) return Long.parseLong(noted);
      Long newest = events.lastKey();
      LoggedEvent event = newest == null ? null : at(newest);
      return event == null ? 0L : event.at();
    });
  }

  @Override
  public Future<Void> believe(long millis) {
    return threads.write(done -> mongo.change(() -> maps.facts().put(CLOCK, Long.toString(millis))));
  }

  // --- Reading

  @Override
  public Future<List<LoggedEvent>> read(long after, long until, int limit) {
    return threads.read(() -> {
      List<LoggedEvent> read = new ArrayList<>();
      long last = Math.min(until, head);
      if (after >= last) return read;
      for (Iterator<Long> seqs = events.keyIterator(after + 1); seqs.hasNext() && read.size() < limit; ) {
        long seq = seqs.next();
        if (seq > last) break;
        add(read, seq);
      }
      return read;
    });
  }

  @Override
  public Future<List<LoggedEvent>> read(Map<String, Long> wanted, long after, long until, int limit) {
    return threads.read(() -> {
      // The first n of all rooms are among the first n of each.
      TreeSet<Long> seqs = new TreeSet<>();
      wanted.forEach((room, from) -> up(rooms, room, Math.max(after, from - 1), Math.min(until, head), limit, true, seqs));
      List<LoggedEvent> read = new ArrayList<>();
      for (Long seq : seqs) {
        if (read.size() == limit) break;
        add(read, seq);
      }
      return read;
    });
  }

  private void add(List<LoggedEvent> read, long seq) {
    LoggedEvent event = at(seq);
    // Removed by retention meanwhile.
    if (event != null) read.add(event);
  }

  @Override
  public Future<Page> pageAfter(String room, long after, int limit) {
    return threads.read(() -> {
      List<Long> seqs = new ArrayList<>();
      up(rooms, room, after, head, limit + 1, false, seqs);
      return page(seqs, limit);
    });
  }

  @Override
  public Future<Page> pageBefore(String room, long before, int limit) {
    return threads.read(() -> {
      List<Long> seqs = new ArrayList<>();
      String start = room + '\0';
      // The keys themselves go down one by one: an iterator only goes up.
      String key = rooms.lowerKey(key(room, Math.min(before, head + 1)));
      while (key != null && key.compareTo(start) >= 0 && seqs.size() <= limit) {
        if (isOf(room, key) && !isPassing(rooms, key)) seqs.add(seq(key));
        key = rooms.lowerKey(key);
      }
      Page page = page(seqs, limit);
      Collections.reverse(page.events());
      return page;
    });
  }

  private Page page(List<Long> seqs, int limit) {
    List<LoggedEvent> page = new ArrayList<>();
    for (int i = 0; i < Math.min(limit, seqs.size()); i++) add(page, seqs.get(i));
    return new Page(page, seqs.size() > limit);
  }

  private static boolean isPassing(MVMap<String, byte[]> index, String key) {
    byte[] value = index.get(key);
    return value != null && value.length > 0;
  }

  private static void up(MVMap<String, byte[]> index, String name, long after, long until, int limit, boolean passing,
      Collection<Long> seqs) {
    if (after >= until) return;
    String last = key(name, until);
    int found = 0;
    for (Cursor<String, byte[]> keys = index.cursor(key(name, after + 1)); keys.hasNext() && found < limit; ) {
      String key = keys.next();
      if (key.compareTo(last) > 0) break;
      if (!isOf(name, key) || !passing && keys.getValue().length > 0) continue;
      seqs.add(seq(key));
      found++;
    }
  }

  @Override
  public Future<Optional<LoggedEvent>> find(long seq) {
    return threads.read(() -> Optional.ofNullable(seq <= head ? at(seq) : null).filter(event -> !event.isErased()));
  }

  @Override
  public Future<Optional<LoggedEvent>> original(String cid) {
    return threads.read(() -> {
      Long seq = cids.get(cid);
      return seq == null || seq > head ? Optional.empty() : Optional.ofNullable(at(seq));
    });
  }

  private LoggedEvent at(long seq) {
    byte[] bytes = events.get(seq);
    return bytes == null ? null : EventCodec.read(seq, bytes);
  }

  private static String key(String name, long seq) {
    String digits = Long.toString(seq, 36);
    return name + '\0' + "0".repeat(DIGITS - digits.length()) + digits;
  }

  /** Keys of other rooms may be interleaved, since names may contain any character. */
  private static boolean isOf(String name, String key) {
    return key.length() == name.length() + 1 + DIGITS && key.startsWith(name);
  }

  private static long seq(String key) {
    return Long.parseLong(key, key.length() - DIGITS, key.length(), 36);
  }

  /** The maps of a log. */
  record Maps(MVMap<Long, byte[]> events, MVMap<String, Long> cids, MVMap<String, byte[]> rooms, MVMap<String, byte[]> people,
      MVMap<String, String> facts) {
    @SuppressWarnings({"unchecked", "rawtypes"})
    static Maps open(MVStore store, String namespace) {
      String prefix = StoreMaps.LOGS + namespace + ".";
      return new Maps(
          (MVMap) StoreMaps.open(store, prefix + "events"),
          (MVMap) StoreMaps.open(store, prefix + "cids"),
          (MVMap) StoreMaps.open(store, prefix + "rooms"),
          (MVMap) StoreMaps.open(store, prefix + "people"),
          (MVMap) StoreMaps.open(store, prefix + "facts"));
    }

    /** @return the bytes of the event */
    int put(LoggedEvent event) {
      byte[] written = EventCodec.write(event);
      events.put(event.seq(), written);
      cids.put(event.cid(), event.seq());
      // An erased event keeps its number and cid only.
      if (!event.isErased()) keys(event).forEach(key -> rooms.put(key, event.passing() ? PASSING : NOTHING));
      if (event.uid() != null) people.put(key(event.uid(), event.seq()), NOTHING);
      return written.length;
    }
  }
}
