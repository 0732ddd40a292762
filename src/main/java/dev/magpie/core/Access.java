package dev.magpie.core;

import dev.magpie.logging.LogText;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authorization.Authorization;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may join a namespace, its rooms, and send its events. Immutable; a part that is null restricts nothing. Used on the instance's
 * context.
 *
 * @param rooms what a user needs for a room of this name, or null
 * @param events what a user needs to send an event of this name, or null
 */
record Access(
    @Nullable Authenticator authenticator,
    @Nullable Function<String, @Nullable Authorization> rooms,
    @Nullable Function<String, @Nullable Authorization> events) {

  private static final Logger log = LoggerFactory.getLogger(Access.class);
  private static final Access OPEN = new Access(null, null, null);

  static Access of(@Nullable Access access) {
    return access == null ? OPEN : access;
  }

  /** The member's own parts, and those of its family where it has none. */
  static @Nullable Access within(@Nullable Access family, @Nullable Access own) {
    if (family == null || own == null) return own == null ? family : own;
    return new Access(
        own.authenticator == null ? family.authenticator : own.authenticator,
        own.rooms == null ? family.rooms : own.rooms,
        own.events == null ? family.events : own.events);
  }

  /** @throws IllegalStateException the second time */
  Access authenticatedBy(Authenticator added, String namespace) {
    if (authenticator != null)
      throw new IllegalStateException("namespace " + namespace + ": authenticate is called once, by the application or by the settings");
    return new Access(added, rooms, events);
  }

  Access withRooms(Function<String, @Nullable Authorization> needed) {
    return new Access(authenticator, needed, events);
  }

  Access withEvents(Function<String, @Nullable Authorization> needed) {
    return new Access(authenticator, rooms, needed);
  }

  boolean mayJoin(@Nullable User user, String room) {
    return rooms == null || may(user, rooms, "authorizeRooms", room);
  }

  boolean maySend(@Nullable User user, String event) {
    return events == null || may(user, events, "authorizeEvents", event);
  }

  /** A function that fails allows nothing. */
  private static boolean may(@Nullable User user, Function<String, @Nullable Authorization> needed, String function, String name) {
    try {
      return Authenticator.may(user, needed.apply(name));
    } catch (Exception | LinkageError | StackOverflowError failure) {
      log.error("{} failed name={}", function, LogText.escape(name), failure);
      return false;
    }
  }
}
