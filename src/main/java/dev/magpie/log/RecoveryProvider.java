package dev.magpie.log;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Port: the store of durable logs and sessions. Found by {@link java.util.ServiceLoader}; of several, Magpie's own among them, {@code
 * IoOptions.setRecoveryProvider} or the setting {@code recovery.provider} chooses one. Called from any thread.
 */
public interface RecoveryProvider {

  /** The log and the sessions of one namespace. */
  interface Stores {
    /** The log. */
    EventLog log();

    /** The sessions. */
    RecoveryStore sessions();

    /** Closes both, once whoever opened them needs them no more. */
    Future<Void> close();
  }

  /**
   * Opens the log and the sessions of a namespace. A future that fails with {@link LogUnavailableException} is tried again later; any other
   * failure is final.
   *
   * @param namespace the name of the namespace, with the name of its {@code Io} before it
   */
  Future<Stores> open(Vertx vertx, String namespace, RecoveryOptions options);
}
