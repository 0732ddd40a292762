package dev.magpie.staff;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How often a login may fail: by address in a minute, and by account until it is locked for a while. An account that does not exist is
 * counted and locked as one that does, so that nobody learns which do. Of this process; shared by all of a Vert.x instance, safe for all
 * threads.
 */
final class LoginLimits implements Shareable {
  /** Addresses, and accounts, that are remembered; beyond it the oldest are forgotten. */
  static final int MOST = 10_000;

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final class Count {
    private int count;
    private long since;
  }

  private final LongSupplier nanoTime;

  // Guarded by this.
  private final Map<String, Count> addresses = bounded();
  private final Map<String, Count> accounts = bounded();

  LoginLimits(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  static LoginLimits of(Vertx vertx) {
    return vertx.sharedData().<String, LoginLimits>getLocalMap("magpie.staff.limits").computeIfAbsent("logins",
        key -> new LoginLimits(System::nanoTime));
  }

  private static Map<String, Count> bounded() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, Count> eldest) {
        return size() > MOST;
      }
    };
  }

  /** Counts an attempt of this address. @return seconds to wait; 0 where it may try */
  synchronized long attempt(String network, int perMinute) {
    long now = nanoTime.getAsLong();
    Count count = addresses.computeIfAbsent(network, key -> begun(now));
    if (now - count.since >= MINUTE_NANOS) {
      count.since = now;
      count.count = 0;
    }
    if (count.count >= perMinute) return seconds(count.since + MINUTE_NANOS - now);
    count.count++;
    return 0;
  }

  /** The last attempt of this address does not count: many honest people may share it. */
  synchronized void refund(String network) {
    Count count = addresses.get(network);
    if (count != null && count.count > 0) count.count--;
  }

  /**
   * Begins an attempt on an account, and counts it as a failure until {@link #succeeded}: attempts at the same moment count, too.
   *
   * @return seconds for which the account is locked; 0 where the password may be compared
   */
  synchronized long begin(String login, int most, long lockMillis) {
    long now = nanoTime.getAsLong();
    long lockNanos = TimeUnit.MILLISECONDS.toNanos(lockMillis);
    Count count = accounts.computeIfAbsent(login, key -> begun(now));
    // Failures that are longer ago than a lock lasts do not count.
    if (now - count.since >= lockNanos) {
      count.since = now;
      count.count = 0;
    }
    if (count.count >= most) return seconds(count.since + lockNanos - now);
    // The lock lasts from the last failure.
    if (++count.count == most) count.since = now;
    return 0;
  }

  /** Whether the failures of this account have locked it. */
  synchronized boolean isLocked(String login, int most) {
    Count count = accounts.get(login);
    return count != null && count.count >= most;
  }

  /** The attempt was neither right nor wrong, and does not count. */
  synchronized void undecided(String login) {
    Count count = accounts.get(login);
    if (count != null && count.count > 0) count.count--;
  }

  /** A login has succeeded: its failures are forgotten. */
  synchronized void succeeded(String login) {
    accounts.remove(login);
  }

  private static Count begun(long now) {
    Count count = new Count();
    count.since = now;
    return count;
  }

  private static long seconds(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nanos) + 1;
  }
}
