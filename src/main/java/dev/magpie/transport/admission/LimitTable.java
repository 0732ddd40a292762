package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * What each address and each user uses, for the {@link ClientLimits}, and how often a limit has refused something. One for a Vert.x
 * instance, shared by its event loops. An entry stays as long as somebody holds it, and until its buckets are full again; otherwise a
 * client that comes and goes would always find a full one.
 */
@Internal
public final class LimitTable implements Shareable {
  private static final int RESOURCES = Resource.values().length;

  private final LongSupplier nanoTime;
  private final long origin;
  private final Map<String, Share> addresses = new ConcurrentHashMap<>();
  private final Map<String, Share> users = new ConcurrentHashMap<>();
  private final Map<String, Share> all = new ConcurrentHashMap<>(1);
  /** Entries that nobody holds and whose buckets are not full. */
  private final Queue<Share> cooling = new ConcurrentLinkedQueue<>();
  private final AtomicLongArray refused = new AtomicLongArray(Scope.values().length * RESOURCES);
  private final AtomicLongArray warned = new AtomicLongArray(Scope.values().length * RESOURCES);

  LimitTable(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.origin = nanoTime.getAsLong();
  }

  /** The one of this Vert.x instance. */
  public static LimitTable of(Vertx vertx) {
    return vertx.sharedData().<String, LimitTable>getLocalMap("magpie.limits")
        .computeIfAbsent("table", name -> new LimitTable(System::nanoTime));
  }

  /** Nanoseconds since this table was made. */
  long now() {
    return nanoTime.getAsLong() - origin;
  }

  // Entries.

  /** The caller must {@link #release} it. */
  Share acquire(Scope scope, String key, Quotas quotas) {
    coolDown(2);
    return of(scope).compute(key, (same, known) -> {
      Share share = known == null ? new Share(scope, key, quotas) : known;
      share.holders++;
      return share;
    });
  }

  void release(Share share) {
    of(share.scope).computeIfPresent(share.key, (key, known) -> {
      if (known != share) return known;
      share.holders--;
      return kept(share);
    });
  }

  /** Forgets the entries whose buckets have become full; called now and then. */
  public void sweep() {
    coolDown(cooling.size());
  }

  private void coolDown(int most) {
    for (int i = 0; i < most; i++) {
      Share share = cooling.poll();
      if (share == null) return;
      of(share.scope).computeIfPresent(share.key, (key, known) -> {
        if (known != share) return known;
        share.cooling = false;
        return kept(share);
      });
    }
  }

  /** Null where it is to be forgotten. */
  private Share kept(Share share) {
    if (share.holders > 0) return share;
    if (share.isIdle(now())) return null;
    if (!share.cooling) {
      share.cooling = true;
      cooling.add(share);
    }
    return share;
  }

  private Map<String, Share> of(Scope scope) {
    return switch (scope) {
      case ADDRESS -> addresses;
      case USER -> users;
      case ALL -> all;
      case SOCKET -> throw new IllegalArgumentException("a connection counts for itself");
    };
  }

  // For operators.

  /** Number of addresses that are counted now. */
  public int addresses() {
    return addresses.size();
  }

  /** Number of users that are counted now. */
  public int users() {
    return users.size();
  }

  /** Something was refused, or a connection closed, because of this limit. */
  public void refused(Scope scope, Resource resource) {
    refused.incrementAndGet(scope.ordinal() * RESOURCES + resource.ordinal());
  }

  /** A client was warned before it reaches this limit. */
  public void warned(Scope scope, Resource resource) {
    warned.incrementAndGet(scope.ordinal() * RESOURCES + resource.ordinal());
  }

  /** How often {@link #refused} was called. */
  public long refusals(Scope scope, Resource resource) {
    return refused.get(scope.ordinal() * RESOURCES + resource.ordinal());
  }

  /** How often {@link #warned} was called. */
  public long warnings(Scope scope, Resource resource) {
    return warned.get(scope.ordinal() * RESOURCES + resource.ordinal());
  }
}
