package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Closes the connections of a stopping {@link Io} in waves: each client reconnects at once, and all together would overload the next
 * server. Clients are served until their wave. Used on the instance's context only.
 */
final class Drain {
  private static final long WAVE_MILLIS = 100;

  /** Minimum size of a wave: so few do not overload another server. */
  private static final int MIN_WAVE = 20;

  private final Loop loop;
  private final Queue<Connections.Element> leaving;
  private final int wave;
  private final Promise<Void> done;

  /** @param millis time within which all are closed; the caller closes what is open after it */
  Drain(Loop loop, Connections connections, long millis) {
    this.loop = loop;
    this.leaving = new ArrayDeque<>(connections.all());
    long waves = Math.max(1, millis / WAVE_MILLIS);
    this.wave = (int) Math.max(MIN_WAVE, (leaving.size() + waves - 1) / waves);
    this.done = loop.promise();
  }

  Future<Void> run() {
    next();
    return done.future();
  }

  private void next() {
    for (int i = 0; i < wave && !leaving.isEmpty(); i++) leaving.poll().close(CloseReason.SERVER_SHUTTING_DOWN);
    if (leaving.isEmpty()) done.complete();
    // Jitter, so that the instances of a process do not send their waves together.
    else loop.context().setTimer(ThreadLocalRandom.current().nextLong(WAVE_MILLIS / 2, WAVE_MILLIS * 3 / 2), fired -> next());
  }
}
