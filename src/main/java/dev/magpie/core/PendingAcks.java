package dev.magpie.core;

import dev.magpie.transport.Deadline;
import dev.magpie.transport.Deadlines;
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
      if (owner.pending.remove(id, this)) failed(new AckTimeoutException("not acknowledged in time"));
    }
  }

  private final Deadlines deadlines;
  private final int most;
  private final Histogram times;
  private final Map<Long, Pending> pending = new HashMap<>(4);

  PendingAcks(Deadlines deadlines, int most, Histogram times) {
    this.deadlines = deadlines;
    this.most = most;
    this.times = times;
  }

  int size() {
    return pending.size();
  }

  /** @return false, and nothing is kept, when the client owes too many already */
  boolean expect(long id, Pending ack, long timeoutNanos) {
    if (pending.size() >= most) return false;
    ack.owner = this;
    ack.id = id;
    ack.askedAt = deadlines.now();
    pending.put(id, ack);
    deadlines.schedule(ack, timeoutNanos);
    return true;
  }

  /** @return whether the id was owed */
  boolean answer(long id, JsonArray args) {
    Pending ack = pending.remove(id);
    if (ack == null) return false;
    deadlines.cancel(ack);
    times.record(deadlines.now() - ack.askedAt);
    ack.answered(args);
    return true;
  }

  /** The client has gone: nothing is owed any more. */
  void failAll(String why) {
    List<Pending> owed = new ArrayList<>(pending.values());
    pending.clear();
    for (Pending ack : owed) {
      deadlines.cancel(ack);
      ack.failed(new AckTimeoutException(why));
    }
  }
}
