package dev.magpie.state;

import dev.magpie.Internal;
import dev.magpie.log.LogUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of one namespace: texts that grow, published in chunks. In a durable namespace a text is stored from time to time while it
 * grows, and once more when it ends: publishing does not wait for that. Owned by the {@link Hub}, used on its executor.
 */
@Internal
public final class StreamSpace extends Space {
  private static final Logger log = LoggerFactory.getLogger(StreamSpace.class);

  /** Streams. */
  public static final Kind<StreamSpace> KIND = new Kind<>("streams", StreamSpace::new);

  /** Between two writes of texts that grow. */
  private static final long STORE_MILLIS = 500;

  private static final long RETRY_MILLIS = 1_000;
  private static final long SWEEP_MILLIS = 60_000;

  /** Writes of which one finds another version than it replaces, one after the other; then the store is given time. */
  private static final int ATTEMPTS = 5;

  private StreamLimits limits = StreamLimits.of(StateOptions.DEFAULT, null);
  private boolean configured;

  // Of a durable namespace.
  private @Nullable StateStore store;
  private long version;
  private long lastStored;
  /** Texts that are not stored as they are, with their rooms. */
  private final Map<StreamRoom.Stream, String> unstored = new LinkedHashMap<>();
  private boolean writing;
  private boolean unavailable;
  /** Why the store will never be there; null while it is, or may be. */
  private @Nullable LogUnavailableException broken;
  private int conflicts;
  private boolean closing;
  private final Promise<Void> closed = Promise.promise();
  /** Cancels the timer of the next write; null for none. */
  private @Nullable Runnable timer;

  private StreamSpace(Hub hub, String namespace) {
    super(hub, namespace);
  }

  /** Says how its streams are kept; the first of the instances is believed. */
  public void configure(StreamLimits chosen) {
    if (configured) return;
    configured = true;
    limits = chosen;
    if (!isDurable()) return;
    open();
    tick();
  }

  // --- Commands

  /**
   * Appends to a text, which begins with the first.
   *
   * @param instance which aborts the stream when it ends
   * @param done fails with {@link IllegalStateException} for a stream that has ended, and with {@link StateLimitException}
   */
  public void append(String instance, String room, String id, String event, String text, Promise<Void> done) {
    hub().switchOn(KIND, namespace());
    StreamRoom streams = (StreamRoom) room(room);
    streams.append(instance, id, event, text, done);
    dropIfUnused(streams);
  }

  /** Completes a text. @param done in a durable namespace once it is stored */
  public void end(String instance, String room, String id, String event, Promise<Void> done) {
    end(instance, room, id, event, StreamEnd.DONE, done);
  }

  /** The text stays as it is. @param done in a durable namespace once it is stored */
  public void abort(String instance, String room, String id, String event, Promise<Void> done) {
    end(instance, room, id, event, StreamEnd.ABORTED, done);
  }

  private void end(String instance, String room, String id, String event, StreamEnd end, Promise<Void> done) {
    hub().switchOn(KIND, namespace());
    StreamRoom streams = (StreamRoom) room(room);
    streams.end(instance, id, event, end, done);
    dropIfUnused(streams);
  }

  // --- For its rooms

  StreamLimits limits() {
    return limits;
  }

  boolean isDurable() {
    return limits.store() != null;
  }

  long now() {
    return hub().now();
  }

  long lifetime(StreamRoom.Stream stream) {
    return stream.hasEnded() ? limits.keepMillis() : limits.idleMillis();
  }

  void later(Runnable task) {
    hub().execute(task);
  }

  Runnable schedule(long millis, Runnable task) {
    return hub().schedule(millis, task);
  }

  void release(StreamRoom room) {
    dropIfUnused(room);
  }

  @Override
  protected RoomState<?, ?> make(String room) {
    StreamRoom made = new StreamRoom(this, room, !isDurable());
    if (isDurable()) load(made);
    return made;
  }

  /** Clients may choose the names of namespaces. Of a durable one see {@link #tick}. */
  @Override
  protected void emptied() {
    if (!isDurable()) hub().drop(KIND, this, 0);
  }

  // --- The store

