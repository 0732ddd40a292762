package dev.magpie.core;

import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.heartbeat.Deadline;
import dev.magpie.transport.heartbeat.Deadlines;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The acknowledgements that one socket's client still owes: bounded in number, each with an end. Owned by a {@link Socket}, used on its
 * context only.
 */
final class PendingAcks {

  /** One that is owed; told exactly once how it ended. */
  abstract static class Pending extends Deadline {
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

  /** About what one takes of the heap: its entry, its deadline and the promise behind it. */
  private static final long BYTES = 256;

  private final MemoryBudget.Account memory;
  private final Deadlines deadlines;
  private final int most;
  private final Histogram times;
  private final Map<Long, Pending> pending = new HashMap<>(4);

  /** @param memory of the client that owes them */
  PendingAcks(MemoryBudget.Account memory, Deadlines deadlines, int most, Histogram times) {
    this.memory = memory;
    this.deadlines = deadlines;
    this.most = most;
    this.times = times;
  }

  int size() {
    return pending.size();
  }

  /** @return false, and nothing is kept, when the client owes too many already, or there is no memory for one more */
  boolean expect(long id, Pending ack, long timeoutNanos) {
    if (pending.size() >= most || !memory.add(BYTES)) return false;
    ack.owner = this;
    ack.id = id;
    ack.askedAt = deadlines.now();
    pending.put(id, ack);
    deadlines.schedule(ack, timeoutNanos);
    return true;
  }

  /** @return whether the id was owed */
  boolean answer(long id, JsonArray args) {
    Pending ack = pending.get(id);
    if (ack == null || !remove(id, ack)) return false;
    deadlines.cancel(ack);
    times.record(deadlines.now() - ack.askedAt);
    ack.answered(args);
    return true;
  }

  private boolean remove(long id, Pending ack) {
    if (!pending.remove(id, ack)) return false;
    memory.add(-BYTES);
    return true;
  }

  /** The client has gone: nothing is owed any more. */
  void failAll(String why) {
    List<Pending> owed = new ArrayList<>(pending.values());
    pending.clear();
    memory.add(-BYTES * owed.size());
    for (Pending ack : owed) {
      deadlines.cancel(ack);
      ack.failed(new AckTimeoutException(why));
    }
  }
}
