package dev.magpie.transport.websocket;

/**
 * The frames that a channel was sent in one turn of its loop, and that leave in one write. The members of a room were mostly sent the same
 * ones in the same order: they hold the same run, whose bytes are put together once for each loop, whatever their number. Owned by one
 * {@link LoopTurn}.
 */
final class FrameRun {
  private final FrameRun before;
  private final SharedFrame last;
  private final int length;
  /** The run that went on from here the last time. */
  private FrameRun next;
  private int holders;

  FrameRun(FrameRun before, SharedFrame last) {
    this.before = before;
    this.last = last;
    this.length = last.length() + (before == null ? 0 : before.length);
  }

  /** This run and one more frame; the same object for all who go on by the same frame. */
  FrameRun then(SharedFrame frame) {
    if (next == null || next.last != frame) next = new FrameRun(this, frame);
    return next.held();
  }

  /** One more channel holds it. */
  FrameRun held() {
    holders++;
    return this;
  }

  /** How many channels have held it, those among them that were sent more by now. */
  int holders() {
    return holders;
  }

  boolean isOnly(SharedFrame frame) {
    return before == null && last == frame;
  }

  int length() {
    return length;
  }

  /** All its bytes in order; not to be written to. */
  byte[] bytes() {
    if (before == null) return last.bytes();
    byte[] bytes = new byte[length];
    int end = length;
    for (FrameRun run = this; run != null; run = run.before) {
      end -= run.last.length();
      System.arraycopy(run.last.bytes(), 0, bytes, end, run.last.length());
    }
    return bytes;
  }
}
