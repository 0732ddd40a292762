package dev.magpie.transport.heartbeat;

/**
 * Something that is due at a moment: a node of {@link TimerWheel}, linked into its wheel without a list or a map around it. Owned by the
 * wheel's context.
 */
public abstract class TimerHandle {
  TimerHandle previous;
  TimerHandle next;
  /** The wheel's own nanoseconds. */
  long at;

  /** Called once, on the wheel's context, at or after the deadline; the timer may be scheduled again. */
  protected abstract void due();

  public final boolean isScheduled() {
    return next != null;
  }
}
