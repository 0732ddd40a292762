package dev.magpie.chat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Stores messages in one order for all clients, and delivers each before its future completes. A failure other than {@link ChatError}
 * leaves open whether the change was stored; the same request may be repeated. Owned by one gateway, used on its context.
 */
interface ChatLog {

  /** Succeeds with the message's number. A repeated {@code cid} stores and sends nothing, and succeeds with the first number. */
  Future<Long> append(String room, String cid, String from, String uid, String text);

  /** The number of the message with this cid; a pending write is awaited. */
  Future<Optional<Long>> original(String cid);

  /** The messages nearest to the boundary, in ascending order; {@link Boundary#NEWEST} is the end of the log. */
  Future<Page> page(String room, Boundary boundary, int limit);

  /**
   * Changes a message, and tells the room by this event.
   *
   * @param change of the message as it is; it throws {@link ChatError} where it may not
   * @return fails with {@link ChatError.Code#NOT_FOUND} when there is no such message
   */
  Future<ChatMessage> change(String room, long seq, String event, UnaryOperator<ChatMessage> change);

  /** The author; fails with {@link ChatError.Code#NOT_FOUND} when there is no such message. */
  Future<String> author(String room, long seq);

  /** Erases everything that this author wrote in any room; succeeds with the number of erased messages and changes. */
  Future<Integer> purge(String uid);

  /** The number of the last event that was delivered to this gateway's clients; 0 if there is none. */
  Future<Long> head();

  /** Stores a note of {@link ChatHouse} that no client receives. */
  Future<Void> note(JsonObject note);

  /** The notes of somewhat more than the last day, in ascending order. */
  Future<List<Note>> notes();

  /** @param more whether there are more in the direction that was asked for */
  record Page(List<ChatMessage> messages, boolean more) {}

  /** @param before whether older messages are asked for, or newer ones */
  record Boundary(long seq, boolean before) {
    static final Boundary NEWEST = new Boundary(Long.MAX_VALUE, true);
  }

  /** @param at milliseconds since 1970 */
  record Note(JsonObject content, long at) {}
}
