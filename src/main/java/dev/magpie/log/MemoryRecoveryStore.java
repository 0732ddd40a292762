package dev.magpie.log;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Sessions in memory, lost by a restart. Shared by the loops of the process; every method locks, briefly. */
final class MemoryRecoveryStore implements RecoveryStore {
  private final Map<String, RecoveryState> sessions = new HashMap<>();

  @Override
  public synchronized Future<Optional<RecoveryState>> find(String id) {
    return Future.succeededFuture(Optional.ofNullable(sessions.get(id)));
  }

  @Override
  public synchronized Future<Void> save(RecoveryState session) {
    RecoveryState there = sessions.get(session.id());
    if (there == null || there.gen() <= session.gen()) sessions.put(session.id(), session);
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<Boolean> claim(RecoveryState next) {
    RecoveryState there = sessions.get(next.id());
    if (there == null || there.gen() != next.gen() - 1) return Future.succeededFuture(false);
    sessions.put(next.id(), next);
    return Future.succeededFuture(true);
  }

  @Override
  public synchronized Future<Void> extend(Collection<String> ids, long expiresAt) {
    for (String id : ids) sessions.computeIfPresent(id, (key, session) -> session.expiring(expiresAt));
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<Void> remove(String id, long gen) {
    sessions.computeIfPresent(id, (key, session) -> session.gen() == gen ? null : session);
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<Void> removeAll(String uid) {
    sessions.values().removeIf(session -> uid.equals(session.uid()));
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<Void> sweep(long now) {
    sessions.values().removeIf(session -> session.expiresAt() <= now);
    return Future.succeededFuture();
  }
}
