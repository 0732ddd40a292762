package dev.magpie.chat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** A permanent refusal of a request; its client reads {@code {ok: false, code, message}}. */
final class ChatError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  enum Code {
    /** Something in the request is missing, of the wrong type or out of its bounds. */
    INVALID,
    NOT_MEMBER,
    FORBIDDEN,
    MUTED,
    NOT_FOUND,
    NAME_TAKEN,
    TOO_MANY_ROOMS,
    RATE_LIMIT,
    /** Temporary: the request may be repeated later. */
    UNAVAILABLE
  }

  private final Code code;

  ChatError(Code code, String message) {
    // Without a stack trace: refusals are frequent.
    super(message, null, false, false);
    this.code = code;
  }

  static <T> Future<T> future(Code code, String message) {
    return Future.failedFuture(new ChatError(code, message));
  }

  Code code() {
    return code;
  }

  JsonObject toJson() {
    return new JsonObject().put("ok", false).put("code", code.name()).put("message", getMessage());
  }
}
