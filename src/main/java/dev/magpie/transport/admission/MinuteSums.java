package dev.magpie.transport.admission;

import dev.magpie.Internal;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Sums per key over a window of one minute, which begins with the key's first amount. Basis of the limits per address and per user. Used on
 * one context.
 */
@Internal
public final class MinuteSums {
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Most keys; beyond it the oldest is dropped. */
  private static final int MOST_KEYS = 10_000;

  private final LongSupplier nanoTime;
  private final Map<String, Window> windows = new LinkedHashMap<>();

  /** @param nanoTime a monotonic clock */
  public MinuteSums(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The sum of the key's current window; 0 if there is none. */
  public long of(String key) {
    Window window = windows.get(key);
    if (window == null) return 0;
    if (nanoTime.getAsLong() - window.since < WINDOW_NANOS) return window.sum;
    windows.remove(key);
    return 0;
  }

  public void add(String key, long amount) {
    // Removes a window that is over.
    of(key);
    windows.computeIfAbsent(key, first -> new Window(nanoTime.getAsLong())).sum += amount;
    Iterator<Window> oldest = windows.values().iterator();
    while (windows.size() > MOST_KEYS) {
      oldest.next();
      oldest.remove();
    }
  }

  private static final class Window {
    private final long since;
    private long sum;

    private Window(long since) {
      this.since = since;
    }
  }
}
