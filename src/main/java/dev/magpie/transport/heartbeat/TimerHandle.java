package dev.magpie.transport.heartbeat;

/**
 * A timer of a {@link TimerWheel}, and its node there: linked into its bucket without a list or map entry. Owned by the wheel's context.
 */
public abstract class TimerHandle {
  TimerHandle previous;
  TimerHandle next;
  /** The deadline, in nanoseconds of the wheel's clock. */
  long at;

  /** Called once, on the wheel's context, at or after the deadline; the timer may be scheduled again. */
  protected abstract void due();

  public final boolean isScheduled() {
    return next != null;
  }
}
