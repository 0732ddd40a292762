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

/** The threads that search: as many as there are processors, and a queue with an end. Futures complete on their asker's context. */
final class SearchThreads {
  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

  /** Questions that wait: half a second's worth for each processor. */
  private static final int QUEUE = 200 * THREADS;

  /** From here on a question gets less thought. */
  private static final int BUSY = 20 * THREADS;

  private final Vertx vertx;
  // Not workers of Vert.x: those are closed with the verticle that happened to ask for them first.
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

  /** Runs this last, after what was asked before. */
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
