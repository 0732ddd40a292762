package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.admission.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A socket's blocking calls, which worker or virtual threads run one after the other, also when its client has left meanwhile: they count
 * in the memory budget until they have run. Owned by one {@link Socket}, used on its context.
 */
final class BlockingCalls {
  /** Heap of a call besides its event; an estimate. */
  private static final long CALL_BYTES = 512;

  /** @param context of the event, where it is traced; otherwise the instance's */
  private record Call(ContextInternal context, Callable<Object> work, long bytes, boolean virtual, Promise<Object> result) {}

  private final Loop loop;
  private final Connection client;
  private final MemoryBudget.Account memory;
  private final Queue<Call> waiting = new ArrayDeque<>();
  private boolean working;
  /** Where the calls on virtual threads run, made for the first of them. */
  private @Nullable ContextInternal virtual;

  BlockingCalls(Loop loop, Connection client) {
    this.loop = loop;
    this.client = client;
    this.memory = client.newAccount(this::evict);
  }

  /**
   * @param size bytes of the event
   * @param virtual whether it runs on a virtual thread, not on a worker
   * @return null, without an effect, if too many wait or the memory is used up
   */
  @Nullable Future<Object> add(Callable<Object> work, long size, boolean virtual) {
    long bytes = CALL_BYTES + size;
    if (waiting.size() >= loop.options().maxWaiting() || !memory.add(bytes)) return null;
    Promise<Object> result = loop.promise();
    waiting.add(new Call(loop.current(), work, bytes, virtual, result));
    if (!working) next();
    return result.future();
  }

  /** It holds the most while another client finds no memory: those that have not begun are dropped. */
  private void evict() {
    memory.add(-waiting.stream().mapToLong(Call::bytes).sum());
    waiting.clear();
    // In another turn: the caller may be iterating over all clients.
    loop.context()
        .runOnContext(turn -> client.close(CloseReason.OUT_OF_MEMORY,
        "memory for events is used up, and this client's take the most"));
  }

  private void next() {
    Call call = waiting.poll();
    working = call != null;
    if (!working) return;
    Future<Object> done = call.virtual ? onVirtualThread(call.work)
        // Unordered on the context: the calls of other sockets do not wait for this one.
        : call.context.executeBlocking(call.work, false);
    done.onComplete(outcome -> loop.run(() -> {
      memory.add(-call.bytes);
      call.result.handle(outcome);
      next();
    }));
  }

  /** A context of its own, since a virtual thread that blocks holds up its context. */
  private Future<Object> onVirtualThread(Callable<Object> work) {
    if (virtual == null) virtual = loop.context().owner().createVirtualThreadContext();
    Promise<Object> done = loop.promise();
    virtual.runOnContext(turn -> {
      try {
        done.complete(work.call());
      } catch (Throwable failure) {
        done.fail(failure);
      }
    });
    return done.future();
  }
}
