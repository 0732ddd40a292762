package dev.magpie.transport.http;

import dev.magpie.transport.admission.Admission;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.http1.Http1ServerConnection;

/**
 * An answer that ends its connection: requests that are pipelined behind it are not answered, and a client that is still sending can read
 * it. Over HTTP/2, where a connection carries other requests, only the one request ends. Used on the request's context.
 */
public final class LastAnswer {
  // Codes of HTTP/2 (RFC 9113, section 7).
  private static final long NO_ERROR = 0;
  private static final long INTERNAL_ERROR = 2;

  private LastAnswer() {}

  /** Announces that the connection will close; ignores further requests on it. The caller ends the response and closes. */
  public static void announce(HttpServerRequest request) {
    if (!(request.connection() instanceof Http1ServerConnection connection)) return;
    request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    Admission admission = Admission.of(connection.context().owner());
    admission.leaves(connection);
    if (admission.hasRoom()) LingeringClose.prepare(connection);
    connection.handler(behind -> {});
    connection.invalidRequestHandler(behind -> {});
  }

  /** Ends the response with this text and closes the connection when it is written. */
  public static void end(HttpServerRequest request, String text) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) return;
    announce(request);
    boolean closes = request.connection() instanceof Http1ServerConnection;
    response.end(text).onComplete(written -> {
      if (closes) request.connection().close();
    });
  }

  /**
   * Ends an exchange of which a part is missing, answered or not: closes the connection, or over HTTP/2, where it carries other exchanges,
   * resets the stream.
   */
  public static void cut(HttpServerRequest request) {
    if (request.version() != HttpVersion.HTTP_2) request.connection().close();
    else request.response().reset(request.response().ended() ? NO_ERROR : INTERNAL_ERROR);
  }

  /** An internal error, errors of the virtual machine included: 500 without details, which are logged. */
  public static void failed(HttpServerRequest request, Throwable fault) {
    FaultLog.write("request failed", fault);
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) return;
    if (response.headWritten()) {
      cut(request);
      return;
    }
    request.resume();
    response.setStatusCode(500).putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8");
    end(request, "500 Internal Server Error\n");
  }
}
