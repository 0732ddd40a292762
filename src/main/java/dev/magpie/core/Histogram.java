package dev.magpie.core;

import dev.magpie.Internal;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Durations, counted in fixed buckets from 100 µs to 10 s. Written by one thread without locks; read from any thread, where values may be a
 * moment old.
 */
public final class Histogram {
  /** Upper bounds of the buckets, in nanoseconds: from 100 µs to 10 s; one more bucket has the rest. */
  private static final long[] BOUNDS = {
    100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
    1_000_000_000L, 2_500_000_000L, 5_000_000_000L, 10_000_000_000L
  };

  /** The buckets, then the sum in nanoseconds. */
  private final AtomicLongArray values = new AtomicLongArray(BOUNDS.length + 2);

  /** An empty histogram. */
  public Histogram() {}

  /** Counts one duration; called by the one thread that writes. */
  @Internal
  public void record(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS.length && nanos > BOUNDS[bucket]) bucket++;
    add(bucket, 1);
    add(BOUNDS.length + 1, nanos);
  }

  private void add(int index, long amount) {
    values.lazySet(index, values.getPlain(index) + amount);
  }

  /** Upper bounds of the buckets, in seconds; the last is infinite. */
  public static double[] bounds() {
    double[] bounds = new double[BOUNDS.length + 1];
    for (int i = 0; i < BOUNDS.length; i++) bounds[i] = BOUNDS[i] / 1e9;
    bounds[BOUNDS.length] = Double.POSITIVE_INFINITY;
    return bounds;
  }

  /** The number of durations in each bucket, not cumulative. */
  public long[] counts() {
    long[] counts = new long[BOUNDS.length + 1];
    for (int i = 0; i < counts.length; i++) counts[i] = values.get(i);
    return counts;
  }

  /** The sum of all durations, in seconds. */
  public double sum() {
    return values.get(BOUNDS.length + 1) / 1e9;
  }
}
