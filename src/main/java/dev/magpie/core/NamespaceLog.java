package dev.magpie.core;

import dev.magpie.log.Appended;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.log.LoggedEvent;
import dev.magpie.protocol.Arguments;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The log of a namespace that recovers, as its application uses it: what it appends is delivered to the clients once it is safe, and its
 * history is read here. May be used from any thread; futures complete on the instance's context.
 *
 * <pre>{@code
 * NamespaceLog log = io.of("/chat").recoverable(Recovery.DURABLE).log();
 * log.append(LogEntry.to(room).cid(cid).by(user).numbered("seq").event("message", message))
 *     .onSuccess(appended -> ack.send(ok(appended.seq())));   // a failure is temporary: say nothing, the client tries again
 * }</pre>
 */
public final class NamespaceLog {
  /** A page is not longer, whatever is asked for. */
  public static final int MAX_PAGE = 200;

  private final NamespaceRecovery recovery;

  NamespaceLog(NamespaceRecovery recovery) {
    this.recovery = recovery;
  }

  /**
   * Appends an event; once it is safe, all its clients are sent it. One with a cid that is there already, or on its way, is not appended
   * again: the result is the original's.
   *
   * @return succeeds when the event is safe and this process's clients were sent it; fails with {@link LogUnavailableException} when that
   *     is not known
   */
  public Future<Appended> append(LogEntry entry) {
    return recovery.append(entry);
  }

  /** The newest events of a room before this number; {@link Long#MAX_VALUE} for the newest of all. */
  public Future<EventLog.Page> before(String room, long seq, int limit) {
    return ask(log -> log.pageBefore(room, seq, bounded(limit)));
  }

  /** The oldest events of a room after this number; 0 for the oldest of all. */
  public Future<EventLog.Page> after(String room, long seq, int limit) {
    return ask(log -> log.pageAfter(room, seq, bounded(limit)));
  }

  /** What was appended by this cid, if anything was; what is on its way is waited for. */
  public Future<Optional<LoggedEvent>> original(String cid) {
    return recovery.opened().compose(open -> recovery.original(cid));
  }

  /** Empty when there is none of this number, or no more. */
  public Future<Optional<LoggedEvent>> find(long seq) {
    return ask(log -> log.find(seq));
  }

  /** The number of what the clients of this instance have been told last; 0 when nothing. */
  public Future<Long> head() {
    Promise<Long> head = recovery.loop().promise();
    recovery.opened().onComplete(open -> recovery.loop().run(() -> {
      if (open.succeeded()) head.complete(recovery.delivered());
      else head.fail(open.cause());
    }));
    return head.future();
  }

  /** Gives an event another content, name and arguments, in its place: in the history and for those who are away. Tells nobody. */
  public Future<Boolean> replace(long seq, String event, Object... args) {
    JsonArray content = Arguments.shared(event, args);
    return ask(log -> log.replace(seq, content));
  }

  /** Erases an event from the history, and for those who are away. Tells nobody. */
  public Future<Boolean> erase(long seq) {
    return ask(log -> log.erase(seq));
  }

  /**
   * Erases everything that this person said, from the history and for those who are away; succeeds with the numbers of what it was. Its
   * numbers and cids stay, so that a retry brings nothing back. Tells nobody.
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
