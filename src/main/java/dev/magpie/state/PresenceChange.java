package dev.magpie.state;

import dev.magpie.Internal;
import java.util.List;

/**
 * What an instance is told of the presence in a room, in order. All clients of a room have the same list at any time: the one of the last
 * {@link PresenceSpace#enter} or {@link Relisted}, changed by each {@link Joined} and {@link Left} since. Immutable.
 */
@Internal
public sealed interface PresenceChange {

  /** For the room's sockets: new members, or new descriptions of members; and how many there are. */
  record Joined(List<PresenceMember> members, int count) implements PresenceChange {}

  /** For the room's sockets: members who have left, and how many are left. */
  record Left(List<PresenceMember> members, int count) implements PresenceChange {}

  /** For the room's sockets: the number of members, who are too many for lists. */
  record Counted(int count) implements PresenceChange {}

  /** For the room's sockets: the first page of the list, since the room was too large for lists before. */
  record Relisted(PresencePage page) implements PresenceChange {}

  /** For handlers of the application: a member has come. Not delayed by the interval. */
  record Came(String room, PresenceMember member) implements PresenceChange {}

  /** For handlers of the application: a member has left. */
  record Went(String room, PresenceMember member) implements PresenceChange {}
}
