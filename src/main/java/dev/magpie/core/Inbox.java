package dev.magpie.core;

import dev.magpie.protocol.Packet;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Function;

/**
 * A socket's middleware for events, and the events that wait for it: they are handled in the order in which they came, however long a check
 * takes. Owned by one socket, which makes it with its first middleware.
 */
abstract class Inbox {
  private final Loop loop;
  private final Middleware<JsonArray> middleware = new Middleware<>();
  private final Queue<Packet> waiting = new ArrayDeque<>();
  private boolean checking;

  Inbox(Loop loop) {
    this.loop = loop;
  }

  abstract boolean isOpen();

  /** It has passed. */
  abstract void handle(Packet event);

  abstract void refused(Packet event, Throwable failure);

  void use(Function<? super JsonArray, ? extends Future<?>> check) {
    middleware.add(check);
  }

  /** @return false when too many wait already */
  boolean add(Packet event, int most) {
    if (waiting.size() >= most) return false;
    waiting.add(event);
    if (!checking) next();
    return true;
  }

  private void next() {
    while (!checking && isOpen()) {
      Packet event = waiting.poll();
      if (event == null) return;
      checking = true;
      middleware.run(event.arguments(), loop, failure -> checked(event, failure));
    }
  }

  private void checked(Packet event, Throwable failure) {
    if (failure == null) handle(event);
    else refused(event, failure);
    checking = false;
    next();
  }
}