  private void open() {
    hub().here(limits.store().get().compose(made -> made.newest().map(newest -> {
      version = newest;
      lastStored = newest;
      return made;
    }).onFailure(failure -> made.close()))).onComplete(made -> {
      if (made.failed()) notOpened(made.cause());
      else if (closing) made.result().close().onComplete(done -> closed.tryComplete());
      else {
        store = made.result();
        if (lastStored > 0) hub().switchOn(KIND, namespace());
        for (RoomState<?, ?> room : rooms()) load((StreamRoom) room);
        write();
      }
    });
  }

  private void notOpened(Throwable cause) {
    if (closing) closed.tryComplete();
    else if (cause instanceof LogUnavailableException) hub().schedule(RETRY_MILLIS, this::open);
    else {
      log.error("streams are not stored namespace={} reason={}", namespace(), cause.getMessage());
      broken = new LogUnavailableException("the store of streams could not be opened", cause);
    }
    failWaiting(cause);
    if (broken != null) unstored.clear();
  }

  /** Without the store its streams are those that begin now. */
  private Future<?> load(StreamRoom room) {
    if (store == null) {
      if (unavailable) room.restore(List.of());
      return Future.succeededFuture();
    }
    return hub().here(store.read(room.room())).onComplete(rows -> {
      if (find(room.room()) != room) return;
      room.restore(rows.succeeded() ? restored(rows.result()) : List.of());
      if (rows.failed() && !closing) hub().schedule(RETRY_MILLIS, () -> {
        if (find(room.room()) == room) load(room);
      });
      dropIfUnused(room);
    });
  }

  private List<StreamRoom.Stream> restored(List<StateStore.Row> rows) {
    List<StreamRoom.Stream> streams = new ArrayList<>();
    for (StateStore.Row row : rows) {
      JsonArray content = row.content();
      if (content == null) continue;
      StreamRoom.Stream stream = new StreamRoom.Stream(row.key(), content.getString(0));
      stream.text.append(content.getString(1));
      stream.end = StreamEnd.valueOf(content.getString(2));
      stream.activeAt = row.at();
      stream.stored = row.version();
      stream.over = row.expiresAt() <= now();
      streams.add(stream);
    }
    return streams;
  }

  /** The text has grown or ended: it is stored soon. */
  void store(StreamRoom room, StreamRoom.Stream stream) {
    if (!isDurable()) return;
    if (broken != null) {
      fail(stream, broken);
      return;
    }
    unstored.put(stream, room.room());
    if (stream.hasEnded()) write();
    else writeLater(STORE_MILLIS);
  }

  private void writeLater(long millis) {
    if (timer == null) timer = hub().schedule(millis, () -> {
      timer = null;
      write();
    });
  }

  private void write() {
    if (writing || store == null || unstored.isEmpty()) return;
    writing = true;
    Map<StreamRoom.Stream, String> batch = new LinkedHashMap<>(unstored);
    unstored.clear();
    List<StateStore.Write> writes = new ArrayList<>();
    Map<StreamRoom.Stream, List<Promise<Void>>> waiting = new LinkedHashMap<>();
    batch.forEach((stream, room) -> {
      waiting.put(stream, new ArrayList<>(stream.storing));
      stream.storing.clear();
      writes.add(new StateStore.Write(row(room, stream), stream.stored));
    });
    hub().here(tried(writes)).onComplete(written -> {
      writing = false;
      if (written.succeeded() && written.result()) {
        unavailable = false;
        conflicts = 0;
        for (StateStore.Write write : writes) lastStored = Math.max(lastStored, write.row().version());
        int at = 0;
        for (StreamRoom.Stream stream : batch.keySet()) stream.stored = writes.get(at++).row().version();
        waiting.values().forEach(promises -> promises.forEach(Promise::tryComplete));
        if (unstored.keySet().stream().anyMatch(StreamRoom.Stream::hasEnded) || closing) write();
        else if (!unstored.isEmpty()) writeLater(STORE_MILLIS);
      } else if (written.succeeded() && !closing && ++conflicts < ATTEMPTS) writeAgain(batch, waiting);
      else notWritten(batch, waiting, written.cause());
      if (closing && !writing) end();
    });
  }

