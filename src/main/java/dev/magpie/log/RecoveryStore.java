package dev.magpie.log;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.Optional;

/**
 * Port: the sessions of one namespace's clients. Called from any thread; a future may complete on any thread. It fails with {@link
 * LogUnavailableException} while the store cannot be reached.
 */
public interface RecoveryStore {

  /** The session of this id; also one that has expired and was not removed yet. */
  Future<Optional<RecoveryState>> find(String id);

  /** Stores a session, unless a later generation of it is stored; succeeds once it is safe. */
  Future<Void> save(RecoveryState session);

  /** Stores a session if the generation before it is stored; succeeds with false if it is not. */
  Future<Boolean> claim(RecoveryState next);

  /** Sets the time of expiry of sessions that are in use, in milliseconds since 1970. */
  Future<Void> extend(Collection<String> ids, long expiresAt);

  /** Removes a session, if this is its generation. */
  Future<Void> remove(String id, long gen);

  /**
   * Removes all sessions of this user ({@link RecoveryState#uid}): none of them is recovered afterwards. A store that cannot do that fails;
   * {@code Io.disconnectUser} fails then, after it has closed the connections.
   */
  default Future<Void> removeAll(String uid) {
    return Future.failedFuture(new UnsupportedOperationException("the store of the sessions cannot remove those of one user"));
  }

  /** Removes the sessions that have expired at this time, in milliseconds since 1970. */
  Future<Void> sweep(long now);
}
