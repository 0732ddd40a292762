package dev.magpie.store;

import com.mongodb.MongoConnectionPoolClearedException;
import com.mongodb.MongoNodeIsRecoveringException;
import com.mongodb.MongoNotPrimaryException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoTimeoutException;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.logging.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Circuit breaker and bulkhead in front of the database: operations have a timeout and a bounded number in flight; while the database is
 * away they fail at once, except one probe a second. The probe writes: a member of a set that is not its primary answers pings.
 * One for each {@link Store}; may be used from any thread.
 */
final class DatabaseGate {
  private static final Logger log = LoggerFactory.getLogger(DatabaseGate.class);

  private static final long LIMIT_MS = 3_000;
  private static final int MOST_UNDER_WAY = 1_000;

  /** Consecutive connection failures that open the circuit. */
  private static final int FAILURES = 3;

  private static final long PROBE_MS = 1_000;

  private final Vertx vertx;
  private final Supplier<Future<Void>> probe;
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicBoolean away = new AtomicBoolean();
  private volatile boolean closed;

  /** @param probe asks the database itself; while it fails by the connection, or because the data is refused, the database stays away */
  DatabaseGate(Vertx vertx, Supplier<Future<Void>> probe) {
    this.vertx = vertx;
    this.probe = probe;
  }

  <T> Future<T> ask(Supplier<Future<T>> question) {
    if (away.get()) return Future.failedFuture(new DatabaseAwayException("the database is away; try again later"));
    if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
      underWay.decrementAndGet();
      return Future.failedFuture(new DatabaseAwayException("the database is too slow; try again later"));
    }
    // An operation counts as in flight until the driver completes it, even after its timeout.
    return limited(question.get().onComplete(done -> underWay.decrementAndGet()));
  }

  /**
   * For writes that are retried: only the driver's own timeout applies, since a retry must not start while the first attempt may still be
   * executed.
   */
  <T> Future<T> askToTheEnd(Supplier<Future<T>> question) {
    if (away.get()) return Future.failedFuture(new DatabaseAwayException("the database is away; try again later"));
    return question.get().onComplete(done -> note(done.cause()));
  }

  /** For the log and its sessions, which have their own bounds: fails with {@link LogUnavailableException} where a retry may succeed. */
  <T> Future<T> askForLog(Supplier<Future<T>> question) {
    if (away.get()) return Future.failedFuture(new LogUnavailableException("the database is away", null));
    return limited(question.get())
        .recover(failure -> Future.failedFuture(isOfTheConnection(failure) ? new LogUnavailableException(reason(failure), failure)
        : failure));
  }

  private <T> Future<T> limited(Future<T> asked) {
    return asked.timeout(LIMIT_MS, TimeUnit.MILLISECONDS).onComplete(done -> note(done.cause()));
  }

  boolean isAway() {
    return away.get();
  }

  void close() {
    closed = true;
  }

  /** Shortens the driver's message, which contains its whole view of the cluster. */
  static String reason(Throwable failure) {
    if (isOfTheConnection(failure)) return "it does not answer";
    return Reason.of(failure);
  }

  /** Connection errors are retried; authorization errors are not. */
  private static boolean isOfTheConnection(Throwable failure) {
    if (failure.getCause() instanceof MongoSecurityException) return false;
    return failure instanceof MongoTimeoutException
        || failure instanceof MongoSocketException
        || failure instanceof MongoConnectionPoolClearedException
        || failure instanceof MongoNotPrimaryException
        || failure instanceof MongoNodeIsRecoveringException
        || failure instanceof TimeoutException;
  }

  private void note(Throwable failure) {
    if (failure == null || !isOfTheConnection(failure)) {
      failures.set(0);
      return;
    }
    if (failures.incrementAndGet() >= FAILURES) leave(failure);
  }

  /** Where this is a failure of the connection, nobody else asks until a probe succeeds. */
  void leave(Throwable failure) {
    if (!isOfTheConnection(failure) || !away.compareAndSet(false, true)) return;
    log.warn("database away reason={}", reason(failure));
    probe(System.nanoTime());
  }

  private void probe(long since) {
    vertx.setTimer(PROBE_MS, timer -> {
      if (closed) return;
      probe.get().timeout(LIMIT_MS, TimeUnit.MILLISECONDS).onComplete(probed -> {
        if (probed.failed() && (isOfTheConnection(probed.cause()) || probed.cause() instanceof DataRefusedException)) {
          probe(since);
          return;
        }
        failures.set(0);
        away.set(false);
        log.info("database back after={}s", (System.nanoTime() - since) / 1_000_000_000);
      });
    });
  }
}
