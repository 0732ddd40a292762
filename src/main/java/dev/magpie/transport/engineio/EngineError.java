package dev.magpie.transport.engineio;

import io.vertx.core.json.JsonObject;

/** The errors of the Engine.IO protocol: {@code {"code":n,"message":"…"}}, with the code as a number. */
public enum EngineError {
  TRANSPORT_UNKNOWN(0, 400, "Transport unknown"),
  SESSION_ID_UNKNOWN(1, 400, "Session ID unknown"),
  BAD_HANDSHAKE_METHOD(2, 400, "Bad handshake method"),
  BAD_REQUEST(3, 400, "Bad request"),
  FORBIDDEN(4, 403, "Forbidden"),
  UNSUPPORTED_PROTOCOL_VERSION(5, 400, "Unsupported protocol version");

  private final int code;
  private final int status;
  private final String message;

  EngineError(int code, int status, String message) {
    this.code = code;
    this.status = status;
    this.message = message;
  }

  public int code() {
    return code;
  }

  /** Status of the HTTP answer. */
  public int status() {
    return status;
  }

  public String message() {
    return message;
  }

  String body() {
    return body(message);
  }

  String body(String message) {
    return new JsonObject().put("code", code).put("message", message).encode();
  }
}
