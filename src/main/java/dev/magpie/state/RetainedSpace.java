package dev.magpie.state;

import dev.magpie.Internal;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.Values;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The retained values of one namespace: changes are checked, in a durable namespace stored in batches, and then passed to the replicas, all
 * in the order in which they came. Owned by the {@link Hub}, used on its executor.
 */
@Internal
public final class RetainedSpace extends Space {
  private static final Logger log = LoggerFactory.getLogger(RetainedSpace.class);

  /** Retained values. */
  public static final Kind<RetainedSpace> KIND = new Kind<>("retained", RetainedSpace::new);

  /** Any version, also none. */
  public static final long ANY = -1;

  /** Maximum number of changes in a batch: in a larger one the first would wait for the last. */
  private static final int BATCH = 500;

  /** Maximum number of changes that wait while the store is unavailable or slow; further ones fail, which bounds the memory. */
  private static final int MOST_WAITING = 10_000;

  /** A hundred years: a longer time to live is the same, and does not overflow. */
  private static final long MOST_TTL_MILLIS = 100L * 366 * 86_400_000;

  private static final long RETRY_MILLIS = 1_000;
  private static final long SWEEP_MILLIS = 60_000;

  /** Another process may change a key between reading and writing it. */
  private static final int ATTEMPTS = 5;

  /**
   * How the values of a namespace are kept.
   *
   * @param windowMillis how long a removed key is told to clients that reconnect
   * @param store opens the store; null for a namespace that is not durable
   */
  public record Config(StateOptions options, long windowMillis, @Nullable Supplier<Future<StateStore>> store) {}

  private static final class Change {
    private final String room;
    private final String key;
    private final @Nullable JsonArray event;
    private final long ttlMillis;
    private final long ifVersion;
    private final Promise<Long> done;
    private int attempts;

    Change(String room, String key, @Nullable JsonArray event, long ttlMillis, long ifVersion, Promise<Long> done) {
      this.room = room;
      this.key = key;
      this.event = event;
      this.ttlMillis = ttlMillis;
      this.ifVersion = ifVersion;
      this.done = done;
    }
  }

  /** A change and what it makes of its key. */
  private record Accepted(Change change, RetainedRoom room, RetainedEntry entry) {}

  private Config config = new Config(StateOptions.DEFAULT, 120_000, null);
  private boolean configured;
  private long version;
  private final Deque<Change> waiting = new ArrayDeque<>();
  private boolean writing;
  private boolean unavailable;
  private boolean closing;
  private boolean ended;
  private final Promise<Void> closed = Promise.promise();

  // Of a durable namespace.
  private @Nullable StateStore store;
  private final Promise<StateStore> opened = Promise.promise();
  private long lastStored;
  /** When a row of a removed key was stored last: it is swept before the space is dropped. */
  private long removedAt;

  private RetainedSpace(Hub hub, String namespace) {
    super(hub, namespace);
    version = hub.version();
  }

  /** Clients may choose the names of namespaces: nothing of one stays for ever. Of a durable one see {@link #tick}. */
  @Override
  protected void emptied() {
    if (!isDurable() && waiting.isEmpty() && !writing) hub().drop(KIND, this, version);
  }

  /**
   * Says how its values are kept; the first of the instances is believed. What was set by a verticle before any instance had the namespace,
   * and so could say that it is durable, is stored now.
   */
  public void configure(Config chosen) {
    if (configured && (isDurable() || chosen.store == null)) return;
    configured = true;
    config = chosen;
    if (!isDurable()) return;
    for (RoomState<?, ?> room : rooms()) ((RetainedRoom) room).distrust();
    for (RoomState<?, ?> room : rooms()) for (RetainedEntry entry : ((RetainedRoom) room).values())
      take(new Change(entry.room(), entry.key(), entry.event(), entry.expiresAt() == 0 ? 0 : Math.max(1, entry.expiresAt() - now()), ANY,
          Promise.promise()));
    open();
    tick();
  }

  private void open() {
    hub().here(config.store().get().compose(made -> made.newest().map(newest -> {
      lastStored = newest;
      return made;
    }).onFailure(failure -> made.close()))).onComplete(made -> {
      if (made.failed()) {
        notOpened(made.cause());
        return;
      }
      if (closing) {
        made.result().close().onComplete(done -> closed.tryComplete());
        return;
      }
      store = made.result();
      seen(lastStored);
      if (lastStored > 0) hub().switchOn(KIND, namespace());
      opened.complete(store);
      next();
    });
  }

