package dev.magpie.api;

import java.time.Instant;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A key of the HTTP API, without its secret. Immutable.
 *
 * @param id public part of the key, 12 lower case letters and digits
 * @param name what its owner is called
 * @param scopes what it may be used for
 * @param rate requests a second that each server takes with it; twice as many at once
 * @param created when it was made
 * @param expires when it ends; null for never
 * @param revoked when it was revoked; null if it was not
 * @param lastUsed the minute of a use, not always the last one; null if it was never used
 */
public record ApiKey(String id, String name, Set<ApiScope> scopes, int rate, Instant created, @Nullable Instant expires,
    @Nullable Instant revoked, @Nullable Instant lastUsed) {
  /** Requests a second of a key that was made without a rate of its own. */
  public static final int DEFAULT_RATE = 100;

  static final String PREFIX = "mgp_";

  /** The id, and the secret: 43 characters of base64url, which are 256 bits. */
  private static final Pattern FORM = Pattern.compile(PREFIX + "([0-9a-z]{12})_([A-Za-z0-9_-]{43})");

  public ApiKey {
    scopes = Set.copyOf(scopes);
  }

  static Matcher parse(String written) {
    return FORM.matcher(written);
  }

  static String written(String id, String secret) {
    return PREFIX + id + "_" + secret;
  }

  /** Its typed user id, in audit lines and as the sender of events: {@code key:<id>}. */
  public String userId() {
    return "key:" + id;
  }

  /** Whether it was revoked, or has ended. */
  boolean isOver(Instant now) {
    return revoked != null || expires != null && !now.isBefore(expires);
  }
}
