package dev.magpie.staff;

import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Which sessions were valid a moment ago, so that a page's requests do not all ask the database: a session that was revoked elsewhere is
 * used for {@link #FRESH_NANOS} at most. Owned by one gateway, used on its context.
 */
final class SessionCache {
  static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Also of unknown ids, which anyone can send. */
  private static final int MOST = 10_000;

  private record Entry(Future<Optional<StaffSession>> session, long at) {}

  private final LongSupplier nanoTime;
  private final Function<String, Future<Optional<StaffSession>>> lookUp;
  private final Map<String, Entry> entries = new LinkedHashMap<>() {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Entry> eldest) {
      return size() > MOST;
    }
  };

  SessionCache(LongSupplier nanoTime, Function<String, Future<Optional<StaffSession>>> lookUp) {
    this.nanoTime = nanoTime;
    this.lookUp = lookUp;
  }

  Future<Optional<StaffSession>> find(String id) {
    long now = nanoTime.getAsLong();
    Entry known = entries.get(id);
    if (known != null && now - known.at < FRESH_NANOS && !known.session.failed()) return known.session;
    Future<Optional<StaffSession>> session = lookUp.apply(id);
    // Behind the others: the first is the oldest.
    entries.remove(id);
    entries.put(id, new Entry(session, now));
    return session;
  }

  /** Sessions of this account have ended. */
  void drop(String login) {
    entries.values().removeIf(entry -> !entry.session.isComplete() || entry.session.failed()
        || entry.session.result().filter(session -> session.account().login().equals(login)).isPresent());
  }
}
