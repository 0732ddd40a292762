package dev.magpie.transport.heartbeat;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A timer wheel of buckets by expiry, one for each event loop: a tick visits the buckets that expired, not every connection. Owned by one
 * context, where {@link Sweeps} ticks it. Reads monotonic time only. A timer beyond the span of the wheel stays in its bucket for further
 * rounds.
 */
public final class TimerWheel {
  /** From one tick to the next, in milliseconds. Fine enough for "interval + timeout + 0.5 s", even if one tick is late. */
  public static final long TICK_MS = 100;

  /** The resolution: a timer expires at most one bucket and one tick late. */
  static final long BUCKET_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /**
   * Most time that the clock advances without a tick. After a stall of the loop or the process, answers of clients are unread in the
   * kernel, so the time of the stall is not counted.
   */
  public static final long MAX_LATENESS_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** Two periods without a tick: the loop is behind, and pongs may be unread. */
  public static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(2 * TICK_MS);

  /** Maximum number of expired timers processed per event-loop turn; the rest run in the next turn. Each may close a connection. */
  static final int SLICE = 200;

  private static final int BUCKETS = 4096;

  private final LongSupplier nanoTime;
  private final long origin;
  /** Nanoseconds of stalls, which this clock does not count. */
  private long stallCredit;
  private long lastTick;
  private final TimerHandle[] buckets = new TimerHandle[BUCKETS];
  private long swept = -1;
  /** Expired timers that have not run yet. */
  private final TimerHandle ready = newHead();
  private int size;
  private int heartbeats;
  private final MissedPongs missedPongs = new MissedPongs(this);

  public TimerWheel(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.origin = nanoTime.getAsLong();
  }

  /** Nanoseconds since this wheel was made, without those of stalls. */
  public long now() {
    // Monotonic, even if the underlying clock goes back.
    return Math.max(lastTick, Math.min(running(), lastTick + MAX_LATENESS_NANOS));
  }

  private long running() {
    return nanoTime.getAsLong() - origin - stallCredit;
  }

  /** Nanoseconds of stalls so far. */
  public long stallCredit() {
    return stallCredit;
  }

  /** Whether the last tick is so long ago that input of clients may be unread. */
  public boolean isLate() {
    return running() - lastTick > LATE_NANOS;
  }

  /** How many timers are scheduled. */
  public int size() {
    return size;
  }

  /** How many {@link Heartbeat}s are scheduled. */
  int heartbeats() {
    return heartbeats;
  }

  /** Statistics of the connections registered on the timer wheel and their missing pongs. */
  public MissedPongs missedPongs() {
    return missedPongs;
  }

  /** Schedules the timer so many nanoseconds from now; replaces its deadline before. */
  public void schedule(TimerHandle timer, long delayNanos) {
    cancel(timer);
    timer.at = now() + Math.max(0, delayNanos);
    link(timer);
    count(timer, 1);
  }

  public void cancel(TimerHandle timer) {
    if (!timer.isScheduled()) return;
    unlink(timer);
    count(timer, -1);
  }

  private void count(TimerHandle timer, int change) {
    size += change;
    if (timer instanceof Heartbeat) heartbeats += change;
  }

  /** Nanoseconds until the timer; negative once it has passed. */
  public long remaining(TimerHandle timer) {
    return timer.at - now();
  }

  /** Runs what is due, all at once. Ticks come every {@link #TICK_MS}. */
  public void tick() {
    advance();
    while (runSlice()) {
      // All in this turn of the loop.
    }
  }

  /** Whether a sweep now would find anything. */
  boolean anyDue() {
    long now = now();
    long bucket = now / BUCKET_NANOS;
    for (long b = Math.max(swept, bucket - BUCKETS + 1); b <= bucket; b++) {
      TimerHandle head = buckets[(int) Math.floorMod(b, (long) BUCKETS)];
      if (head == null) continue;
      for (TimerHandle d = head.next; d != head; d = d.next) if (d.at <= now) return true;
    }
    return false;
  }

  /** Advances the clock and removes expired timers from the wheel. Visits each bucket at most once, even after a late tick. */
  void advance() {
    long now = now();
    stallCredit += running() - now;
    lastTick = now;
    long bucket = now / BUCKET_NANOS;
    // One full round visits every bucket, however late the tick.
    long first = Math.max(swept, bucket - BUCKETS + 1);
    for (long b = first; b <= bucket; b++) sweep((int) Math.floorMod(b, (long) BUCKETS), now);
    swept = bucket;
  }

  /**
   * Runs some of the expired timers. Timers that they schedule fire at a later tick.
   *
   * @return whether expired timers remain
   */
  boolean runSlice() {
    for (int ran = 0; ran < SLICE && ready.next != ready; ran++) {
      TimerHandle d = ready.next;
      unlink(d);
      count(d, -1);
      d.due();
    }
    return ready.next != ready;
  }

  private void sweep(int index, long now) {
    TimerHandle head = buckets[index];
    if (head == null) return;
    for (TimerHandle d = head.next; d != head; ) {
      TimerHandle following = d.next;
      if (d.at <= now) {
        unlink(d);
        insert(ready, d);
      }
      d = following;
    }
  }

  private void link(TimerHandle timer) {
    // A deadline in the past goes to the bucket of the next tick.
    long bucket = Math.max(timer.at / BUCKET_NANOS, swept);
    int index = (int) Math.floorMod(bucket, (long) BUCKETS);
    if (buckets[index] == null) buckets[index] = newHead();
    insert(buckets[index], timer);
  }

  private static void insert(TimerHandle head, TimerHandle timer) {
    timer.previous = head.previous;
    timer.next = head;
    head.previous.next = timer;
    head.previous = timer;
  }

  private static void unlink(TimerHandle timer) {
    timer.previous.next = timer.next;
    timer.next.previous = timer.previous;
    timer.previous = null;
    timer.next = null;
  }

  private static TimerHandle newHead() {
    TimerHandle head = new Head();
    head.previous = head;
    head.next = head;
    return head;
  }

  private static final class Head extends TimerHandle {
    @Override
    protected void due() {
      throw new IllegalStateException("the head of a bucket is never due");
    }
  }
}
