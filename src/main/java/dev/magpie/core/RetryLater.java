package dev.magpie.core;

import dev.magpie.log.LogUnavailableException;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * A failure that passes, such as a database that is away: the event is not acknowledged, so that a client with {@code retries} sends it
 * again; any acknowledgement, an error too, means delivered to such a client. A handler throws it or fails its future with it. Counted as
 * {@code acks_withheld}. {@link LogUnavailableException} has the same effect.
 */
public final class RetryLater extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure without a cause. */
  public RetryLater(String message) {
    this(message, null);
  }

  /**
   * A failure with its cause.
   *
   * @param message for the log; clients are not told
   * @param cause or null
   */
  public RetryLater(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** A failed future. */
  public static <T extends @Nullable Object> Future<T> future(String message) {
    return Future.failedFuture(new RetryLater(message));
  }

  static boolean isMeantBy(Throwable failure) {
    return failure instanceof RetryLater || failure instanceof LogUnavailableException;
  }
}
