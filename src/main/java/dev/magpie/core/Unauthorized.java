package dev.magpie.core;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A client's token, or the lack of one, does not let it in, or does not let it do what it asked for. */
final class Unauthorized extends ClientError {
  private static final long serialVersionUID = 1L;

  static final Unauthorized EVENT = forbidden("the user's roles or scopes do not allow this event");
  static final Unauthorized ROOM = forbidden("the user's roles or scopes do not allow this room");

  private Unauthorized(String message, @Nullable JsonObject data) {
    super(message, data);
  }

  /**
   * The client has not shown who it is.
   *
   * @param code for programs, such as {@code token_expired}
   * @param reason for people, without anything of the token
   */
  static Unauthorized unknown(String code, String reason) {
    return new Unauthorized("unauthorized", data(code, reason));
  }

  /** The client's user may not do this. */
  static Unauthorized forbidden(String reason) {
    return new Unauthorized("forbidden", data("forbidden", reason));
  }

  /** As the application's provider says. */
  static Unauthorized told(ClientError refusal) {
    return new Unauthorized(String.valueOf(refusal.getMessage()), refusal.data());
  }

  private static JsonObject data(String code, String reason) {
    return new JsonObject().put("code", code).put("reason", reason);
  }

  String code() {
    return data() != null && data().getValue("code") instanceof String code ? code : "unauthorized";
  }

  String reason() {
    return data() != null && data().getValue("reason") instanceof String reason ? reason : String.valueOf(getMessage());
  }
}
