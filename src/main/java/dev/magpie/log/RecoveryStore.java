package dev.magpie.log;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.Optional;

/** Port: the sessions of one namespace's clients. Called from any thread; a future may complete on any thread. */
public interface RecoveryStore {

  /** Also one that has expired but was not swept yet. */
  Future<Optional<RecoveryState>> find(String id);

  /** Writes a session unless a later generation of it is there; succeeds once it is safe. */
  Future<Void> save(RecoveryState session);

  /** Writes a session if the generation before it is there; succeeds with false when it is not. */
  Future<Boolean> claim(RecoveryState next);

  /** They are all still in use. */
  Future<Void> extend(Collection<String> ids, long expiresAt);

  /** The session has ended for good, if this is still its generation. */
  Future<Void> remove(String id, long gen);

  Future<Void> sweep(long now);
}
