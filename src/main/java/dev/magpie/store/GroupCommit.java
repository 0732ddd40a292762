package dev.magpie.store;

import dev.magpie.files.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit of one store file: each commit serves all waiting changes. Owned by one {@link EmbeddedMongo}; commits on a thread of its
 * own, may be called from any.
 */
final class GroupCommit implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

  /** Milliseconds between two compaction steps. */
  private static final long TIDY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** Bytes of the file's head, which says where its newest commit is. */
  private static final long HEAD = 8 << 10;

  /** Milliseconds between two checks whether the running commit is blocked by the disk. */
  private static final long LOOK_MILLIS = 50;

  private final MVStore store;
  private final StoreWrites writes;
  private final boolean guarding;
  private final Thread thread = new Thread(this::run, "magpie-store-commit");

  // Those who change the store share it, a commit excludes them: a change is in the file whole or not at all. Fair, so that a stream of
  // changes cannot keep a commit waiting.
  private final ReentrantReadWriteLock changes = new ReentrantReadWriteLock(true);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition asked = lock.newCondition();

  // Guarded by the lock.
  private List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private List<CompletableFuture<Void>> running = List.of();
  private Throwable failure;
  private boolean closing;

  // Changed while no commit runs.
  private volatile boolean backingUp;

  // The commit thread's own.
  private final Compaction compaction;
  private boolean untidy;
  private long tidied = System.nanoTime();

  /** @param guarding false lets every commit succeed without doing anything: the negative control of the tests */
  GroupCommit(MVStore store, StoreWrites writes, boolean guarding) {
    this.store = store;
    this.writes = writes;
    this.guarding = guarding;
    this.compaction = new Compaction(store);
    thread.setDaemon(true);
  }

  GroupCommit start() {
    writes.begin(this::refuse);
    thread.start();
    return this;
  }

  /**
   * Runs a change of several maps that no commit may cut in two. Waits while a commit runs, usually below a millisecond; throws {@link
   * StoreRefusesException}, and has changed nothing, while the disk takes none.
   */
  void change(Runnable change) {
    enter();
    try {
      change.run();
    } finally {
      changes.readLock().unlock();
    }
  }

  private void enter() {
    try {
      do {
        Optional<StoreRefusesException> refusal = writes.refusal();
        if (refusal.isPresent()) throw refusal.get();
      } while (!changes.readLock().tryLock(LOOK_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted before a change of the store", e);
    }
  }

  /** Why writes are refused. */
  Optional<String> refusal() {
    Optional<String> now = writes.refusal().map(Throwable::getMessage);
    if (now.isPresent()) return now;
    lock.lock();
    try {
      return Optional.ofNullable(failure)
          .map(reason -> "the store could not commit and takes no writes until it is opened again: " + reason.getMessage());
    } finally {
      lock.unlock();
    }
  }

  /** Fails the changes that wait for a commit which the disk blocks. The commit may still succeed later. */
  private void refuse() {
    List<CompletableFuture<Void>> told;
    lock.lock();
    try {
      told = new ArrayList<>(running);
      told.addAll(waiting);
      waiting = new ArrayList<>();
    } finally {
      lock.unlock();
    }
    writes.refusal().ifPresent(refusal -> told.forEach(waiter -> waiter.completeExceptionally(refusal)));
  }

  /** Completes, on the commit thread, once all that was changed before this call is in the file; fails when that cannot be. */
  CompletionStage<Void> commit() {
    if (!guarding) return CompletableFuture.completedFuture(null);
    CompletableFuture<Void> committed = new CompletableFuture<>();
    lock.lock();
    try {
      Optional<StoreRefusesException> refusal = writes.refusal();
      if (refusal.isPresent()) return CompletableFuture.failedFuture(refusal.get());
      if (failure != null) return CompletableFuture.failedFuture(failure);
      if (closing) return CompletableFuture.failedFuture(new IllegalStateException("the store is closed"));
      waiting.add(committed);
      asked.signal();
    } finally {
      lock.unlock();
    }
    return committed;
  }

  private void run() {
    for (List<CompletableFuture<Void>> group = next(); group != null; group = next()) {
      try {
        commitNow(!group.isEmpty());
        group.forEach(waiter -> waiter.complete(null));
      } catch (Throwable thrown) { // Also an OutOfMemoryError: those who wait must hear that nothing was committed.
        fail(thrown, group);
      }
    }
  }

  /** @return the waiting changes; empty when a compaction step is due; null at the end */
  private List<CompletableFuture<Void>> next() {
    lock.lock();
    try {
      if (waiting.isEmpty() && !closing) {
        if (untidy) asked.awaitNanos(TIDY_NANOS);
        else asked.await();
      }
      if (waiting.isEmpty() && closing) return null;
      running = waiting;
      waiting = new ArrayList<>();
      return running;
    } catch (InterruptedException nobodyElseKnowsThisThread) {
      return List.of();
    } finally {
      lock.unlock();
    }
  }

  private void commitNow(boolean wanted) {
    changes.writeLock().lock();
    try {
      if (wanted && store.hasUnsavedChanges()) {
        store.commit();
        untidy = true;
        compaction.changed();
      }
      if (untidy && !backingUp && System.nanoTime() - tidied >= TIDY_NANOS) {
        untidy = compaction.step();
        tidied = System.nanoTime();
      }
    } finally {
      changes.writeLock().unlock();
    }
  }

  /**
   * Writes what is committed now to another file, while changes go on: meanwhile nothing in the store's file is written over. Blocks; one
   * at a time.
   */
  synchronized void backUp(Path file, Path to) {
    try {
      PrivateFiles.make(to);
      try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ); FileChannel copy = FileChannel.open(to,
          StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
        long length = freeze(from, copy);
        for (long at = copy.position(); at < length; at += from.transferTo(at, length - at, copy)) {}
      } finally {
        backingUp = false;
        store.setReuseSpace(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the backup was not written to " + to + ": " + e, e);
    }
  }

  /** Copies the head, which is written over at times. @return the length of the file that belongs to it */
  private long freeze(FileChannel from, FileChannel copy) throws IOException {
    changes.writeLock().lock();
    try {
      backingUp = true;
      store.setReuseSpace(false);
      if (store.hasUnsavedChanges()) store.commit();
      long length = from.size();
      for (long at = 0; at < Math.min(HEAD, length); at += from.transferTo(at, Math.min(HEAD, length) - at, copy)) {}
      return length;
    } finally {
      changes.writeLock().unlock();
    }
  }

  private void fail(Throwable thrown, List<CompletableFuture<Void>> group) {
    log.error("store could not commit; it takes no more writes", thrown);
    List<CompletableFuture<Void>> all = new ArrayList<>(group);
    lock.lock();
    try {
      failure = thrown;
      all.addAll(waiting);
      waiting = new ArrayList<>();
    } finally {
      lock.unlock();
    }
    all.forEach(waiter -> waiter.completeExceptionally(thrown));
  }

  /** Commits for those who wait already, then ends the thread. */
  @Override
  public void close() {
    writes.end();
    lock.lock();
    try {
      closing = true;
      asked.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
