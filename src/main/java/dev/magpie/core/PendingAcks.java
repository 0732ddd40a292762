package dev.magpie.core;

import dev.magpie.transport.ClientUse;
import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.heartbeat.TimerHandle;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

  private final Loop loop;
  private final MemoryBudget.Account memory;
  private final TimerWheel timers;
  private final int most;
  private final Histogram times;
  /** Null for a client that is exempt. */
  private final @Nullable ClientUse use;
  private final @Nullable String user;
  private final Map<Long, Pending> pending = new HashMap<>(4);

  /**
   * @param memory account of the client
   * @param use what counts on its address and its users; null for one that is exempt
   * @param user as whom the socket is identified; null for nobody
   */
  PendingAcks(Loop loop, MemoryBudget.Account memory, @Nullable ClientUse use, @Nullable String user) {
    this.loop = loop;
    this.memory = memory;
    this.timers = loop.timers();
    this.most = loop.options().maxPendingAcks();
    this.times = loop.counters().acknowledgements();
    this.use = use;
    this.user = user;
  }

  int size() {
    return pending.size();
  }

  /** @return false, without an effect, if too many are outstanding or the memory is used up */
  boolean expect(long id, Pending ack, long timeoutNanos) {
    if (pending.size() >= most) {
      loop.limits().refused(Scope.SOCKET, Resource.PENDING_ACKS);
      return false;
    }
    if (!memory.add(BYTES)) return false;
    if (use != null && use.hold(Resource.PENDING_ACKS, user) != null) {
      memory.add(-BYTES);
      return false;
    }
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
    if (use != null) use.release(Resource.PENDING_ACKS, user, 1);
    return true;
  }

  /** The client has disconnected. */
  void failAll(String why) {
    List<Pending> owed = new ArrayList<>(pending.values());
    pending.clear();
    memory.add(-BYTES * owed.size());
    if (use != null) use.release(Resource.PENDING_ACKS, user, owed.size());
    for (Pending ack : owed) {
      timers.cancel(ack);
      ack.failed(new AckTimeoutException(why));
    }
  }
}
