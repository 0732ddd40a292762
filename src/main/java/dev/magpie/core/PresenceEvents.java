package dev.magpie.core;

import dev.magpie.protocol.EventNames;
import java.util.Objects;

/**
 * The names of the presence events of a namespace. To clients, each with one object: {@code state} {@code {room, members, count, next}} to
 * who has joined, with {@code large: true} in a large room; {@code join} and {@code leave} {@code {room, members, count}}; {@code count}
 * {@code {room, count}} in a large room. From clients: {@code list} {@code {room, after}}, acknowledged with {@code {room, members, count,
 * next}}, where {@code after} is the {@code next} of the page before.
 *
 * @param state the list as it is, to one client or, when a room is no longer large, to all of it
 * @param join who has come, or is described anew
 * @param leave who has left
 * @param count how many there are
 * @param list asks for a page
 */
public record PresenceEvents(String state, String join, String leave, String count, String list) {

  /**
   * Names for the events.
   *
   * @throws IllegalArgumentException for a reserved name
   */
  public PresenceEvents {
    EventNames.requireEmittable(state);
    EventNames.requireEmittable(join);
    EventNames.requireEmittable(leave);
    EventNames.requireEmittable(count);
    EventNames.requireEmittable(list);
  }

  /** {@code prefix:state}, {@code prefix:join}, {@code prefix:leave}, {@code prefix:count} and {@code prefix:list}. */
  public static PresenceEvents named(String prefix) {
    Objects.requireNonNull(prefix, "prefix");
    return new PresenceEvents(prefix + ":state", prefix + ":join", prefix + ":leave", prefix + ":count", prefix + ":list");
  }
}
