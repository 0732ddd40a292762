package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A failure that the client is told, word for word: a middleware that fails with it refuses a connection by CONNECT_ERROR {@code
 * {"message", "data"}}, a handler's future that fails with it answers an acknowledgement with {@code {"error": message, "data"}}. A future
 * that fails with a plain text ({@code Future.failedFuture("…")}) is told too; any other failure goes to the log, and the client learns
 * only that there was one.
 */
public final class ClientError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable JsonObject data;

  public ClientError(String message) {
    this(message, null);
  }

  /** @param data more for the client to read, or null for none */
  public ClientError(String message, @Nullable JsonObject data) {
    // Without a stack trace: refusing is ordinary, and may be frequent.
    super(message, null, false, false);
    this.data = data;
  }

  public static <T> Future<T> future(String message) {
    return Future.failedFuture(new ClientError(message));
  }

  public static <T> Future<T> future(String message, @Nullable JsonObject data) {
    return Future.failedFuture(new ClientError(message, data));
  }

  /** More for the client to read, or null. */
  public @Nullable JsonObject data() {
    return data;
  }

  /** Whether this failure's message may be shown to the client. */
  @SuppressWarnings("removal") // What Vert.x makes of a future that fails with a message; it names no other type for it.
  static boolean isTold(Throwable failure) {
    return failure instanceof ClientError || failure instanceof io.vertx.core.impl.NoStackTraceThrowable;
  }

  /** What a client reads of this failure, {@code otherwise} when it is none of its business. */
  static String messageOf(Throwable failure, String otherwise) {
    return isTold(failure) && failure.getMessage() != null ? failure.getMessage() : otherwise;
  }

  /** The failure's data for the client, or null. */
  static @Nullable JsonObject dataOf(Throwable failure) {
    return failure instanceof ClientError refusal ? refusal.data : null;
  }
}
