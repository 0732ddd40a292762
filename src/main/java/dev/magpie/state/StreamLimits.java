package dev.magpie.state;

import dev.magpie.Internal;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How the streams of a namespace are kept.
 *
 * @param maxStreams maximum number of streams in a room, with those that have ended and are not forgotten
 * @param maxBytes maximum bytes of their ids and texts, as UTF-8
 * @param idleMillis a stream to which nobody appends for so long is aborted
 * @param keepMillis how long a stream that has ended is told to who joins
 * @param store opens the store; null for a namespace that is not durable
 */
@Internal
public record StreamLimits(
    int maxStreams, long maxBytes, long idleMillis, long keepMillis, @Nullable Supplier<Future<StateStore>> store) {

  /** A hundred years: a longer time is the same, and its end does not overflow. */
  private static final long MOST_MILLIS = 100L * 366 * 86_400_000;

  /** Longer times become a hundred years. */
  public StreamLimits {
    idleMillis = Math.min(idleMillis, MOST_MILLIS);
    keepMillis = Math.min(keepMillis, MOST_MILLIS);
  }

  /** Those of the options. */
  public static StreamLimits of(StateOptions options, @Nullable Supplier<Future<StateStore>> store) {
    return new StreamLimits(options.maxKeys(), options.maxRoomBytes(), options.streamIdleMillis(), options.streamKeepMillis(), store);
  }
}
