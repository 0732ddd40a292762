package dev.magpie.chat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Keeps what was said, in one order for all, and tells it to the room before it says so to who asked. A future that fails otherwise than by
 * a {@link ChatRefusal} says that it is not known whether it was done; the same may be asked again. Of one gateway, used on its context.
 */
interface ChatLog {

  /** Succeeds with the message's place. The same {@code cid} once more takes nothing in and tells nobody: the answer is the first one's. */
  Future<Long> append(String room, String cid, String from, String uid, String text);

  /** The place of what was said by this cid; what is on its way is waited for. */
  Future<Optional<Long>> original(String cid);

  /** Those nearest to the boundary, the oldest first; {@link Boundary#NEWEST} for the end of the log. */
  Future<Page> page(String room, Boundary boundary, int limit);

  /**
   * Changes a message, and tells the room by this event.
   *
   * @param change of the message as it is; it throws {@link ChatRefusal} where it may not
   * @return fails with {@link ChatRefusal.Code#NOT_FOUND} when there is no such message
   */
  Future<Said> change(String room, long seq, String event, UnaryOperator<Said> change);

  /** Who said it; fails with {@link ChatRefusal.Code#NOT_FOUND} when there is no such message. */
  Future<String> author(String room, long seq);

  /** Erases all that this person said, in whatever room, for good; succeeds with how many messages and changes that were. */
  Future<Integer> purge(String uid);

  /** The place up to which this gateway's clients were told everything; 0 when there is nothing. */
  Future<Long> head();

  /** Keeps a note of the house's own, which no client sees. */
  Future<Void> note(JsonObject note);

  /** The notes of the last day and a bit, the oldest first. */
  Future<List<Note>> notes();

  /** @param more whether there are more in the direction that was asked for */
  record Page(List<Said> messages, boolean more) {}

  /** @param before whether older messages are asked for, or newer ones */
  record Boundary(long seq, boolean before) {
    static final Boundary NEWEST = new Boundary(Long.MAX_VALUE, true);
  }

  /** @param at milliseconds since 1970 */
  record Note(JsonObject content, long at) {}
}
