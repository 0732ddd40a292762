package dev.magpie.core;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The users that were disconnected for good, for as long as a session may be recovered: a dynamic namespace that is made only then has
 * sessions of theirs in its store. Of very many only the last ones are known by name; instead of the others, no session of that time is
 * recovered in such a namespace. Owned by one {@link Io}, used on its context.
 */
final class Revocations {
  /** Users that are known by name. */
  static final int MOST = 10_000;

  private final LongSupplier clock;
  private final long windowMillis;
  /** By user, in the order of time: when the last session of before has expired. */
  private final Map<String, Long> until = new LinkedHashMap<>();
  /** The same of the last user that is not known by name any more. */
  private long unnamedUntil = Long.MIN_VALUE;

  Revocations(LongSupplier clock, long windowMillis) {
    this.clock = clock;
    this.windowMillis = windowMillis;
  }

  void add(String user) {
    until.remove(user);
    until.put(user, clock.getAsLong() + windowMillis);
    expire();
    if (until.size() <= MOST) return;
    Iterator<Long> eldest = until.values().iterator();
    unnamedUntil = Math.max(unnamedUntil, eldest.next());
    eldest.remove();
  }

  Set<String> users() {
    expire();
    return Set.copyOf(until.keySet());
  }

  /**
   * Up to when sessions expire of which it is not known here whether their user was disconnected: a session was saved last one window
   * before it expires. In milliseconds since 1970.
   */
  long unnamedUntil() {
    return unnamedUntil;
  }

  /** From the eldest on. A clock that was set back leaves some longer than needed. */
  private void expire() {
    long now = clock.getAsLong();
    Iterator<Long> ends = until.values().iterator();
    while (ends.hasNext() && ends.next() <= now) ends.remove();
  }
}
