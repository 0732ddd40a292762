package dev.magpie.chat;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Keeps what was said, in one order for all: the one thing that decides it, however many gateways ask. What it has taken in, it also tells
 * to the room, before it says so to who asked. May be used from any event loop, and answers there.
 */
interface ChatLog {

  /** The same {@code cid} once more takes nothing in and tells nobody: the answer is the first one's. */
  Future<Appended> append(String room, String cid, String from, String uid, String text);

  /** Those nearest to the boundary, the oldest first; {@link Boundary#NEWEST} for the end of the log. */
  Future<Page> page(String room, Boundary boundary, int limit);

  /**
   * Changes a message, and tells the room by this event.
   *
   * @param change of the message as it is; it throws {@link ChatRefusal} where it may not
   * @return fails with {@link ChatRefusal.Code#NOT_FOUND} when there is no such message
   */
  Future<Said> change(String room, long seq, String event, UnaryOperator<Said> change);

  /** The place of the last message, in whatever room; 0 when there is none. */
  Future<Long> head();

  /** @param duplicate whether this {@code cid} was there before */
  record Appended(long seq, boolean duplicate) {}

  /** @param more whether there are more in the direction that was asked for */
  record Page(List<Said> messages, boolean more) {}

  /** @param before whether older messages are asked for, or newer ones */
  record Boundary(long seq, boolean before) {
    static final Boundary NEWEST = new Boundary(Long.MAX_VALUE, true);
  }
}
