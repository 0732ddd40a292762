package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;

/** A socket's blocking calls, which a worker thread runs one after the other. Owned by one {@link Socket}, used on its context. */
final class BlockingCalls {
  private record Call(Callable<Object> work, Promise<Object> result) {}

  private final Loop loop;
  private final Queue<Call> waiting = new ArrayDeque<>();
  private boolean working;

  BlockingCalls(Loop loop) {
    this.loop = loop;
  }

  int size() {
    return waiting.size();
  }

  Future<Object> add(Callable<Object> work) {
    Promise<Object> result = loop.promise();
    waiting.add(new Call(work, result));
    if (!working) next();
    return result.future();
  }

  private void next() {
    Call call = waiting.poll();
    working = call != null;
    if (!working) return;
    // Unordered on the context: the calls of other sockets do not wait for this one.
    loop.context().executeBlocking(call.work, false).onComplete(outcome -> loop.run(() -> {
      call.result.handle(outcome);
      next();
    }));
  }
}
