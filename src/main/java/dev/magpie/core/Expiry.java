package dev.magpie.core;

import dev.magpie.transport.heartbeat.TimerHandle;
import java.util.concurrent.TimeUnit;

/**
 * The time until the user of a socket expires, and the rate of its new tokens. Only a socket whose user expires, or that has sent a new
 * token, has one. Owned by its socket, used on the instance's context.
 */
abstract class Expiry extends TimerHandle {
  /**
   * Shortest time between two looks at the wall clock. The wheel measures time that has passed without stalls; a token ends at a time of
   * day, which a stall or a corrected clock brings nearer, so the rest is halved at each look.
   */
  private static final long LOOK_MILLIS = 1_000;

  /** Shortest time between two new tokens: checking a signature takes the event loop's time. */
  private static final long TOKEN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Loop loop;
  private final long notice;
  private long until;
  private boolean told;
  private boolean hadToken;
  /** When a new token was last sent, by the timers' clock. */
  private long lastToken;

  /**
   * @param until when the user expires, in milliseconds since 1970, or {@link Identity#NEVER}
   * @param notice how long before the client is told, in milliseconds
   */
  Expiry(Loop loop, long until, long notice) {
    this.loop = loop;
    this.notice = notice;
    renew(until);
  }

  /** The user has another token. */
  final void renew(long newUntil) {
    cancel();
    until = newUntil;
    told = false;
    if (until != Identity.NEVER) look(left());
  }

  /** Whether a new token is taken now; not if another was sent just before. */
  boolean takesToken() {
    long now = loop.timers().now();
    if (hadToken && now - lastToken < TOKEN_NANOS) return false;
    hadToken = true;
    lastToken = now;
    return true;
  }

  /**
   * The user expires soon; called once for each token.
   *
   * @param at when, in milliseconds since 1970
   */
  abstract void expiring(long inMillis, long at);

  /** The user has expired. */
  abstract void expired();

  boolean isOver() {
    return left() <= 0;
  }

  /** The socket has left. */
  final void cancel() {
    loop.timers().cancel(this);
  }

  private long left() {
    return until - loop.options().clock().getAsLong();
  }

  @Override
  protected void due() {
    long left = left();
    if (left <= 0) {
      expired();
      return;
    }
    if (!told && left <= notice) {
      told = true;
      expiring(left, until);
    }
    look(left);
  }

  private void look(long left) {
    long next = told ? left : left - notice;
    loop.timers().schedule(this, TimeUnit.MILLISECONDS.toNanos(Math.min(next, Math.max(LOOK_MILLIS, next / 2))));
  }
}
