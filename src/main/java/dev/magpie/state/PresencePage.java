package dev.magpie.state;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the members of a room, in the order in which they came.
 *
 * @param members of this page
 * @param count of all members of the room
 * @param next names the page that follows; null for the last one
 */
public record PresencePage(List<PresenceMember> members, int count, @Nullable String next) {

  /** A page. */
  public PresencePage {
    members = List.copyOf(members);
  }
}
