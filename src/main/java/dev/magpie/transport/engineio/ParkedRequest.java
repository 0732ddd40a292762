package dev.magpie.transport.engineio;

import dev.magpie.transport.http.Gzip;
import dev.magpie.transport.http.LastAnswer;
import dev.magpie.transport.http.RequestEvents;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.Json;

/**
 * A long-polling GET or POST that waits for its answer. Owned by the loop where the request arrived; the session that answers it may be on
 * another, so every answer is passed to the request's loop here. Only the first answer is written.
 */
final class ParkedRequest {
  /** Bytes: below this size compression costs more than it saves. */
  private static final int COMPRESS_FROM = 1024;

  /** Bytes: above this size compression would block the loop for milliseconds. */
  private static final int COMPRESS_TO = 256 * 1024;

  private final ContextInternal context;
  private final HttpServerRequest request;
  private final String address;
  private final HttpServerResponse response;
  /** The number of the script callback of a JSONP poll, or null. */
  private final String jsonp;
  private boolean answered;
  private Runnable whenAnswered = () -> {};
  /** Whether the connection closes after the answer, since the rest of the body may never arrive. */
  private boolean closeBehindAnswer;

  /** @param address of the client */
  ParkedRequest(ContextInternal context, HttpServerRequest request, String address, String jsonp) {
    this.context = context;
    this.request = request;
    this.address = address;
    this.response = request.response();
    this.jsonp = jsonp;
  }

  /** Calls this on the request's loop when the client closes before the answer. */
  void onAbort(Runnable aborted) {
    response.closeHandler(closed -> {
      if (answered) return;
      answered = true;
      aborted.run();
    });
  }

  /**
   * Calls this on the request's loop once the request is answered, or at once if it is: then the rest of its body is not needed, and Vert.x
   * does not report that the connection of an answered request closes.
   */
  void onAnswer(Runnable then) {
    if (answered) then.run();
    else whenAnswered = then;
  }

  /** Drops what handlers in front want to do when the head of the answer is written. */
  void dropHeadHandlers() {
    response.headersEndHandler(null);
  }

  /** Whether it is answered, or its client has closed. */
  boolean isAnswered() {
    return answered || response.ended() || response.closed();
  }

  String address() {
    return address;
  }

  boolean isJsonp() {
    return jsonp != null;
  }

  /** A payload of packets as text. */
  void answer(String payload) {
    context.emit(on -> {
      if (jsonp == null) {
        end("text/plain; charset=UTF-8", Buffer.buffer(payload));
        return;
      }
      // U+2028 and U+2029 end a line in older JavaScript, though not in JSON.
      String literal = Json.encode(payload).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
      if (!answered) response.putHeader("X-Content-Type-Options", "nosniff");
      end("text/javascript; charset=UTF-8", Buffer.buffer("___eio[" + jsonp + "](" + literal + ");"));
    });
  }

  /** A payload of packets in the binary form of version 3. */
  void answer(Buffer payload) {
    context.emit(on -> end("application/octet-stream", payload));
  }

  /** The answer to a POST that was read. */
  void ok() {
    context.emit(on -> end("text/html", Buffer.buffer("ok")));
  }

  /** Refuses without a log line: the end of its session is logged. */
  void refuse(EngineError error) {
    refuse(error, error.message());
  }

  void refuse(EngineError error, String message) {
    context.emit(on -> {
      // A GET has no body, so its connection can serve the next request.
      closeBehindAnswer = request.method() == HttpMethod.POST && !request.isEnded();
      end(error.status(), "application/json", Buffer.buffer(error.body(message)));
    });
  }

  /** A fault of the server: answers 500. */
  void fail(Throwable fault) {
    context.emit(on -> {
      answered();
      LastAnswer.failed(request, fault);
    });
  }

  /** Refuses with a log line: its session goes on. */
  void refuseAlone(EngineError error, RequestEvents events) {
    EngineServer.logRefusal(address, error, error.message());
    events.refused(request, error.code(), error.status(), error.message());
    refuse(error);
  }

  private void answered() {
    answered = true;
    whenAnswered.run();
  }

  private void end(String type, Buffer body) {
    end(200, type, body);
  }

  private void end(int status, String type, Buffer body) {
    if (isAnswered()) return;
    answered();
    response.setStatusCode(status);
    response.putHeader("Content-Type", type).putHeader("Cache-Control", "no-store");
    if (closeBehindAnswer) LastAnswer.announce(request);
    boolean compressed = compresses(body);
    if (compressed) response.putHeader("Content-Encoding", "gzip").putHeader("Vary", "Accept-Encoding");
    Future<Void> written = response.end(compressed ? Gzip.compress(body.getBytes()) : body);
    if (closeBehindAnswer) written.onComplete(sent -> LastAnswer.cut(request));
  }

  private boolean compresses(Buffer body) {
    return body.length() >= COMPRESS_FROM && body.length() <= COMPRESS_TO && Gzip.isAccepted(request);
  }
}
