package dev.magpie.state;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/** Executors and a clock that move only when a test says so: tasks wait until {@link #run}, timers until {@link #advance}. */
final class Steps implements Timers {
  private record Timer(long at, long order, Runnable task) {}

  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong(Timer::at).thenComparingLong(Timer::order));
  private long now = 1_000_000;
  private long made;

  /** All executors share one queue: what passes between them keeps its order. */
  Executor executor() {
    return tasks::add;
  }

  /** Runs until nothing waits. */
  void run() {
    for (Runnable task; (task = tasks.poll()) != null; ) task.run();
  }

  /** Runs the timers that are due within this time, in milliseconds, and all that follows from them. */
  void advance(long millis) {
    long end = now + millis;
    run();
    while (!timers.isEmpty() && timers.peek().at <= end) {
      Timer next = timers.poll();
      now = next.at;
      next.task.run();
      run();
    }
    now = end;
  }

  @Override
  public long now() {
    return now;
  }

  @Override
  public Runnable schedule(long millis, Runnable task) {
    Timer timer = new Timer(now + millis, ++made, task);
    timers.add(timer);
    return () -> timers.remove(timer);
  }
}
