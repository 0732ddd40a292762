package dev.magpie.core;

/**
 * Two token buckets, of events and of bytes, for what one client sends. Owned by its connection.
 *
 * <p>A bucket that is half empty is worth a warning (the client has sent faster than its rate for a while), an empty one ends the
 * connection.
 */
final class RateLimit {

  /** What a message did to the buckets. */
  enum Verdict {
    FINE,
    /** Said once until the buckets have filled again. */
    WARN,
    EXCEEDED
  }

  private static final double NANOS = 1e9;

  private final RateLimits limits;
  private double events;
  private double bytes;
  private long filledAt;
  private boolean warned;

  RateLimit(RateLimits limits, long nowNanos) {
    this.limits = limits;
    this.events = limits.eventsBurst();
    this.bytes = limits.bytesBurst();
    this.filledAt = nowNanos;
  }

  RateLimits limits() {
    return limits;
  }

  Verdict take(long size, long nowNanos) {
    fill(nowNanos);
    if (limits.limitsEvents()) events--;
    if (limits.limitsBytes()) bytes -= size;
    if (events < 0 || bytes < 0) return Verdict.EXCEEDED;
    boolean low = events < limits.eventsBurst() / 2.0 || bytes < limits.bytesBurst() / 2.0;
    boolean warn = low && !warned;
    warned = low || warned && !full(size);
    return warn ? Verdict.WARN : Verdict.FINE;
  }

  private boolean full(long size) {
    return (!limits.limitsEvents() || events >= limits.eventsBurst() - 1) && (!limits.limitsBytes() || bytes >= limits.bytesBurst() - size);
  }

  private void fill(long nowNanos) {
    double seconds = Math.max(0, nowNanos - filledAt) / NANOS;
    filledAt = nowNanos;
    events = Math.min(limits.eventsBurst(), events + seconds * limits.eventsPerSecond());
    bytes = Math.min(limits.bytesBurst(), bytes + seconds * limits.bytesPerSecond());
  }
}
