package dev.magpie.bench;

/** Latencies in buckets of 10 microseconds, up to 20 seconds. Used on one thread. */
final class Histogram {
  private static final long BUCKET_NANOS = 10_000;

  private final int[] buckets = new int[2_000_000];
  private long count;

  void add(long nanos) {
    buckets[(int) Math.min(Math.max(0, nanos / BUCKET_NANOS), buckets.length - 1)]++;
    count++;
  }

  /** In milliseconds. */
  double percentile(double fraction) {
    long wanted = (long) (count * fraction);
    long seen = 0;
    for (int i = 0; i < buckets.length; i++) if ((seen += buckets[i]) > wanted) return i / 100.0;
    return 0;
  }
}
