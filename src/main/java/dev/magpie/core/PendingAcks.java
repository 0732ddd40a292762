package dev.magpie.core;

import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.heartbeat.TimerHandle;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The outstanding acknowledgements of one socket's client: bounded in number, each with a timeout. Owned by a {@link Socket}, used on its
 * context only.
 */
final class PendingAcks {

  /** An outstanding acknowledgement; one of its methods is called, once. */
  abstract static class Pending extends TimerHandle {
    private PendingAcks owner;
    private long id;
    private long askedAt;

    abstract void answered(JsonArray args);

    abstract void failed(AckTimeoutException why);

    @Override
    protected final void due() {
      if (owner.remove(id, this)) failed(new AckTimeoutException("not acknowledged in time"));
    }
  }

  /** Heap of one: entry, timer and promise; an estimate. */
  private static final long BYTES = 256;

  private final MemoryBudget.Account memory;
  private final TimerWheel timers;
  private final int most;
  private final Histogram times;
  private final Map<Long, Pending> pending = new HashMap<>(4);

  /** @param memory account of the client */
  PendingAcks(MemoryBudget.Account memory, TimerWheel timers, int most, Histogram times) {
    this.memory = memory;
    this.timers = timers;
    this.most = most;
    this.times = times;
  }

  int size() {
    return pending.size();
  }

  /** @return false, without an effect, if too many are outstanding or the memory is used up */
  boolean expect(long id, Pending ack, long timeoutNanos) {
    if (pending.size() >= most || !memory.add(BYTES)) return false;
    ack.owner = this;
    ack.id = id;
    ack.askedAt = timers.now();
    pending.put(id, ack);
    timers.schedule(ack, timeoutNanos);
    return true;
  }

  /** @return whether an acknowledgement with this id was outstanding */
  boolean answer(long id, JsonArray args) {
    Pending ack = pending.get(id);
    if (ack == null || !remove(id, ack)) return false;
    timers.cancel(ack);
    times.record(timers.now() - ack.askedAt);
    ack.answered(args);
    return true;
  }

  private boolean remove(long id, Pending ack) {
    if (!pending.remove(id, ack)) return false;
    memory.add(-BYTES);
    return true;
  }

  /** The client has disconnected. */
  void failAll(String why) {
    List<Pending> owed = new ArrayList<>(pending.values());
    pending.clear();
    memory.add(-BYTES * owed.size());
    for (Pending ack : owed) {
      timers.cancel(ack);
      ack.failed(new AckTimeoutException(why));
    }
  }
}
