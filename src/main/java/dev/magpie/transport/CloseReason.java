package dev.magpie.transport;

import org.jspecify.annotations.NullMarked;

/**
 * Why a connection ended. The text is what {@code disconnect} handlers get, that of socket.io where it has one; the code is the WebSocket
 * close code that the client gets (RFC 6455, section 7.4; 4000 and above are Magpie's).
 */
@NullMarked
public enum CloseReason {
  /** The client closed the connection, or the connection broke without an error. */
  TRANSPORT_CLOSE("transport close", 1000),
  /** The connection broke with an error. */
  TRANSPORT_ERROR("transport error", 1002),
  /** The client violated the protocol of its transport: WebSocket frames, requests of long-polling. */
  PROTOCOL_ERROR("transport error", 1002),
  /** No pong in time. No Socket.IO DISCONNECT is sent, so the client connects again. */
  PING_TIMEOUT("ping timeout", 4000),
  /** The client sent a packet that violates the protocol or its limits. */
  PARSE_ERROR("parse error", 1008),
  /** A text frame that is not UTF-8. */
  INVALID_TEXT("parse error", 1007),
  /** The client sent a message above the size limit. */
  PAYLOAD_TOO_LARGE("payload too large", 1009),
  /** The server's application closed the connection. */
  FORCED_SERVER_CLOSE("forced server close", 1000),
  /** The client closed the whole connection by a packet of its protocol. */
  FORCED_CLOSE("forced close", 1000),
  /** The server stops; the client should reconnect elsewhere. */
  SERVER_SHUTTING_DOWN("server shutting down", 1001),
  /** The client joined no namespace in time. */
  CONNECT_TIMEOUT("connect timeout", 4001),
  /** A plain client named a namespace that does not exist, or that does not admit it. */
  NAMESPACE_REFUSED("namespace refused", 4404),
  /** The client reads too slowly: its send queue is full, or it took next to nothing for ten seconds. */
  SLOW_CONSUMER("slow consumer", 4008),
  /** More events or bytes than its limits allow. */
  RATE_LIMIT("rate limit", 1008),
  /** The memory budget for unfinished messages, of this address or in total, is exhausted. Temporary. */
  OUT_OF_MEMORY("server short of memory", 1013),
  /** Another connection has taken over the session. */
  SESSION_TAKEN_OVER("session taken over", 4009),
  /** The user's token has expired, and no new one came; the client connects again with another one. */
  TOKEN_EXPIRED("token expired", 4401),
  /** The server failed while it served this client. */
  SERVER_ERROR("server error", 1011);

  private final String text;
  private final int code;

  CloseReason(String text, int code) {
    this.text = text;
    this.code = code;
  }

  /** Whether the client caused it by misuse; such ends are logged, at a bounded rate. */
  public boolean isBreach() {
    return switch (this) {
      case PROTOCOL_ERROR, PARSE_ERROR, INVALID_TEXT, PAYLOAD_TOO_LARGE, RATE_LIMIT, OUT_OF_MEMORY, SLOW_CONSUMER, CONNECT_TIMEOUT -> true;
      case TRANSPORT_CLOSE, TRANSPORT_ERROR, PING_TIMEOUT, FORCED_SERVER_CLOSE, FORCED_CLOSE, SERVER_SHUTTING_DOWN, NAMESPACE_REFUSED,
          SESSION_TAKEN_OVER, TOKEN_EXPIRED, SERVER_ERROR -> false;
    };
  }

  /** The text for {@code disconnect} handlers. */
  public String text() {
    return text;
  }

  /** The WebSocket close code for the client. */
  public int code() {
    return code;
  }
}
