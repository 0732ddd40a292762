package dev.magpie.core;

import dev.magpie.log.Appended;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.log.LoggedEvent;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.RoomNames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The log of a namespace with recovery, for its application: appends events, which are delivered once they are safe, and reads, changes and
 * erases the history. May be used from any thread; futures complete on the instance's context, and fail with {@link
 * LogUnavailableException} while the store cannot be reached.
 *
 * <pre>{@code
 * NamespaceLog log = io.of("/chat").recoverable(Recovery.DURABLE).log();
 * log.append(LogEntry.to(room).cid(cid).by(user).numbered("seq").event("message", message))
 *     .onSuccess(appended -> ack.send(ok(appended.seq())));   // a failure is temporary: without an answer the client retries
 * }</pre>
 */
public final class NamespaceLog {
  /** Maximum number of events in a page, whatever limit is asked for. */
  public static final int MAX_PAGE = 200;

  private final NamespaceRecovery recovery;
  private final Consumer<JsonArray> check;

  /** @param check throws for an event that is to be sent and that its contract does not allow */
  NamespaceLog(NamespaceRecovery recovery, Consumer<JsonArray> check) {
    this.recovery = recovery;
    this.check = check;
  }

  /**
   * Appends an event and, once it is safe, sends it to its clients. An event with a cid that is in the log already, or on its way there, is
   * not appended again: the result is that of the original.
   *
   * @return succeeds once the event is stored and has been sent to this process's clients; fails with {@link LogUnavailableException} if
   *     it is unknown whether it is stored
   * @throws IllegalArgumentException for a room's name that starts with U+0000
   */
  public Future<Appended> append(LogEntry entry) {
    if (entry.event() != null) check.accept(entry.event());
    RoomNames.check(entry.rooms());
    RoomNames.check(entry.except());
    return recovery.append(entry);
  }

  /**
   * The newest events of a room with a number below this one, by rising number.
   *
   * @param seq {@link Long#MAX_VALUE} for the newest of all
   * @param limit at most {@link #MAX_PAGE}
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public Future<EventLog.Page> before(String room, long seq, int limit) {
    RoomNames.checked(room);
    return ask(log -> log.pageBefore(room, seq, bounded(limit)));
  }

  /**
   * The oldest events of a room with a number above this one, by rising number.
   *
   * @param seq 0 for the oldest of all
   * @param limit at most {@link #MAX_PAGE}
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public Future<EventLog.Page> after(String room, long seq, int limit) {
    RoomNames.checked(room);
    return ask(log -> log.pageAfter(room, seq, bounded(limit)));
  }

  /**
   * The oldest events of the log with a number above this one, by rising number: those of all rooms, or of one. Also events that are no
   * part of a room's history; without erased ones.
   *
   * @param room null for all
   * @param seq 0 for the oldest of all
   * @param limit at most {@link #MAX_PAGE}
   * @throws IllegalArgumentException for a name that starts with U+0000
   */
  public Future<EventLog.Page> kept(@Nullable String room, long seq, int limit) {
    if (room != null) RoomNames.checked(room);
    int size = bounded(limit);
    return ask(log -> log.extent().compose(extent -> kept(log, room, seq, extent.head(), size, new ArrayList<>())));
  }

  /** Until the page is full: a part of what is read may be erased. */
  private static Future<EventLog.Page> kept(EventLog log, @Nullable String room, long seq, long head, int size, List<LoggedEvent> found) {
    Future<List<LoggedEvent>> read = room == null ? log.read(seq, head, size + 1) : log.read(Map.of(room, 0L), seq, head, size + 1);
    return read.compose(events -> {
      for (LoggedEvent event : events) {
        if (event.isErased()) continue;
        if (found.size() == size) return Future.succeededFuture(new EventLog.Page(found, true));
        found.add(event);
      }
      if (events.size() <= size) return Future.succeededFuture(new EventLog.Page(found, false));
      return kept(log, room, events.get(events.size() - 1).seq(), head, size, found);
    });
  }

  /** The numbers of the events that are in the log now. */
  public Future<EventLog.Extent> extent() {
    return ask(EventLog::extent);
  }

  /** The id of the log, which offsets begin with: see {@link EventLog#epoch}. */
  public Future<String> epoch() {
    return ask(log -> Future.succeededFuture(log.epoch()));
  }

  /** The event that was appended with this cid, if any; one that is on its way is awaited. */
  public Future<Optional<LoggedEvent>> original(String cid) {
    return recovery.opened().compose(open -> recovery.original(cid));
  }

  /** The event of this number; empty when there is none, or when it was erased or trimmed. */
  public Future<Optional<LoggedEvent>> find(long seq) {
    return ask(log -> log.find(seq));
  }

  /** The number of the event that this instance has delivered last; 0 if none. */
  public Future<Long> head() {
    Promise<Long> head = recovery.loop().promise();
    recovery.opened().onComplete(open -> recovery.loop().run(() -> {
      if (open.succeeded()) head.complete(recovery.delivered());
      else head.fail(open.cause());
    }));
    return head.future();
  }

  /**
   * Replaces name and arguments of an event, in the history and for clients that recover later. Sends nothing to connected clients.
   *
   * @return false when there is no such event
   * @throws IllegalArgumentException as {@link Socket#emit}
   */
  public Future<Boolean> replace(long seq, String event, @Nullable Object... args) {
    JsonArray content = Arguments.shared(recovery.loop().values(), event, args);
    return ask(log -> log.replace(seq, content));
  }

  /**
   * Erases an event from the history and for clients that recover later. Sends nothing to connected clients.
   *
   * @return false when there is no such event
   */
  public Future<Boolean> erase(long seq) {
    return ask(log -> log.erase(seq));
  }

  /**
   * Erases all events of this user, from the history and for clients that recover later. Their numbers and cids stay, so that a retry does
   * not append them again. Sends nothing to connected clients.
   *
   * @return the numbers of the erased events
   */
  public Future<List<Long>> eraseAll(String uid) {
    return ask(log -> log.eraseAll(uid));
  }

  private static int bounded(int limit) {
    return Math.max(1, Math.min(MAX_PAGE, limit));
  }

  private <T> Future<T> ask(Function<EventLog, Future<T>> question) {
    Promise<T> answer = recovery.loop().promise();
    recovery.opened().compose(open -> question.apply(recovery.events())).onComplete(answer);
    return answer.future();
  }
}
