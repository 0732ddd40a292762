package dev.magpie.transport;

import dev.magpie.Internal;
import io.vertx.core.json.JsonObject;

/**
 * A limit that a client has reached, or is about to reach. Immutable.
 *
 * @param limit its value
 * @param until when the bucket of a rate is full again if nothing more comes, in milliseconds since 1970; 0 for what is no rate
 */
@Internal
public record Exceeded(Scope scope, Resource resource, long limit, long until) {
  /**
   * A rate's, whose time is told by the wall clock, as it is for people to read; nothing here decides by it.
   *
   * @param millis from now, until its bucket is full again
   */
  public static Exceeded forNext(long millis, Scope scope, Resource resource, long limit) {
    return new Exceeded(scope, resource, limit, System.currentTimeMillis() + millis);
  }

  /** How long it lasts from now, in milliseconds; 0 for what is no rate, or is over. */
  public long millisLeft() {
    return until == 0 ? 0 : Math.max(0, until - System.currentTimeMillis());
  }

  /** The setting, without {@code limits.}: {@code address.events_per_second}. */
  public String what() {
    return scope.key(resource);
  }

  /** The reason, for the client: {@code more than 5000 events/s from this address}. */
  public String text() {
    return "more than " + limit + " " + resource.noun() + " " + scope.phrase();
  }

  /** The reason, for the log: with the setting, and what else may be wrong. */
  public String advice() {
    String advice = text() + ", see limits." + what();
    if (scope != Scope.ADDRESS) return advice;
    return advice + "; a proxy belongs into http.trusted_proxies, a network of your own into limits.exempt";
  }

  /** What a client is told: {@code {what, limit, until}}; {@code until} is null for what is no rate. */
  public JsonObject toJson() {
    return new JsonObject().put("what", what()).put("limit", limit).put("until", until == 0 ? null : until);
  }
}
