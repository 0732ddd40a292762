package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Rate limit of wrong moderator secrets by address, or IPv6 network of 64 bits. Owned by one {@link ChatHouse}, used on its context; the
 * total may be read from any thread.
 */
final class WrongSecrets {
  /** From one address in a minute; more than one connection has, since several people may share an address. */
  static final int MOST = 20;

  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Addresses that are tracked; beyond it the oldest is dropped. */
  private static final int MOST_ADDRESSES = 10_000;

  private final LongSupplier nanoTime;
  private final Map<String, Window> windows = new LinkedHashMap<>();
  private final AtomicLong total = new AtomicLong();

  WrongSecrets(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Notes what an address tried.
   *
   * @param right whether it is a moderator's secret; above the limit a right one is refused too
   */
  void tried(String address, boolean right) {
    Window window = windows.get(address);
    if (window != null && nanoTime.getAsLong() - window.since >= WINDOW_NANOS) windows.remove(address);
    else if (window != null && window.count >= MOST) {
      ignored();
      throw tooMany();
    }
    if (!right) add(address);
  }

  /** One came that was not looked at. */
  void ignored() {
    total.incrementAndGet();
  }

  private void add(String address) {
    total.incrementAndGet();
    windows.computeIfAbsent(address, first -> new Window(nanoTime.getAsLong())).count++;
    Iterator<Window> oldest = windows.values().iterator();
    while (windows.size() > MOST_ADDRESSES) {
      oldest.next();
      oldest.remove();
    }
  }

  static ChatError tooMany() {
    return new ChatError(Code.RATE_LIMIT, "too many wrong secrets; try again in a minute");
  }

  long total() {
    return total.get();
  }

  private static final class Window {
    private final long since;
    private int count;

    private Window(long since) {
      this.since = since;
    }
  }
}