  private void notOpened(Throwable cause) {
    if (cause instanceof LogUnavailableException && !closing) {
      if (!unavailable) log.warn("retained state not opened yet namespace={} reason={}", namespace(), cause.getMessage());
      unavailable = true;
      hub().schedule(RETRY_MILLIS, this::open);
      return;
    }
    if (!closing) log.error("retained state not opened namespace={} reason={}", namespace(), cause.getMessage());
    opened.fail(cause);
    LogUnavailableException never = new LogUnavailableException("the store of retained state could not be opened", cause);
    for (Change change; (change = waiting.poll()) != null; ) change.done.fail(never);
    closed.tryComplete();
  }

  /** From time to time: old rows go; then the whole of it, if no instance has the namespace. */
  private void tick() {
    hub().schedule(SWEEP_MILLIS, () -> {
      if (closing) return;
      long before = now() - config.windowMillis;
      Future<Void> swept = store == null ? Future.succeededFuture() : store.sweep(before, lastStored)
          .onFailure(failure -> log.debug("retained state not swept namespace={} reason={}", namespace(), failure.getMessage()));
      hub().here(swept).onComplete(done -> {
        if (isIdle() && waiting.isEmpty() && !writing && !closing && removedAt < before) hub().drop(KIND, this, version);
        else tick();
      });
    });
  }

  // --- For its rooms

  boolean isDurable() {
    return config.store != null;
  }

  StateOptions options() {
    return config.options;
  }

  long windowMillis() {
    return config.windowMillis;
  }

  long now() {
    return hub().now();
  }

  long nextVersion() {
    return ++version;
  }

  void seen(long stored) {
    version = Math.max(version, stored);
  }

  Runnable schedule(long millis, Runnable task) {
    return hub().schedule(millis, task);
  }

  void release(RetainedRoom room) {
    dropIfUnused(room);
  }

  Future<List<StateStore.Row>> read(String room) {
    return opened.future().compose(open -> hub().here(open.read(room)));
  }

  RetainedEntry entry(StateStore.Row row) {
    boolean expired = row.expiresAt() > 0 && row.expiresAt() <= now();
    JsonArray event = expired ? null : row.content();
    return new RetainedEntry(row.room(), row.key(), row.version(), row.version(), event, event == null ? 0 : bytes(row.key(), event),
        expired ? 0 : row.expiresAt(), expired ? row.expiresAt() : row.at());
  }

