package dev.magpie.auth;

import dev.magpie.logging.ThrottledWarning;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JSON Web Key Set in a file or at an address, which is read anew when it is old, and when a token names a key that is not in it. Keys
 * are kept while it cannot be read. Owned by a gateway, used on its context.
 */
final class KeySet {
  private static final Logger log = LoggerFactory.getLogger(KeySet.class);

  /** Shortest time between two reads: everybody can send a token with an unknown {@code kid}. */
  static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Tokens that wait for a read; one more is refused. */
  private static final int MOST_WAITING = 1_000;

  private final Vertx vertx;
  private final Supplier<Future<Buffer>> source;
  private final Set<String> algorithms;
  private final long oldNanos;
  private final LongSupplier nanoTime;
  private final ThrottledWarning unread;

  private JwtKeys keys = JwtKeys.NONE;
  private @Nullable Future<JwtKeys> reading;
  private int waiting;
  private boolean wasRead;
  private long lastRead;

  /**
   * @param source reads it; completes on the gateway's context
   * @param name of the setting, for the log
   * @param nanoTime a clock that only goes forward
   */
  KeySet(Vertx vertx, Supplier<Future<Buffer>> source, String name, AuthOptions.Jwt options, LongSupplier nanoTime) {
    this.vertx = vertx;
    this.source = source;
    this.algorithms = options.algorithms();
    this.oldNanos = TimeUnit.MILLISECONDS.toNanos(options.jwksRefreshMs());
    this.nanoTime = nanoTime;
    this.unread = new ThrottledWarning(log, "keys of tokens not read setting=" + name);
  }

  /** The keys as they were read last. An old set is read anew, which this does not wait for. */
  JwtKeys keys() {
    if (reading == null && wasRead && nanoTime.getAsLong() - lastRead >= oldNanos) read();
    return keys;
  }

  /**
   * The keys after a read, for a token whose key is not among {@link #keys}; without a read if there was one just before.
   *
   * @return fails if the set could not be read, or if too many wait for it
   */
  Future<JwtKeys> newest() {
    if (reading == null && wasRead && nanoTime.getAsLong() - lastRead < LEAST_NANOS) return Future.succeededFuture(keys);
    if (waiting >= MOST_WAITING) return Future.failedFuture("too many tokens wait for keys");
    waiting++;
    return read().onComplete(done -> waiting--);
  }

  /** Reads it; a read that runs already is the one. Its failure is logged. */
  Future<JwtKeys> read() {
    if (reading != null) return reading;
    wasRead = true;
    lastRead = nanoTime.getAsLong();
    Future<JwtKeys> begun = source.get().map(text -> JwtKeys.ofJwks(vertx, text, algorithms)).onSuccess(this::changed)
        .onFailure(unread::warn);
    reading = begun;
    begun.onComplete(done -> reading = null);
    return begun;
  }

  private void changed(JwtKeys read) {
    if (read.size() == 0) log.warn("no key in the set verifies tokens algorithms={}", algorithms);
    else if (read.size() != keys.size()) log.info("keys of tokens read count={}", read.size());
    keys = read;
  }
}
