package dev.magpie.core;

import dev.magpie.transport.Resource;

/**
 * Two token buckets, of events and of bytes, for what one client sends. Owned by its connection.
 *
 * <p>A half empty bucket is logged as a warning: the client has sent faster than its rate for a while. An empty one closes the connection.
 * Messages that arrived while the loop was blocked, or the process was stopped, are read at once later: the tokens of that time are
 * credited in addition to the burst.
 */
final class RateLimit {

  /** The result of a message. */
  enum Verdict {
    FINE,
    /** A bucket is half empty; not repeated until the buckets are full again. */
    WARN,
    EXCEEDED
  }

  private static final double NANOS = 1e9;

  /** How long the credit for a stall lasts: enough to read what arrived during it. */
  private static final long STALL_COUNTS_NANOS = 60_000_000_000L;

  private final RateLimits limits;
  private double events;
  private double bytes;
  private long filledAt;
  private long stalls;
  private double stalledSeconds;
  private long stalledAt;
  private boolean warned;

  RateLimit(RateLimits limits, long nowNanos, long stallNanos) {
    this.limits = limits;
    this.events = limits.eventsBurst();
    this.bytes = limits.bytesBurst();
    this.filledAt = nowNanos;
    this.stalls = stallNanos;
  }

  RateLimits limits() {
    return limits;
  }

  /** The bucket that has caused the last verdict but {@link Verdict#FINE}. */
  Resource lowest() {
    boolean bytesAreLow = limits.limitsBytes() && (!limits.limitsEvents() || bytes / limits.bytesBurst() < events / limits.eventsBurst());
    return bytesAreLow ? Resource.BYTES : Resource.EVENTS;
  }

  long limit() {
    return lowest() == Resource.BYTES ? limits.bytesPerSecond() : limits.eventsPerSecond();
  }

  /** Milliseconds until that bucket is full again, if nothing more comes. */
  long millisToFull() {
    double missing = lowest() == Resource.BYTES ? limits.bytesBurst() - bytes : limits.eventsBurst() - events;
    return (long) Math.ceil(1e3 * Math.max(0, missing) / limit());
  }

  /**
   * @param size bytes or characters of a message
   * @param nowNanos clock without stalls
   * @param stallNanos sum of all stalls, as {@link dev.magpie.transport.heartbeat.TimerWheel} counts them
   */
  Verdict take(long size, long nowNanos, long stallNanos) {
    fill(nowNanos, stallNanos);
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

  private void fill(long nowNanos, long stallNanos) {
    double stalled = (stallNanos - stalls) / NANOS;
    if (stalled > 0) stalledAt = nowNanos;
    else if (stalledSeconds > 0 && nowNanos - stalledAt > STALL_COUNTS_NANOS) stalledSeconds = 0;
    stalledSeconds += stalled;
    stalls = stallNanos;
    double seconds = Math.max(0, nowNanos - filledAt) / NANOS + stalled;
    filledAt = nowNanos;
    events = Math.min(limits.eventsBurst() + stalledSeconds * limits.eventsPerSecond(), events + seconds * limits.eventsPerSecond());
    bytes = Math.min(limits.bytesBurst() + stalledSeconds * limits.bytesPerSecond(), bytes + seconds * limits.bytesPerSecond());
  }
}
