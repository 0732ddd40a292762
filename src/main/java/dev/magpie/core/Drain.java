package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Closes the clients of a stopping {@link Io} in waves, since each reconnects at once and all together would overload the next server.
 * Clients are served until their wave. Used on the instance's context only.
 */
final class Drain {
  private static final long WAVE_MILLIS = 100;

  /** Least clients closed per second: so few do not overload another server. */
  private static final int LEAST_IN_A_WAVE = 20;

  private final Loop loop;
  private final Queue<Connections.Element> leaving;
  private final int wave;
  private final Promise<Void> done;

  /** @param millis in which all are asked to go; who does not come to an end is closed by whoever waits for it */
  Drain(Loop loop, Connections connections, long millis) {
    this.loop = loop;
    this.leaving = new ArrayDeque<>(connections.all());
    long waves = Math.max(1, millis / WAVE_MILLIS);
    this.wave = (int) Math.max(LEAST_IN_A_WAVE, (leaving.size() + waves - 1) / waves);
    this.done = loop.promise();
  }

  Future<Void> run() {
    next();
    return done.future();
  }

  private void next() {
    for (int i = 0; i < wave && !leaving.isEmpty(); i++) leaving.poll().close(CloseReason.SERVER_SHUTTING_DOWN);
    if (leaving.isEmpty()) done.complete();
    // Several instances drain side by side; they need not march in step.
    else loop.context().setTimer(ThreadLocalRandom.current().nextLong(WAVE_MILLIS / 2, WAVE_MILLIS * 3 / 2), fired -> next());
  }
}
