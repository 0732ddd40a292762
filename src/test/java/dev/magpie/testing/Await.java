package dev.magpie.testing;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what happens on other threads, longer than the busiest machine takes; then the test fails. Not for event loops. */
public final class Await {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long PAUSE_MILLIS = 5;

  private Await() {}

  /** Something that is looked at again and again. */
  public interface Condition {
    boolean holds() throws Exception;
  }

  /** @throws CompletionException whose cause is the future's failure */
  public static <T> T await(Future<T> future) {
    return await(future.toCompletionStage().toCompletableFuture());
  }

  /** @throws CompletionException whose cause is the future's failure */
  public static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw new CompletionException(failed.getCause());
    } catch (TimeoutException late) {
      throw new AssertionError("not completed within " + PATIENCE.toSeconds() + " s", late);
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    }
  }

  /** @param fact what is waited for, for the failure's message */
  public static void until(String fact, Condition condition) {
    if (!holdsWithin(PATIENCE, condition)) throw new AssertionError("not within " + PATIENCE.toSeconds() + " s: " + fact);
  }

  /** @return whether it came to hold within that time */
  public static boolean holdsWithin(Duration time, Condition condition) {
    long begun = System.nanoTime();
    try {
      while (!condition.holds()) {
        if (System.nanoTime() - begun > time.toNanos()) return false;
        Thread.sleep(PAUSE_MILLIS);
      }
      return true;
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    } catch (RuntimeException failed) {
      throw failed;
    } catch (Exception failed) {
      throw new CompletionException(failed);
    }
  }

  private static AssertionError interrupted(InterruptedException interrupted) {
    Thread.currentThread().interrupt();
    return new AssertionError("interrupted", interrupted);
  }
}
