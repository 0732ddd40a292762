package dev.magpie.bot;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Thread pool for searches: one thread per processor and a bounded queue. Futures complete on the caller's context. */
final class SearchThreads {
  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

  /** Bound of the queue: about half a second of work per processor. */
  private static final int QUEUE = 200 * THREADS;

  /** Queue length from which on searches skip the embeddings. */
  private static final int BUSY = 20 * THREADS;

  private final Vertx vertx;
  // Not a Vert.x worker pool: it would be closed together with the verticle that created it.
  private final ThreadPoolExecutor threads;

  SearchThreads(Vertx vertx) {
    this.vertx = vertx;
    threads = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUE), work -> {
      Thread thread = new Thread(work, "magpie-search");
      thread.setDaemon(true);
      return thread;
    });
    threads.allowCoreThreadTimeOut(true);
  }

  boolean busy() {
    return threads.getQueue().size() > BUSY;
  }

  <T> Future<T> call(Callable<T> work) {
    Promise<T> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
    try {
      threads.execute(() -> {
        try {
          promise.complete(work.call());
        } catch (Exception | LinkageError failure) {
          promise.fail(failure);
        }
      });
    } catch (RejectedExecutionException full) {
      promise.fail("too many questions wait already");
    }
    return promise.future();
  }

  /** Runs the action after all queued searches, then stops the threads. */
  Future<Void> close(Runnable last) {
    Promise<Void> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
    new Thread(() -> {
      threads.shutdown();
      try {
        threads.awaitTermination(5, TimeUnit.SECONDS);
        last.run();
        promise.complete();
      } catch (InterruptedException | RuntimeException failure) {
        promise.fail(failure);
      }
    }, "magpie-search-end").start();
    return promise.future();
  }
}
