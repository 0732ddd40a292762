package dev.magpie.core;

import dev.magpie.protocol.Packet;
import dev.magpie.transport.admission.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Function;

/**
 * A socket's event middleware and the queue of pending events: events are handled in the order of arrival, however long a check takes.
 * Owned by one socket, which makes it with its first middleware.
 */
abstract class Inbox {
  /** Of an event beside its text and attachments. */
  private static final long EVENT_BYTES = 512;

  /** @param bytes about what it takes of the heap */
  private record Waiting(Packet event, long bytes) {}

  private final Loop loop;
  private final MemoryBudget.Account memory;
  private final Middleware<JsonArray> middleware = new Middleware<>();
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  /** Bytes of all that wait or are checked. */
  private long held;
  private boolean checking;

  /** @param memory of the client whose events wait */
  Inbox(Loop loop, MemoryBudget.Account memory) {
    this.loop = loop;
    this.memory = memory;
  }

  abstract boolean isOpen();

  /** It has passed. */
  abstract void handle(Packet event);

  abstract void refused(Packet event, Throwable failure);

  void use(Function<? super JsonArray, ? extends Future<?>> check) {
    middleware.add(check);
  }

  /**
   * @param size of the event and its attachments, in bytes
   * @return false when too many wait already, or there is no memory for one more
   */
  boolean add(Packet event, long size, int most) {
    long bytes = EVENT_BYTES + size;
    if (waiting.size() >= most || !memory.add(bytes)) return false;
    held += bytes;
    waiting.add(new Waiting(event, bytes));
    if (!checking) next();
    return true;
  }

  /** The socket has left: drops the queue. */
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
    // A socket that has left holds nothing any more.
    if (held > 0) giveBack(next.bytes);
    if (failure == null) handle(next.event);
    else refused(next.event, failure);
    checking = false;
    next();
  }
}
