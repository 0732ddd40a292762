package dev.magpie.chat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Stores messages in one order for all clients, and delivers each before its future completes. After a failure other than {@link ChatError}
 * it is unknown whether the change was stored, and the request may be repeated. Owned by one gateway, used on its context.
 */
interface ChatLog {

  /** Succeeds with the message's number. A repeated {@code cid} stores and sends nothing, and succeeds with the first number. */
  Future<Long> append(String room, String cid, String from, String uid, String text);

  /** The number of the message with this cid; a pending write is awaited. */
  Future<Optional<Long>> original(String cid);

  /** The messages nearest to the boundary, in ascending order; {@link Boundary#NEWEST} is the end of the log. */
  Future<Page> page(String room, Boundary boundary, int limit);

  /**
   * Changes a message, and sends the room this event.
   *
   * @param change returns the changed message, or throws a {@link ChatError} if it may not be changed
   * @return fails with {@link ChatError.Code#NOT_FOUND} if there is no such message
   */
  Future<ChatMessage> change(String room, long seq, String event, UnaryOperator<ChatMessage> change);

  /** The author; fails with {@link ChatError.Code#NOT_FOUND} if there is no such message. */
  Future<String> author(String room, long seq);

  /** Erases everything that this author wrote in any room; succeeds with the number of erased messages and changes. */
  Future<Integer> purge(String uid);

  /** The number of the last event that was delivered to this gateway's clients; 0 if there is none. */
  Future<Long> head();

  /** Stores a note of {@link ChatState}, which no client gets. */
  Future<Void> note(JsonObject note);

  /** The notes of at least the last day, in ascending order. */
  Future<List<Note>> notes();

  /** @param more whether there are more messages in the requested direction */
  record Page(List<ChatMessage> messages, boolean more) {}

  /** @param before whether older messages are requested, otherwise newer ones */
  record Boundary(long seq, boolean before) {
    static final Boundary NEWEST = new Boundary(Long.MAX_VALUE, true);
  }

  /** @param at milliseconds since 1970 */
  record Note(JsonObject content, long at) {}
}
