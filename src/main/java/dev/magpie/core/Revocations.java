package dev.magpie.core;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The users that were disconnected for good, for as long as a session may be recovered: a dynamic namespace that is made only then has
 * sessions of theirs in its store. Owned by one {@link Io}, used on its context.
 */
final class Revocations {
  private final LongSupplier clock;
  private final long windowMillis;
  /** By user, in the order of time: when the last session of before has expired. */
  private final Map<String, Long> until = new LinkedHashMap<>();

  Revocations(LongSupplier clock, long windowMillis) {
    this.clock = clock;
    this.windowMillis = windowMillis;
  }

  void add(String user) {
    until.remove(user);
    until.put(user, clock.getAsLong() + windowMillis);
    expire();
  }

  Set<String> users() {
    expire();
    return Set.copyOf(until.keySet());
  }

  private void expire() {
    long now = clock.getAsLong();
    until.values().removeIf(end -> end <= now);
  }
}
