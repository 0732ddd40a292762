package dev.magpie.core;

import dev.magpie.protocol.Packet;
import dev.magpie.transport.admission.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Function;

/**
 * A socket's event middleware and the queue of events that wait for it: events are handled in the order of arrival, also if a check is
 * asynchronous. Owned by one socket, which creates it with its first middleware.
 */
abstract class Inbox {
  /** Heap of an event besides its text and attachments. */
  private static final long EVENT_BYTES = 512;

  /** @param bytes about the heap that it uses */
  private record Waiting(Packet event, long bytes) {}

  private final Loop loop;
  private final MemoryBudget.Account memory;
  private final Middleware<JsonArray> middleware = new Middleware<>();
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  /** Bytes of all events that wait or are being checked. */
  private long held;
  private boolean checking;

  /** @param memory account of the client */
  Inbox(Loop loop, MemoryBudget.Account memory) {
    this.loop = loop;
    this.memory = memory;
  }

  abstract boolean isOpen();

  /**
   * Handles an event that has passed the middleware.
   *
   * @param bytes about the heap that it uses
   */
  abstract void handle(Packet event, long bytes);

  abstract void refused(Packet event, Throwable failure);

  void use(Function<? super JsonArray, ? extends Future<?>> check) {
    middleware.add(check);
  }

  /**
   * @param size bytes of the event and its attachments
   * @param most events that may wait
   * @return false if too many wait, or the memory is used up
   */
  boolean add(Packet event, long size, int most) {
    long bytes = EVENT_BYTES + size;
    if (waiting.size() >= most || !memory.add(bytes)) return false;
    held += bytes;
    waiting.add(new Waiting(event, bytes));
    if (!checking) next();
    return true;
  }

  /** Drops the queue: the socket has disconnected. */
  void clear() {
    waiting.clear();
    giveBack(held);
  }

  private void giveBack(long bytes) {
    held -= bytes;
    memory.add(-bytes);
  }

  private void next() {
    while (!checking && isOpen()) {
      Waiting next = waiting.poll();
      if (next == null) return;
      checking = true;
      middleware.run(next.event.arguments(), loop, failure -> checked(next, failure));
    }
  }

  private void checked(Waiting next, Throwable failure) {
    // After clear() the memory of this event has been given back.
    if (held > 0) giveBack(next.bytes);
    if (failure == null) handle(next.event, next.bytes);
    else refused(next.event, failure);
    checking = false;
    next();
  }
}
