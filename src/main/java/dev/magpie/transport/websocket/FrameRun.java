package dev.magpie.transport.websocket;

/**
 * The frames sent to a channel in one turn of its loop, which leave in one write. Members of a room mostly get the same frames in the same
 * order: they share one run, whose bytes are concatenated once per loop. Owned by one {@link LoopTurn}.
 */
final class FrameRun {
  private final FrameRun before;
  private final SharedFrame last;
  private final int length;
  /** The most recent extension of this run. */
  private FrameRun next;
  private int holders;

  FrameRun(FrameRun before, SharedFrame last) {
    this.before = before;
    this.last = last;
    this.length = last.length() + (before == null ? 0 : before.length);
  }

  /** This run extended by a frame; the same object for all channels that append the same frame. */
  FrameRun then(SharedFrame frame) {
    if (next == null || next.last != frame) next = new FrameRun(this, frame);
    return next.held();
  }

  /** Counts one more channel that holds it. */
  FrameRun held() {
    holders++;
    return this;
  }

  /** How many channels have held it, including those whose run is longer by now. */
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
