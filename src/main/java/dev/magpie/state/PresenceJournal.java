package dev.magpie.state;

import dev.magpie.log.LogUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of a durable namespace's rooms in its store, for the time after a restart. Nobody waits for a write: what has changed while
 * one runs is in the next, and a crash loses at most that. Owned by a {@link PresenceSpace}, used on its hub's executor.
 */
final class PresenceJournal {
  private static final Logger log = LoggerFactory.getLogger(PresenceJournal.class);

  /** The room of the store that has the members of all rooms. */
  private static final String ALL = "members";

  /** Maximum number of rows in a write. */
  private static final int BATCH = 500;

  /** Maximum number of changes that wait for the store; further ones are not stored. */
  private static final int MOST_WAITING = 100_000;

  private static final long RETRY_MILLIS = 1_000;
  private static final long SWEEP_MILLIS = 60_000;

  /** @param removedAt in milliseconds since 1970; 0 for a member who is there */
  private record Stored(long version, long removedAt) {}

  /** @param content the room, the key and the description; null for a member who has left */
  private record Change(@Nullable JsonArray content) {}

  private final Hub hub;
  private final String namespace;
  private final Supplier<Future<StateStore>> opener;
  private final BiConsumer<String, PresenceMember> restored;
  private final Runnable settled;
  private final Promise<Void> closed = Promise.promise();

  /** Null until it is open. */
  private @Nullable StateStore store;
  private final Map<String, Stored> rows = new HashMap<>();
  /** What is to be written, by place. */
  private final Map<String, Change> changed = new LinkedHashMap<>();
  private long version;
  /** Cancels the timer of the next {@link #sweep}; null for none. There is one while a row is of a member who has left. */
  private @Nullable Runnable timer;
  private boolean sweepDue;
  private boolean busy = true;
  private boolean read;
  private boolean warned;
  private boolean closing;
  private boolean ended;

  /**
   * The members of a namespace.
   *
   * @param restored is passed each member who is stored at the opening, with the room
   * @param settled is run when all that has changed is written
   */
  PresenceJournal(Hub hub, String namespace, Supplier<Future<StateStore>> opener, BiConsumer<String, PresenceMember> restored,
      Runnable settled) {
    this.hub = hub;
    this.namespace = namespace;
    this.opener = opener;
    this.restored = restored;
    this.settled = settled;
  }

  void open() {
    here(opener).onComplete(opened -> {
      if (opened.succeeded()) {
        store = opened.result();
        read();
      } else if (!closing && opened.cause() instanceof LogUnavailableException) {
        unavailable("opened", opened.cause());
        hub.schedule(RETRY_MILLIS, this::open);
      } else {
        if (!closing) log.error("presence not durable namespace={} reason={}", namespace, opened.cause().getMessage());
        end();
      }
    });
  }

  /** The member is present, or described anew. */
  void put(String room, PresenceMember member) {
    change(room, member.key(), new Change(new JsonArray(List.of(room, member.key(), member.description()))));
  }

  void remove(String room, String key) {
    change(room, key, new Change(null));
  }

  /** Succeeds when the last write is done. */
  Future<Void> close() {
    closing = true;
    if (!busy) next();
    return closed.future();
  }

  private void change(String room, String key, Change change) {
    // The room's length comes first, so that no two members have the same place.
    String place = room.length() + ":" + room + ":" + key;
    if (ended || changed.size() >= MOST_WAITING && !changed.containsKey(place)) return;
    changed.put(place, change);
    if (!busy) next();
  }

  /** Reads what is stored: at the opening, and after a write of which it is not known what it has done. */
  private void read() {
    busy = true;
    here(() -> store.newest()).compose(newest -> {
      version = Math.max(version, newest);
      return here(() -> store.read(ALL));
    }).onComplete(found -> {
      if (found.succeeded()) {
        taken(found.result());
        next();
      } else retry("read", found.cause());
    });
  }

  private void taken(List<StateStore.Row> found) {
    boolean first = !read;
    read = true;
    rows.clear();
    for (StateStore.Row row : found) {
      version = Math.max(version, row.version());
      stored(row);
      JsonArray content = row.content();
      // A member who has come or left meanwhile is not as it was stored.
      if (first && content != null && !changed.containsKey(row.key()))
        restored.accept(content.getString(0), new PresenceMember(content.getString(1), content.getJsonObject(2)));
    }
  }

  private void stored(StateStore.Row row) {
    boolean removed = row.content() == null;
    rows.put(row.key(), new Stored(row.version(), removed ? row.at() : 0));
    if (removed) sweepLater();
  }

  private void next() {
    busy = false;
    if (store != null && !changed.isEmpty()) write();
    else if (closing) end();
    else if (store != null && sweepDue) sweep();
    else settled.run();
  }

  /** Whether nothing is stored, and nothing is to be; or nothing ever will be. */
  boolean isUnused() {
    return ended || read && !busy && changed.isEmpty() && rows.isEmpty();
  }

  private void write() {
    List<StateStore.Write> writes = new ArrayList<>();
    Map<String, Change> batch = new LinkedHashMap<>();
    for (Map.Entry<String, Change> each : changed.entrySet()) {
      if (writes.size() == BATCH) break;
      batch.put(each.getKey(), each.getValue());
      Stored before = rows.get(each.getKey());
      JsonArray content = each.getValue().content();
      if (content == null && (before == null || before.removedAt() > 0)) continue;
      writes.add(new StateStore.Write(new StateStore.Row(ALL, each.getKey(), ++version, hub.epoch(), content, 0, hub.now()),
          before == null ? 0 : before.version()));
    }
    changed.keySet().removeAll(batch.keySet());
    if (writes.isEmpty()) {
      next();
      return;
    }
    busy = true;
    here(() -> store.write(writes)).onComplete(written -> {
      if (written.succeeded() && written.result()) {
        for (StateStore.Write write : writes) stored(write.row());
        warned = false;
        next();
        return;
      }
      // What has changed since is newer.
      batch.forEach(changed::putIfAbsent);
      if (written.succeeded()) read();
      else retry("written", written.cause());
    });
  }

  private void sweepLater() {
    if (timer != null || closing) return;
    timer = hub.schedule(SWEEP_MILLIS + 1, () -> {
      timer = null;
      sweepDue = true;
      if (!busy) next();
    });
  }

  /** Rows of members who have left long ago go. */
  private void sweep() {
    sweepDue = false;
    long before = hub.now() - SWEEP_MILLIS;
    busy = true;
    here(() -> store.sweep(before, version + 1)).onComplete(swept -> {
      if (swept.succeeded()) {
        rows.values().removeIf(row -> row.removedAt() > 0 && row.removedAt() < before);
        if (rows.values().stream().anyMatch(row -> row.removedAt() > 0)) sweepLater();
        next();
      } else retry("swept", swept.cause());
    });
  }

  /** After a failure: reads again, since it is not known what was done. */
  private void retry(String what, Throwable cause) {
    if (closing) {
      end();
      return;
    }
    unavailable(what, cause);
    hub.schedule(RETRY_MILLIS, this::read);
  }

  private void unavailable(String what, Throwable cause) {
    if (!warned) log.warn("presence not {} namespace={} reason={}", what, namespace, cause.getMessage());
    warned = true;
  }

  private void end() {
    ended = true;
    changed.clear();
    if (timer != null) timer.run();
    if (store == null) closed.tryComplete();
    else here(() -> store.close()).onComplete(done -> closed.tryComplete());
  }

  private <T> Future<T> here(Supplier<Future<T>> question) {
    return hub.here(Future.succeededFuture().compose(now -> question.get()));
  }
}
