package dev.magpie.articles;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/** A progress bar on a terminal; no output otherwise. */
final class Progress implements AutoCloseable {
  private static final int WIDTH = 30;
  private static final long EVERY_NANOS = 100_000_000;

  private final PrintStream screen;
  private final LongSupplier nanoTime;
  private long drawn;
  private boolean shown;

  /** @param screen null where there is no terminal */
  Progress(PrintStream screen) {
    this(screen, System::nanoTime);
  }

  Progress(PrintStream screen, LongSupplier nanoTime) {
    this.screen = screen;
    this.nanoTime = nanoTime;
    this.drawn = nanoTime.getAsLong();
  }

  void show(String what, long done, long all) {
    long now = nanoTime.getAsLong();
    if (screen == null || now - drawn < EVERY_NANOS) return;
    drawn = now;
    shown = true;
    int percent = (int) Math.min(100, all <= 0 ? 100 : done * 100 / all);
    int full = WIDTH * percent / 100;
    screen.print("\r" + what + " [" + "#".repeat(full) + " ".repeat(WIDTH - full) + "] " + percent + " %  ");
    screen.flush();
  }

  /** Takes the bar away. Idempotent. */
  @Override
  public void close() {
    if (!shown) return;
    shown = false;
    screen.print("\r" + " ".repeat(WIDTH + 24) + "\r");
    screen.flush();
  }
}
