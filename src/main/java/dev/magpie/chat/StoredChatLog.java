package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import dev.magpie.core.Namespace;
import dev.magpie.core.NamespaceLog;
import dev.magpie.log.Appended;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LoggedEvent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Chat log in the log of the namespace: a message is the logged event {@code message}; a change replaces its content and is sent as an
 * event that is not part of the history. Owned by one {@link Chat}.
 */
final class StoredChatLog implements ChatLog {
  private static final String MESSAGE = "message";

  /** Room of the notes; clients cannot join it, since their rooms have no control characters. */
  private static final String NOTES = "\1house";

  private static final long NOTES_MILLIS = TimeUnit.DAYS.toMillis(1) + 2 * Names.NOTED_MILLIS;
  /** Notes read at once. */
  private static final int PAGE = 200;

  /** Most numbers of erased messages in one event. */
  private static final int MOST_PURGED = 1_000;

  private final Namespace chat;
  private final NamespaceLog log;

  StoredChatLog(Namespace chat) {
    this.chat = chat;
    this.log = chat.log();
  }

  @Override
  public Future<Long> append(String room, String cid, String from, String uid, String text) {
    ChatMessage message = new ChatMessage(room, 0, cid, from, uid, text, System.currentTimeMillis(), 0, false);
    return log.append(LogEntry.to(room).cid(cid).by(uid).numbered("seq").event(MESSAGE, message.toJson())).map(Appended::seq);
  }

  @Override
  public Future<Optional<Long>> original(String cid) {
    return log.original(cid).map(found -> found.map(LoggedEvent::seq));
  }

  @Override
  public Future<Page> page(String room, Boundary boundary, int limit) {
    Future<EventLog.Page> page = boundary.before() ? log.before(room, boundary.seq(), limit) : log.after(room, boundary.seq(), limit);
    return page.map(found -> new Page(found.events().stream().filter(StoredChatLog::isMessage).map(StoredChatLog::message).toList(),
        found.more()));
  }

  private static boolean isMessage(LoggedEvent event) {
    return MESSAGE.equals(event.event().getValue(0)) && event.rooms().size() == 1;
  }

  private static ChatMessage message(LoggedEvent event) {
    return ChatMessage.of(event.args().getJsonObject(0), event.uid());
  }

  @Override
  public Future<ChatMessage> change(String room, long seq, String event, UnaryOperator<ChatMessage> change) {
    return find(room, seq).compose(message -> {
      ChatMessage changed = change.apply(message);
      return log.replace(seq, MESSAGE, changed.toJson())
          .compose(there -> there ? Future.succeededFuture() : noSuchMessage())
          // Earlier change events contain the erased text, so they are erased too.
          .compose(replaced -> changed.deleted() ? forget(changed) : Future.succeededFuture())
          .compose(ready -> log.append(LogEntry.to(room).by(message.uid()).inPassing().once(told(changed)).event(event, changed.toJson())))
          .map(changed);
    });
  }

  private Future<ChatMessage> find(String room, long seq) {
    return log.find(seq).compose(found -> {
      if (found.isEmpty() || !isMessage(found.get()) || !found.get().rooms().get(0).equals(room)) return noSuchMessage();
      return Future.succeededFuture(message(found.get()));
    });
  }

  private static <T> Future<T> noSuchMessage() {
    return ChatError.future(Code.NOT_FOUND, "there is no such message");
  }

  private static String told(ChatMessage message) {
    return message.seq() + (message.deleted() ? " deleted" : " edited " + message.revision());
  }

  private Future<Void> forget(ChatMessage message) {
    List<Future<?>> forgotten = new ArrayList<>();
    for (int revision = 1; revision <= message.revision(); revision++) {
      forgotten.add(log.original(LogEntry.cidOf(message.seq() + " edited " + revision))
          .compose(told -> told.isEmpty() ? Future.succeededFuture() : log.erase(told.get().seq())));
    }
    return Future.all(forgotten).mapEmpty();
  }

  @Override
  public Future<String> author(String room, long seq) {
    return find(room, seq).map(ChatMessage::uid);
  }

  @Override
  public Future<Integer> purge(String uid) {
    return log.eraseAll(uid).map(seqs -> {
      for (int i = 0; i < seqs.size(); i += MOST_PURGED) {
        chat.emit("purged", new JsonObject().put("seqs", new JsonArray(seqs.subList(i, Math.min(seqs.size(), i + MOST_PURGED)))));
      }
      return seqs.size();
    });
  }

  @Override
  public Future<Long> head() {
    return log.head();
  }

  @Override
  public Future<Void> note(JsonObject note) {
    return log.append(LogEntry.to(NOTES).event("note", note)).mapEmpty();
  }

  @Override
  public Future<List<Note>> notes() {
    return notes(Long.MAX_VALUE, System.currentTimeMillis() - NOTES_MILLIS, new ArrayList<>());
  }

  private Future<List<Note>> notes(long before, long since, List<Note> newestFirst) {
    return log.before(NOTES, before, PAGE).compose(page -> {
      List<LoggedEvent> events = page.events();
      for (int i = events.size() - 1; i >= 0; i--) {
        if (events.get(i).at() >= since) newestFirst.add(new Note(events.get(i).args().getJsonObject(0), events.get(i).at()));
      }
      if (page.more() && !events.isEmpty() && events.get(0).at() >= since) return notes(events.get(0).seq(), since, newestFirst);
      Collections.reverse(newestFirst);
      return Future.succeededFuture(newestFirst);
    });
  }
}
