package dev.magpie.transport.admission;

import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What one address, one user, or all clients use now. Shared by event loops, without locks. A rate is one number, the time at which its
 * bucket is full again: what is taken moves it on, and how far it is ahead of now says how much is missing.
 */
final class Share {
  private static final int TCP_CONNECTIONS = Resource.values().length;

  final Scope scope;
  final String key;
  final Quotas quotas;
  /** By resource, and TCP connections: the number in use, or the time in nanoseconds at which the bucket is full. */
  private final AtomicLongArray used = new AtomicLongArray(TCP_CONNECTIONS + 1);
  private volatile boolean eventsSpent;
  private volatile boolean bytesSpent;

  // Guarded by the table.
  int holders;
  /** Nobody holds it, and it waits in the table's queue until its buckets are full. */
  boolean cooling;

  Share(Scope scope, String key, Quotas quotas) {
    this.scope = scope;
    this.key = key;
    this.quotas = quotas;
  }

  // Rates.

  /** Nanoseconds until the bucket is full. */
  long debt(Resource rate, long now) {
    return Math.max(0, used.get(rate.ordinal()) - now);
  }

  /**
   * Takes from a bucket. What is larger than the bucket passes when it is not empty, and is owed.
   *
   * @param nanos how long the bucket needs to get it back
   * @param most debt at which nothing is taken
   * @return the debt before; -1 where nothing was taken
   */
  long take(Resource rate, long nanos, long now, long most) {
    while (true) {
      long full = used.get(rate.ordinal());
      long from = Math.max(full, now);
      if (from - now > most) return -1;
      if (used.compareAndSet(rate.ordinal(), full, from + nanos)) return from - now;
    }
  }

  /** The bucket was found empty. */
  void spend(Resource rate) {
    if (rate == Resource.EVENTS) eventsSpent = true;
    else bytesSpent = true;
  }

  /** Whether the bucket was found empty, and half of it is not there again. */
  boolean isSpent(Resource rate, long now) {
    if (!(rate == Resource.EVENTS ? eventsSpent : bytesSpent)) return false;
    if (debt(rate, now) > rate.burstNanos() / 2) return true;
    if (rate == Resource.EVENTS) eventsSpent = false;
    else bytesSpent = false;
    return false;
  }

  /** Whether no bucket misses anything. */
  boolean isIdle(long now) {
    for (Resource resource : Resource.values()) if (resource.isRate() && debt(resource, now) > 0) return false;
    return true;
  }

  // Numbers.

  long held(Resource resource) {
    return used.get(resource.ordinal());
  }

  /** @return false at the limit: nothing has changed then */
  boolean hold(Resource resource) {
    long most = quotas.of(resource);
    if (used.incrementAndGet(resource.ordinal()) <= most || most == 0) return true;
    release(resource, 1);
    return false;
  }

  void add(Resource resource, long more) {
    used.addAndGet(resource.ordinal(), more);
  }

  void release(Resource resource, long less) {
    used.addAndGet(resource.ordinal(), -less);
  }

  /** @return how many there are with this one */
  long addTcpConnection() {
    return used.incrementAndGet(TCP_CONNECTIONS);
  }

  void removeTcpConnection() {
    used.decrementAndGet(TCP_CONNECTIONS);
  }
}
