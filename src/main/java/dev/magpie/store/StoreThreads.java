package dev.magpie.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Where the maps of the embedded store are read and changed: a page may have to come from the disk, and a change may wait for a commit. Not
 * Vert.x's workers, for an interrupt in the middle of a write closes the file for everyone.
 */
final class StoreThreads implements AutoCloseable {
  private final ExecutorService writer;
  private final ExecutorService readers;

  StoreThreads(String name) {
    this.writer = Executors.newSingleThreadExecutor(task -> daemon(task, name + "-writer"));
    this.readers = Executors.newFixedThreadPool(2, task -> daemon(task, name + "-reader"));
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, "magpie-" + name);
    thread.setDaemon(true);
    return thread;
  }

  <T> Future<T> read(Callable<T> question) {
    Promise<T> answer = Promise.promise();
    run(readers, answer, () -> answer.complete(question.call()));
    return answer.future();
  }

  /** Succeeds with what the change returns, once the commit is done that it names. */
  <T> Future<T> write(Change<T> change) {
    Promise<T> done = Promise.promise();
    run(writer, done, () -> {
      Holder<T> result = new Holder<>();
      change.run(result).whenComplete((committed, failure) -> {
        if (failure == null) done.complete(result.value);
        else done.fail(failure);
      });
    });
    return done.future();
  }

  /** The change; stores its result in the holder. */
  interface Change<T> {
    CompletionStage<Void> run(Holder<T> result);
  }

  static final class Holder<T> {
    T value;
  }

  private interface Task {
    void run() throws Exception;
  }

  private static void run(ExecutorService threads, Promise<?> promise, Task task) {
    try {
      threads.execute(() -> {
        try {
          task.run();
        } catch (Throwable failure) {
          promise.tryFail(failure);
          // Fails the waiting futures, then rethrows the error of the virtual machine.
          if (failure instanceof Error error) throw error;
        }
      });
    } catch (RejectedExecutionException closed) {
      promise.tryFail(closed);
    }
  }

  /** Returns when all tasks in progress have completed. */
  @Override
  public void close() {
    writer.shutdown();
    readers.shutdown();
    try {
      if (!writer.awaitTermination(10, TimeUnit.SECONDS) || !readers.awaitTermination(10, TimeUnit.SECONDS))
        throw new IllegalStateException("the store's threads did not end");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
