package dev.magpie.transport;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.List;

/**
 * What the channels of one event loop share: the list of those that wrote in this turn of the loop, flushed together by one task when the
 * turn ends, and a scratch array. Used on that loop's thread only.
 */
final class LoopTurn implements Runnable {
  private static final FastThreadLocal<LoopTurn> CURRENT =
      new FastThreadLocal<>() {
        @Override
        protected LoopTurn initialValue() {
          return new LoopTurn();
        }
      };

  private static final int SCRATCH_BYTES = 16 << 10;

  /** Contents are good until the caller returns to the loop. */
  final byte[] scratch = new byte[SCRATCH_BYTES];

  private List<WebSocketChannel> written = new ArrayList<>();
  private List<WebSocketChannel> flushing = new ArrayList<>();

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
    for (WebSocketChannel channel : batch) channel.flush();
    batch.clear();
  }
}