  private StateStore.Row row(String room, StreamRoom.Stream stream) {
    JsonArray content = new JsonArray().add(stream.event).add(stream.text.toString()).add(stream.end.name());
    long expiresAt = stream.activeAt + limits.keepMillis() + (stream.hasEnded() ? 0 : limits.idleMillis());
    return new StateStore.Row(room, stream.id, ++version, hub().epoch(), content, expiresAt, stream.activeAt);
  }

  private Future<Boolean> tried(List<StateStore.Write> writes) {
    try {
      return store.write(writes);
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  /** A row is there that was not known: of a text that was forgotten but not swept, or of another process. */
  private void writeAgain(Map<StreamRoom.Stream, String> batch, Map<StreamRoom.Stream, List<Promise<Void>>> waiting) {
    writing = true;
    waiting.forEach((stream, promises) -> stream.storing.addAll(promises));
    batch.forEach(unstored::putIfAbsent);
    Future.join(loadAgain(batch)).onComplete(loaded -> {
      writing = false;
      write();
      if (closing && !writing) end();
    });
  }

  /** Reads the versions that are stored now. A stream that was forgotten meanwhile is not written any more. */
  private List<Future<?>> loadAgain(Map<StreamRoom.Stream, String> batch) {
    Set<StreamRoom> rooms = new LinkedHashSet<>();
    batch.forEach((stream, name) -> {
      if (find(name) instanceof StreamRoom room && room.has(stream)) rooms.add(room);
      else {
        unstored.remove(stream);
        fail(stream, new LogUnavailableException("the stream was forgotten before it could be stored", null));
      }
    });
    List<Future<?>> loads = new ArrayList<>();
    for (StreamRoom room : rooms) loads.add(load(room));
    return loads;
  }

  private static void fail(StreamRoom.Stream stream, LogUnavailableException failure) {
    List<Promise<Void>> storing = List.copyOf(stream.storing);
    stream.storing.clear();
    storing.forEach(promise -> promise.tryFail(failure));
  }

  /** @param cause null where another process has written the same stream */
  private void notWritten(Map<StreamRoom.Stream, String> batch, Map<StreamRoom.Stream, List<Promise<Void>>> waiting,
      @Nullable Throwable cause) {
    if (!unavailable) log.warn("streams not stored namespace={} streams={} reason={}", namespace(), batch.size(),
        cause == null ? "another process has written them" : cause.getMessage());
    unavailable = true;
    LogUnavailableException failure = new LogUnavailableException("the store of streams is unavailable", cause);
    waiting.values().forEach(promises -> promises.forEach(promise -> promise.tryFail(failure)));
    if (closing) {
      unstored.clear();
      return;
    }
    batch.forEach(unstored::putIfAbsent);
    // Some may have been written.
    loadAgain(batch);
    writeLater(RETRY_MILLIS);
  }

  private void failWaiting(Throwable cause) {
    unavailable = true;
    LogUnavailableException failure = new LogUnavailableException("the store of streams is unavailable", cause);
    for (StreamRoom.Stream stream : unstored.keySet()) fail(stream, failure);
    for (RoomState<?, ?> room : rooms()) ((StreamRoom) room).restore(List.of());
  }

  /** From time to time: old rows go; then the whole of it, if no instance has the namespace. */
  private void tick() {
    hub().schedule(SWEEP_MILLIS, () -> {
      if (closing) return;
      Future<Void> swept = store == null ? Future.succeededFuture() : store.sweep(now(), lastStored)
          .onFailure(failure -> log.debug("streams not swept namespace={} reason={}", namespace(), failure.getMessage()));
      hub().here(swept).onComplete(done -> {
        if (isIdle() && unstored.isEmpty() && !writing && !closing) hub().drop(KIND, this, 0);
        else tick();
      });
    });
  }

  @Override
  protected Future<Void> close() {
    closing = true;
    // What is about to be published: texts that have just been aborted.
    for (RoomState<?, ?> room : rooms()) ((StreamRoom) room).publish();
    if (!isDurable() || store == null) closed.tryComplete();
    else if (!writing) {
      write();
      if (!writing) end();
    }
    return closed.future();
  }

  private void end() {
    if (!unstored.isEmpty() || closed.future().isComplete()) return;
    hub().here(store.close()).onComplete(done -> closed.tryComplete());
  }
}
