package dev.magpie.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * State that the channels of one event loop share: the channels that wrote in this turn, flushed together by one task at its end; the runs
 * of frames that they write; a direct buffer for writing; a scratch array. Used on that loop's thread only.
 *
 * <p>Fan-out is coalesced: sending to {@link #FAN_OUT} channels or more costs a system call for each, whether it carries one message or
 * ten. So a fan-out opens a coalescing window as long as its writing took: what is fanned out within the window is written together at its
 * end, and the loop has half of its time for everything else. A message to one channel is not delayed, and flushes what that channel was
 * sent before.
 */
final class LoopTurn implements Runnable {
  private static final FastThreadLocal<LoopTurn> CURRENT =
      new FastThreadLocal<>() {
        @Override
        protected LoopTurn initialValue() {
          return new LoopTurn();
        }
      };

  /** Bytes that a channel gathers in one turn before it writes. */
  static final int STAGE_BYTES = 64 << 10;

  private static final int SCRATCH_BYTES = 16 << 10;

  /** Channels that are sent the same message: from this number on their writes are coalesced. */
  static final int FAN_OUT = 64;

  /** Maximum number of broadcasts per turn whose delay is measured. */
  private static final int TIMED = 64;

  /** Its contents are valid until the caller returns to the loop. */
  final byte[] scratch = new byte[SCRATCH_BYTES];

  private List<ChannelWriter> written = new ArrayList<>();
  private List<ChannelWriter> flushing = new ArrayList<>();

  // The coalescing window: channels that wait for its end.
  private List<ChannelWriter> coalescing = new ArrayList<>();
  private List<ChannelWriter> coalesced = new ArrayList<>();
  private long windowEnds = System.nanoTime();
  private long longestWindow = TimeUnit.MILLISECONDS.toNanos(WebSocketChannel.DEFAULT_WINDOW_MS);

  // Pending delay measurements: emit times and their callbacks.
  private final long[] emittedAt = new long[TIMED];
  private final LongConsumer[] timers = new LongConsumer[TIMED];
  private int timed;

  private FrameRun begun;
  private FrameRun put;
  private byte[] putBytes;

  // Direct buffer for the bytes of a run, allocated on first use.
  private FrameRun staged;
  private ByteBuf stage;

  private LoopTurn() {}

  static LoopTurn current() {
    return CURRENT.get();
  }

  void flushAtEnd(ChannelWriter writer) {
    written.add(writer);
    if (written.size() == 1) writer.eventLoop().execute(this);
  }

  @Override
  public void run() {
    // Writes during the flush belong to the next turn.
    List<ChannelWriter> batch = written;
    written = flushing;
    flushing = batch;
    long now = System.nanoTime();
    boolean inWindow = now - windowEnds < 0;
    boolean toMany = false;
    for (ChannelWriter writer : batch) {
      boolean fanOut = writer.isFanOut();
      if (fanOut && inWindow) {
        flushLater(writer);
      } else {
        toMany |= fanOut;
        writer.turnEnds();
      }
    }
    batch.clear();
    if (toMany) openWindow(now);
    forgetRuns();
    if (coalescing.isEmpty()) reportTimes();
  }

  /** Reports the nanoseconds since {@code emittedAt} when all that this turn has sent is written; nothing where it has sent nothing. */
  void whenWritten(long emittedAt, LongConsumer nanos) {
    if (timed == TIMED || written.isEmpty() && coalescing.isEmpty()) return;
    this.emittedAt[timed] = emittedAt;
    timers[timed++] = nanos;
  }

  private void reportTimes() {
    if (timed == 0) return;
    long now = System.nanoTime();
    for (int i = 0; i < timed; i++) {
      timers[i].accept(now - emittedAt[i]);
      timers[i] = null;
    }
    timed = 0;
  }

  private void flushLater(ChannelWriter writer) {
    if (!writer.joinsWindow()) return;
    coalescing.add(writer);
    if (coalescing.size() == 1) writer.eventLoop().schedule(this::windowEnded, windowEnds - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  private void windowEnded() {
    List<ChannelWriter> batch = coalescing;
    coalescing = coalesced;
    coalesced = batch;
    long now = System.nanoTime();
    for (ChannelWriter writer : batch) writer.windowEnded();
    batch.clear();
    openWindow(now);
    forgetRuns();
    reportTimes();
  }

  private void openWindow(long begun) {
    window(Math.min(System.nanoTime() - begun, longestWindow));
  }

  /** The longest coalescing window; 0 for none. */
  void setLongestWindow(long nanos) {
    longestWindow = nanos;
  }

  /** Opens a coalescing window of so many nanoseconds. */
  void window(long nanos) {
    windowEnds = System.nanoTime() + nanos;
  }

  private void forgetRuns() {
    begun = null;
    put = null;
    putBytes = null;
    staged = null;
  }

  /** The run of this frame alone. */
  FrameRun begin(SharedFrame frame) {
    if (begun == null || !begun.isOnly(frame)) begun = new FrameRun(null, frame);
    return begun.held();
  }

  /** A run's bytes, from the one at this index on, as Netty takes them. */
  ByteBuf view(FrameRun run, int from) {
    return Unpooled.wrappedBuffer(bytes(run), from, run.length() - from);
  }

  /**
   * Hands a run of {@link #STAGE_BYTES} at most to the operating system.
   *
   * @return how many bytes it took; 0 also for a socket that fails
   */
  int send(Socket socket, FrameRun run) {
    // A closed descriptor may already belong to another connection.
    if (!socket.isOpen()) return 0;
    if (staged != run) stage(run);
    try {
      return stage.hasMemoryAddress()
          ? socket.sendAddress(stage.memoryAddress(), 0, run.length())
          : socket.send(stage.internalNioBuffer(0, run.length()), 0, run.length());
    } catch (IOException failed) {
      return 0;
    }
  }

  private void stage(FrameRun run) {
    if (stage == null) stage = Unpooled.directBuffer(STAGE_BYTES, STAGE_BYTES);
    stage.setBytes(0, bytes(run));
    staged = run;
  }

  private byte[] bytes(FrameRun run) {
    if (put != run) {
      putBytes = run.bytes();
      put = run;
    }
    return putBytes;
  }
}
