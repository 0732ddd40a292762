package dev.magpie.transport.admission;

/**
 * Says when most clients have gone and their memory is worth giving back: a collector that has nothing to do keeps the heap of a storm for
 * ever, and only a whole collection shrinks it. That stops the program for about a tenth of a second, so it is asked for once a storm, when
 * three quarters of its clients have been gone for a while. Asked in even steps of time, by one thread.
 */
public final class MemoryRelease {
  /** Fewer clients leave nothing worth stopping for: so many some tens of MiB. */
  static final int LEAST_CLIENTS = 4_000;

  /** They may come back at once, as after a network's fault. */
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
