package dev.magpie.transport.websocket;

import dev.magpie.transport.http.LastAnswer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Map;

/** Why an upgrade is rejected: an answer that is not 101. */
record UpgradeRejected(int status, String text, Map<String, String> headers) {

  static UpgradeRejected badRequest(String text) {
    return new UpgradeRejected(400, text, Map.of());
  }

  /** Answers through Vert.x and closes the connection: frames may follow such a request. */
  void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) return;
    response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8");
    headers.forEach(response::putHeader);
    LastAnswer.end(request, text);
  }
}
