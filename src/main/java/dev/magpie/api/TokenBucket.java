package dev.magpie.api;

import java.util.concurrent.TimeUnit;

/** Rate limit of one key: a bucket that holds the requests of two seconds. Safe for all threads. */
final class TokenBucket {
  private static final int BURST_SECONDS = 2;

  private final int rate;
  private double tokens;
  private long filledAt;

  /** @param rate requests a second */
  TokenBucket(int rate, long nowNanos) {
    this.rate = rate;
    this.tokens = (double) rate * BURST_SECONDS;
    this.filledAt = nowNanos;
  }

  /** @return whether there was room for a request */
  synchronized boolean take(long nowNanos) {
    double filled = (double) (nowNanos - filledAt) * rate / TimeUnit.SECONDS.toNanos(1);
    tokens = Math.min((double) rate * BURST_SECONDS, tokens + Math.max(0, filled));
    filledAt = Math.max(filledAt, nowNanos);
    if (tokens < 1) return false;
    tokens--;
    return true;
  }
}
