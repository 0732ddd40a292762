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
 * What the channels of one event loop share: the list of those that wrote in this turn of the loop, flushed together by one task when the
 * turn ends; the runs of frames that they write; a stage from which the operating system takes them; a scratch array. Used on that loop's
 * thread only.
 *
 * <p>What is sent to a crowd costs a system call for each member, whether it carries one message or ten. So after the loop has written to a
 * crowd it rests from crowds for as long as that took: what is sent to them meanwhile leaves together, and the loop has half of its time for
 * everything else. A channel that is sent something of its own does not wait, nor does what it was sent before.
 */
final class LoopTurn implements Runnable {
  private static final FastThreadLocal<LoopTurn> CURRENT =
      new FastThreadLocal<>() {
        @Override
        protected LoopTurn initialValue() {
          return new LoopTurn();
        }
      };

  /** What a channel gathers in one turn before it writes. */
  static final int STAGE_BYTES = 64 << 10;

  private static final int SCRATCH_BYTES = 16 << 10;

  /** So many channels that are sent the same. */
  static final int CROWD = 64;

  private static final long USUAL_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** Broadcasts of one turn whose delay is measured; of the others it is about the same. */
  private static final int TIMED = 64;

  /** Contents are good until the caller returns to the loop. */
  final byte[] scratch = new byte[SCRATCH_BYTES];

  private List<WebSocketChannel> written = new ArrayList<>();
  private List<WebSocketChannel> flushing = new ArrayList<>();

  // Rests from crowds: those that wait for the end of this one.
  private List<WebSocketChannel> resting = new ArrayList<>();
  private List<WebSocketChannel> rested = new ArrayList<>();
  private long restsUntil = System.nanoTime();
  private long longestRest = USUAL_REST_NANOS;

  // Broadcasts that wait to be written: when each was emitted, and who wants to know how long it took.
  private final long[] emittedAt = new long[TIMED];
  private final LongConsumer[] timers = new LongConsumer[TIMED];
  private int timed;

  private FrameRun begun;
  private FrameRun put;
  private byte[] putBytes;

  // The bytes of a run outside the heap; made where it is used.
  private FrameRun staged;
  private ByteBuf stage;

  private LoopTurn() {}

  static LoopTurn current() {
    return CURRENT.get();
  }

  void flushAtEnd(WebSocketChannel channel) {
    written.add(channel);
    if (written.size() == 1) channel.eventLoop().execute(this);
  }

  @Override
  public void run() {
    // What is written while we flush belongs to the next turn.
    List<WebSocketChannel> batch = written;
    written = flushing;
    flushing = batch;
    long now = System.nanoTime();
    boolean rests = now - restsUntil < 0;
    boolean toACrowd = false;
    for (WebSocketChannel channel : batch) {
      boolean inACrowd = channel.isInACrowd();
      if (inACrowd && rests) {
        flushLater(channel);
      } else {
        toACrowd |= inACrowd;
        channel.turnEnds();
      }
    }
    batch.clear();
    if (toACrowd) restAfter(now);
    forgetRuns();
    if (resting.isEmpty()) reportTimes();
  }

  /** Tells how long it took from this moment until all that was sent in this turn is written; nothing where nothing was sent. */
  void whenWritten(long emittedAt, LongConsumer nanos) {
    if (timed == TIMED || written.isEmpty() && resting.isEmpty()) return;
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

  private void flushLater(WebSocketChannel channel) {
    if (!channel.beginsRest()) return;
    resting.add(channel);
    if (resting.size() == 1) channel.eventLoop().schedule(this::restEnds, restsUntil - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  private void restEnds() {
    List<WebSocketChannel> batch = resting;
    resting = rested;
    rested = batch;
    long now = System.nanoTime();
    for (WebSocketChannel channel : batch) channel.restEnds();
    batch.clear();
    restAfter(now);
    forgetRuns();
    reportTimes();
  }

  private void restAfter(long begun) {
    rest(Math.min(System.nanoTime() - begun, longestRest));
  }

  /** Rests no longer than this; 0 for never. */
  void restAtMost(long nanos) {
    longestRest = nanos;
  }

  /** Writes to no crowd for so long. */
  void rest(long nanos) {
    restsUntil = System.nanoTime() + nanos;
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
    // A descriptor that was closed may be another connection's by now.
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