  private static int bytes(String key, JsonArray event) {
    return key.getBytes(StandardCharsets.UTF_8).length + Values.write(event).getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  protected RoomState<?, ?> make(String room) {
    RetainedRoom made = new RetainedRoom(this, room, !isDurable());
    if (isDurable()) load(made);
    return made;
  }

  private void load(RetainedRoom room) {
    room.load().onFailure(failure -> {
      if (!closing && !opened.future().failed()) hub().schedule(RETRY_MILLIS, () -> {
        if (find(room.room()) == room && !room.isLoaded()) load(room);
      });
    });
  }

  // --- Commands

  /**
   * Sets the value of a key.
   *
   * @param event the name, then the arguments; never changed afterwards
   * @param ttlMillis how long it is kept; 0 for ever
   * @param ifVersion the version that it replaces; 0 for none, {@link #ANY} for whatever is there
   * @param done the new version; fails with {@link VersionConflict}, {@link StateLimitException} or {@link LogUnavailableException}
   */
  public void put(String room, String key, JsonArray event, long ttlMillis, long ifVersion, Promise<Long> done) {
    hub().switchOn(KIND, namespace());
    take(new Change(room, key, event, ttlMillis, ifVersion, done));
  }

  /**
   * Removes a key.
   *
   * @param done the version of the removal; 0 when there was nothing to remove
   */
  public void remove(String room, String key, long ifVersion, Promise<Long> done) {
    take(new Change(room, key, null, 0, ifVersion, done));
  }

  /** Passes the value of a key. */
  public void get(String name, String key, Promise<Optional<RetainedValue>> found) {
    RetainedRoom room = pinned(name);
    (room.isLoaded() ? Future.<Void>succeededFuture() : room.load()).<Optional<RetainedValue>>map(loaded -> {
      RetainedEntry entry = room.find(key);
      return entry == null ? Optional.empty()
          : Optional.of(new RetainedValue(Arguments.name(entry.event()), Arguments.tail(entry.event()), entry.version()));
    }).onComplete(found).onComplete(done -> unpin(Set.of(room)));
  }

  /** Passes the values of all keys of a room, by key, in the order of their versions. */
  public void list(String name, Promise<Map<String, RetainedValue>> found) {
    RetainedRoom room = pinned(name);
    (room.isLoaded() ? Future.<Void>succeededFuture() : room.load()).<Map<String, RetainedValue>>map(loaded -> {
      Map<String, RetainedValue> values = new LinkedHashMap<>();
      for (RetainedEntry entry : room.values()) {
        if (!entry.isExpired(now()))
          values.put(entry.key(), new RetainedValue(Arguments.name(entry.event()), Arguments.tail(entry.event()), entry.version()));
      }
      return values;
    }).onComplete(found).onComplete(done -> unpin(Set.of(room)));
  }

  private void take(Change change) {
    if (closing || waiting.size() >= MOST_WAITING) {
      change.done.fail(new LogUnavailableException(closing ? "the hub is closing" : "too many changes wait for the store", null));
      return;
    }
    if (opened.future().failed()) {
      change.done.fail(new LogUnavailableException("the store of retained state could not be opened", opened.future().cause()));
      return;
    }
    waiting.add(change);
    if (!writing) next();
  }

  private void next() {
    while (!waiting.isEmpty() && !writing && (store != null || !isDurable())) {
      writing = true;
      List<Change> batch = new ArrayList<>(Math.min(BATCH, waiting.size()));
      while (batch.size() < BATCH && !waiting.isEmpty()) batch.add(waiting.poll());
      Set<RetainedRoom> rooms = new LinkedHashSet<>();
      for (Change change : batch) {
        RetainedRoom room = (RetainedRoom) room(change.room);
        if (rooms.add(room)) room.pin();
      }
      if (isDurable()) load(batch, rooms);
      else commit(batch, rooms);
    }
    if (closing && !writing) end();
  }

  private RetainedRoom pinned(String name) {
    RetainedRoom room = (RetainedRoom) room(name);
    room.pin();
    return room;
  }

  private void unpin(Set<RetainedRoom> rooms) {
    for (RetainedRoom room : rooms) {
      room.unpin();
      dropIfUnused(room);
    }
  }

  private void load(List<Change> batch, Set<RetainedRoom> rooms) {
    List<Future<Void>> loads = new ArrayList<>();
    for (RetainedRoom room : rooms) if (!room.isLoaded() || room.isStale()) loads.add(room.load());
    if (loads.isEmpty()) commit(batch, rooms);
    else Future.all(loads).onComplete(loaded -> {
      if (loaded.succeeded()) commit(batch, rooms);
      else unavailable(batch, rooms, loaded.cause());
    });
  }

  private void commit(List<Change> batch, Set<RetainedRoom> rooms) {
    Map<RetainedRoom, RetainedRoom.Draft> drafts = new LinkedHashMap<>();
    List<Accepted> accepted = new ArrayList<>(batch.size());
    for (Change change : batch) {
      RetainedRoom room = (RetainedRoom) room(change.room);
      RetainedRoom.Draft draft = drafts.computeIfAbsent(room, name -> {
        room.expire();
        return new RetainedRoom.Draft(room);
      });
      try {
        RetainedEntry entry = decide(change, draft);
        if (entry == null) change.done.complete(0L);
        else accepted.add(new Accepted(change, room, entry));
      } catch (VersionConflict | StateLimitException refused) {
        change.done.fail(refused);
      }
    }
    if (!isDurable() || accepted.isEmpty()) settle(accepted, rooms);
    else store(drafts, accepted, rooms);
  }

  /** What the change makes of its key; null when it removes nothing. */
  private @Nullable RetainedEntry decide(Change change, RetainedRoom.Draft draft) {
    RetainedEntry former = draft.find(change.key);
    long present = former == null ? 0 : former.version();
    if (change.ifVersion != ANY && change.ifVersion != present) throw new VersionConflict(change.key, change.ifVersion, present);
    if (change.event == null && former == null) return null;
    RetainedEntry next;
    if (change.event == null) next = former.removed(nextVersion(), version, now());
    else {
      int bytes = bytes(change.key, change.event);
      check(change, draft, former, bytes);
      next = new RetainedEntry(change.room, change.key, nextVersion(), version, change.event, bytes,
          change.ttlMillis == 0 ? 0 : now() + Math.min(change.ttlMillis, MOST_TTL_MILLIS), now());
    }
    draft.put(former, next);
    return next;
  }

  private void check(Change change, RetainedRoom.Draft draft, @Nullable RetainedEntry former, int bytes) {
    StateOptions limits = config.options;
    if (bytes > limits.maxValueBytes())
      throw new StateLimitException("the value of key \"" + change.key + "\" has " + bytes + " bytes; allowed: " + limits.maxValueBytes());
    if (former == null && draft.keys() >= limits.maxKeys())
      throw new StateLimitException("key \"" + change.key + "\" is one more than a room may have; allowed: " + limits.maxKeys());
    long all = draft.bytes() + bytes - (former == null ? 0 : former.bytes());
    if (all > limits.maxRoomBytes())
      throw new StateLimitException("with key \"" + change.key + "\" its room has " + all + " bytes; allowed: " + limits.maxRoomBytes());
  }

  private void store(Map<RetainedRoom, RetainedRoom.Draft> drafts, List<Accepted> accepted, Set<RetainedRoom> rooms) {
    List<StateStore.Write> writes = new ArrayList<>();
    // Of several changes of a key the last one is stored.
    drafts.forEach((room, draft) -> draft.changed().values().forEach(entry -> writes.add(new StateStore.Write(new StateStore.Row(
        entry.room(), entry.key(), entry.version(), hub().epoch(), entry.event(), entry.expiresAt(), entry.at()),
        room.stored(entry.key())))));
    hub().here(write(writes)).onComplete(written -> {
      if (written.succeeded() && written.result()) {
        if (unavailable) log.info("retained state available again namespace={}", namespace());
        unavailable = false;
        for (StateStore.Write write : writes) {
          lastStored = Math.max(lastStored, write.row().version());
          if (write.row().content() == null) removedAt = write.row().at();
        }
        settle(accepted, rooms);
      } else if (written.succeeded()) conflict(accepted, rooms);
      else unavailable(accepted.stream().map(Accepted::change).toList(), rooms, written.cause());
    });
  }

  private Future<Boolean> write(List<StateStore.Write> writes) {
    try {
      return store.write(writes);
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  private void settle(List<Accepted> accepted, Set<RetainedRoom> rooms) {
    for (Accepted one : accepted) one.room.settle(one.entry);
    // After all of them: whoever has sent one gets it before the answer.
    for (Accepted one : accepted) one.change.done.complete(one.entry.version());
    written(rooms);
  }

  private void written(Set<RetainedRoom> rooms) {
    writing = false;
    unpin(rooms);
    next();
  }

  /** It is not known what was written: callers try again, the rooms are read again. */
  private void unavailable(List<Change> batch, Set<RetainedRoom> rooms, Throwable cause) {
    if (!unavailable)
      log.warn("retained state unavailable namespace={} changes={} reason={}", namespace(), batch.size(), cause.getMessage());
    unavailable = true;
    rooms.forEach(RetainedRoom::distrust);
    LogUnavailableException failure = new LogUnavailableException("the store of retained state is unavailable", cause);
    for (Change change : batch) change.done.fail(failure);
    written(rooms);
  }

  /** Another process writes too. What of the batch was stored is known by its writer, the rest is decided again. */
  private void conflict(List<Accepted> accepted, Set<RetainedRoom> rooms) {
    List<Future<Void>> loads = rooms.stream().map(RetainedRoom::load).toList();
    Future.all(loads).onComplete(loaded -> {
      if (loaded.failed()) {
        unavailable(accepted.stream().map(Accepted::change).toList(), rooms, loaded.cause());
        return;
      }
      Map<String, Long> last = new LinkedHashMap<>();
      for (Accepted one : accepted) last.put(one.change.room + '\0' + one.change.key, one.entry.version());
      List<Change> again = new ArrayList<>();
      for (Accepted one : accepted) {
        long stored = one.room.stored(one.change.key);
        if (stored == last.get(one.change.room + '\0' + one.change.key)) one.change.done.complete(one.entry.version());
        else if (++one.change.attempts < ATTEMPTS) again.add(one.change);
        else one.change.done.fail(new LogUnavailableException("key \"" + one.change.key + "\" is changed by others all the time", null));
      }
      for (int i = again.size() - 1; i >= 0; i--) waiting.addFirst(again.get(i));
      written(rooms);
    });
  }

  // --- The end

  @Override
  protected Future<Void> close() {
    closing = true;
    if (!writing) end();
    return closed.future();
  }

  private void end() {
    for (Change change; (change = waiting.poll()) != null; )
      change.done.fail(new LogUnavailableException("the hub is closing", null));
    if (ended) return;
    ended = true;
    if (store != null) hub().here(store.close()).onComplete(done -> closed.tryComplete());
    else if (!isDurable() || opened.future().isComplete()) closed.tryComplete();
  }
}
