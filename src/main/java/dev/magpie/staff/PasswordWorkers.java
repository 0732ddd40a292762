package dev.magpie.staff;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.shareddata.Shareable;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that hash passwords: at most two, since a hash takes 19 MiB and all of a core; one where the heap is small. Their queue is
 * bounded, so that a flood of logins ends in refusals and not in memory. Shared by all of a Vert.x instance; safe for all threads.
 */
final class PasswordWorkers implements Shareable {
  /** Of a hash that found no place in the queue. */
  static final class Busy extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Busy() {
      super("too many logins at once; try again in a few seconds", null, false, false);
    }
  }

  /** Hashes that are being computed or wait: two seconds of work. */
  static final int MOST_PENDING = 32;

  /** Two hashes at once need some 40 MB. */
  private static final long SMALL_HEAP = 256L << 20;

  private static final int THREADS = Runtime.getRuntime().maxMemory() < SMALL_HEAP ? 1 : 2;
  private static final String NAME = "magpie-staff-passwords";

  private final WorkerExecutor workers;
  private final AtomicInteger pending = new AtomicInteger();

  private PasswordWorkers(Vertx vertx) {
    this.workers = vertx.createSharedWorkerExecutor(NAME, THREADS);
  }

  static PasswordWorkers of(Vertx vertx) {
    return vertx.sharedData().<String, PasswordWorkers>getLocalMap("magpie.staff").computeIfAbsent("passwords",
        key -> new PasswordWorkers(vertx));
  }

  Future<String> hash(String password) {
    return run(() -> PasswordHash.of(password));
  }

  Future<Boolean> matches(String hash, String password) {
    return run(() -> PasswordHash.matches(hash, password));
  }

  /** Fails with {@link Busy} where too many wait. */
  <T> Future<T> run(Callable<T> work) {
    if (pending.incrementAndGet() > MOST_PENDING) {
      pending.decrementAndGet();
      return Future.failedFuture(new Busy());
    }
    return workers.executeBlocking(work, false).onComplete(done -> pending.decrementAndGet());
  }
}
