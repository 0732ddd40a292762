package dev.magpie.staff;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;

/**
 * A session that is valid now, with its account. Immutable.
 *
 * @param id the digest of its token
 * @param endsAt milliseconds since 1970: its end at the latest
 */
record StaffSession(String id, StaffAccount account, long endsAt) {
  /** The key of the session's {@link #id} in the user's principal. */
  static final String KEY = "staffSession";

  /**
   * The user as sockets and other routes see it, with its roles. Without the key {@code username}, which Vert.x would take for its subject.
   */
  User user() {
    User user = User.create(new JsonObject()
        .put("sub", account.id())
        .put("name", account.name())
        .put(KEY, id)
        .put("exp", endsAt / 1000));
    StaffRole.grant(user, account.roles());
    return user;
  }
}
