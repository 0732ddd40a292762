package dev.magpie.core;

import dev.magpie.protocol.ReservedRoomException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A failure whose message is sent to the client. Middleware that fails with it refuses a connection by CONNECT_ERROR {@code {"message",
 * "data"}}; a handler that fails with it acknowledges {@code {"error": message, "data"}}. The message of {@code Future.failedFuture("…")}
 * is sent too; of any other failure of a handler the client is told only that there was one, and it is logged. Without a stack trace.
 */
public class ClientError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final Pattern CLASS_NAME = Pattern.compile("\\b(?:[a-z_][\\w$]*\\.)+[A-Z]");

  private final transient @Nullable JsonObject data;

  /** A failure without data. */
  public ClientError(String message) {
    this(message, null);
  }

  /**
   * A failure with data.
   *
   * @param data sent to the client beside the message, or null for none
   */
  public ClientError(String message, @Nullable JsonObject data) {
    this(message, data, null);
  }

  private ClientError(String message, @Nullable JsonObject data, @Nullable Throwable cause) {
    // Without a stack trace: refusals are no faults, and may be frequent.
    super(message, cause, false, false);
    this.data = data;
  }

  /**
   * What connect middleware has thrown, as the refusal of its client: its message is told, as by {@code next(new Error(message))} of
   * socket.io, but not that of a fault of the program, nor one that names a class.
   */
  static Throwable refusal(Throwable thrown) {
    String message = thrown.getMessage();
    boolean told = message != null && !message.isBlank() && !isTold(thrown) && !isFault(thrown) && !CLASS_NAME.matcher(message).find();
    return told ? new ClientError(message, null, thrown) : thrown;
  }

  private static boolean isFault(Throwable thrown) {
    return !(thrown instanceof Exception) || thrown instanceof NullPointerException || thrown instanceof ClassCastException
        || thrown instanceof IndexOutOfBoundsException || thrown instanceof ArithmeticException || RetryLater.isMeantBy(thrown);
  }

  /** A failed future. */
  public static <T extends @Nullable Object> Future<T> future(String message) {
    return Future.failedFuture(new ClientError(message));
  }

  /** A failed future with data for the client, or null for none. */
  public static <T extends @Nullable Object> Future<T> future(String message, @Nullable JsonObject data) {
    return Future.failedFuture(new ClientError(message, data));
  }

  /** What is sent to the client beside the message, or null. */
  public @Nullable JsonObject data() {
    return data;
  }

  /** Whether the client is sent this failure's message. */
  @SuppressWarnings("removal") // The type of a Vert.x future that failed with a text; there is no public one.
  static boolean isTold(Throwable failure) {
    return failure instanceof ClientError || failure instanceof ReservedRoomException
        || failure instanceof io.vertx.core.impl.NoStackTraceThrowable;
  }

  /** What an acknowledgement says about this failure. */
  static JsonObject acknowledgementOf(Throwable failure) {
    if (failure instanceof ClientError told) return told.toJson();
    return error(messageOf(failure, failure instanceof HandlerTimeout ? "handler timeout" : "internal error"), null);
  }

  JsonObject toJson() {
    return error(String.valueOf(getMessage()), data);
  }

  private static JsonObject error(String message, @Nullable JsonObject data) {
    JsonObject error = new JsonObject().put("error", message);
    return data == null ? error : error.put("data", data);
  }

  /** The message that the client is sent: this failure's, or {@code otherwise} if that is not for clients. */
  static String messageOf(Throwable failure, String otherwise) {
    return isTold(failure) && failure.getMessage() != null ? failure.getMessage() : otherwise;
  }

  /** The failure's data for the client, or null. */
  static @Nullable JsonObject dataOf(Throwable failure) {
    return failure instanceof ClientError refusal ? refusal.data : null;
  }
}
