package dev.magpie.core;

import io.vertx.ext.auth.User;
import org.jspecify.annotations.Nullable;

/**
 * Who a client is. Immutable.
 *
 * @param user as the application has authenticated it
 * @param id its subject when it was identified, which does not change afterwards
 */
record Identity(User user, String id) {
  static Identity of(User user) {
    return new Identity(user, required(user.subject()));
  }

  static Identity of(@Nullable String id) {
    return new Identity(User.fromName(required(id)), id);
  }

  private static String required(@Nullable String id) {
    if (id == null || id.isEmpty()) throw new IllegalArgumentException("identify: the user has no id");
    return id;
  }

  static @Nullable String idOf(@Nullable Identity identity) {
    return identity == null ? null : identity.id;
  }
}
