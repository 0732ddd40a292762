package dev.magpie.transport.admission;

import dev.magpie.Internal;

/**
 * Decides when to return memory after most clients have disconnected: only a full collection shrinks the heap, and an idle collector never
 * runs one. It pauses the program for about a tenth of a second, so it is requested once per peak, when three quarters of the clients have
 * been gone for a while. Polled at regular intervals, by one thread.
 */
@Internal
public final class MemoryRelease {
  /** Smaller peaks are ignored: this many clients hold some tens of MiB. */
  static final int LEAST_CLIENTS = 4_000;

  /** Delay, since clients may reconnect at once after a network failure. */
  static final int STEPS = 3;

  private long most;
  private int low;

  /** @param clients how many there are now */
  public boolean isDue(long clients) {
    most = Math.max(most, clients);
    low = most >= LEAST_CLIENTS && clients <= most / 4 ? low + 1 : 0;
    if (low < STEPS) return false;
    most = clients;
    low = 0;
    return true;
  }
}
