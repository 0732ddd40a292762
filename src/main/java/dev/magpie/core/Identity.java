package dev.magpie.core;

import io.vertx.ext.auth.User;
import org.jspecify.annotations.Nullable;

/**
 * Who a client is. Immutable.
 *
 * @param user as the application has authenticated it
 * @param id its id when it was identified, which does not change afterwards
 * @param until when it expires, in milliseconds since 1970; {@link #NEVER} for one that does not
 */
record Identity(User user, String id, long until) {
  static final long NEVER = Long.MAX_VALUE;

  static Identity of(User user) {
    return of(user, subject(user));
  }

  /**
   * The claim {@code sub}, where the user has one, else the subject: Vert.x prefers the claim {@code username}, which some issuers of
   * tokens let users choose.
   */
  static @Nullable String subject(User user) {
    return user.<Object>get("sub") instanceof String sub ? sub : user.subject();
  }

  static Identity of(User user, @Nullable String id) {
    return new Identity(user, required(id), expiry(user));
  }

  static Identity of(@Nullable String id) {
    return new Identity(User.fromName(required(id)), id, NEVER);
  }

  Identity until(long millis) {
    return new Identity(user, id, millis);
  }

  private static String required(@Nullable String id) {
    if (id == null || id.isEmpty()) throw new IllegalArgumentException("identify: the user has no id");
    return id;
  }

  /** By {@code exp}, in seconds since 1970, where Vert.x' providers put it; in milliseconds. */
  private static long expiry(User user) {
    if (!(user.<Object>get("exp") instanceof Number seconds)) return NEVER;
    long whole = seconds.longValue();
    return whole >= NEVER / 1000 ? NEVER : Math.max(0, whole) * 1000;
  }

  static @Nullable String idOf(@Nullable Identity identity) {
    return identity == null ? null : identity.id;
  }
}
