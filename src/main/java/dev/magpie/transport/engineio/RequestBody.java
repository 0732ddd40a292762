package dev.magpie.transport.engineio;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.admission.AdmissionDenied;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.http.LastAnswer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** The body of a polling POST: reads it within limits and decodes its packets. Used on the request's loop. */
final class RequestBody {

  /** The body is not read to its end: it is too large, or the memory budget refuses it. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;
    private final int limit;

    private Refused(CloseReason reason, String text, int limit) {
      super(text, null, false, false);
      this.reason = reason;
      this.limit = limit;
    }

    static Refused tooLarge(int limit) {
      return new Refused(CloseReason.PAYLOAD_TOO_LARGE, "body of more than " + limit + " bytes", limit);
    }

    static Refused outOfMemory(int limit) {
      return new Refused(CloseReason.OUT_OF_MEMORY, "unfinished messages exceed the memory budget", limit);
    }

    CloseReason reason() {
      return reason;
    }

    void answer(HttpServerRequest request) {
      if (reason == CloseReason.PAYLOAD_TOO_LARGE) refuse(request, 413, "Payload too large: at most " + limit + " bytes", limit);
      else refuse(request, 503, "The server is short of memory", limit);
    }
  }

  /** The request was answered before its body ended; nothing remains to be done. */
  static final class Unwanted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Unwanted() {
      super("answered before its body ended", null, false, false);
    }
  }

  private RequestBody() {}

  static boolean isBinary(HttpServerRequest request) {
    String type = request.getHeader("Content-Type");
    return type != null && type.split(";", 2)[0].trim().equalsIgnoreCase("application/octet-stream");
  }

  /** Compressed bodies are refused: a small one may inflate to a huge one. */
  static boolean isCompressed(HttpServerRequest request) {
    String encoding = request.getHeader("Content-Encoding");
    return encoding != null && !encoding.trim().equalsIgnoreCase("identity");
  }

  /**
   * Reads the body and counts its bytes, whatever length was announced. Fails with {@link Refused}, with {@link Unwanted}, or with {@link
   * EngineException} when the client closes before the end.
   *
   * @param known the body if a handler before this one has read it; null otherwise
   * @param memory opens the memory account of a body that does not arrive in one piece
   */
  static Future<Buffer> read(
      HttpServerRequest request, ParkedRequest parked, Buffer known, int limit, Function<Runnable, MemoryBudget.Account> memory) {
    long announced = announced(request);
    if (announced > limit || known != null && known.length() > limit) return Future.failedFuture(Refused.tooLarge(limit));
    if (known != null) return Future.succeededFuture(known);
    if (request.isEnded()) return readBefore(request, announced);
    Promise<Buffer> read = Promise.promise();
    MemoryBudget.Account account = memory.apply(() -> read.tryFail(Refused.outOfMemory(limit)));
    Buffer body = Buffer.buffer();
    request.handler(chunk -> {
      if (read.future().isComplete()) return;
      int length = body.length() + chunk.length();
      // A growing body takes up to twice its length, and as much again while it is copied; a whole one is handed on in this turn.
      if (length > limit) read.tryFail(Refused.tooLarge(limit));
      else if (length != announced && !account.hold(2L * length)) read.tryFail(Refused.outOfMemory(limit));
      else body.appendBuffer(chunk);
    });
    request.endHandler(end -> read.tryComplete(body));
    request.exceptionHandler(cut -> read.tryFail(new EngineException("POST cut off")));
    parked.onAnswer(() -> read.tryFail(new Unwanted()));
    // Checks and handlers before this one have paused it.
    request.resume();
    return read.future().onComplete(done -> account.hold(0));
  }

  /** The request has ended, and no handler has kept its body. */
  private static Future<Buffer> readBefore(HttpServerRequest request, long announced) {
    if (announced == 0 && request.getHeader("Transfer-Encoding") == null) return Future.succeededFuture(Buffer.buffer());
    if (request.isExpectMultipart()) return Future.failedFuture(new EngineException("multipart body; allowed: text"));
    return Future.failedFuture(new IllegalStateException(
        "a handler before this one has discarded the body: it must pause the request, or follow a BodyHandler"));
  }

  private static long announced(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    try {
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException notALength) {
      return Long.MAX_VALUE;
    }
  }

  /**
   * Answers and closes the connection. Further input is read and discarded: with unread input the operating system would reset the
   * connection, and the answer would be lost. A client that sends more than the limit again is closed at once.
   */
  private static void refuse(HttpServerRequest request, int status, String text, int limit) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) return;
    if (status == 503) response.headers().addAll(AdmissionDenied.memory().headers());
    LastAnswer.announce(request);
    Future<Void> answered = response.setStatusCode(status).end(text);
    if (request.isEnded()) {
      answered.onComplete(sent -> LastAnswer.cut(request));
      return;
    }
    AtomicLong discarded = new AtomicLong();
    request.handler(chunk -> {
      if (discarded.addAndGet(chunk.length()) > limit) LastAnswer.cut(request);
    });
    request.endHandler(end -> answered.onComplete(sent -> LastAnswer.cut(request)));
  }

  /** @throws EngineException when the body is no payload of this version */
  static List<EnginePacket> decode(Buffer body, int version, boolean binary, boolean jsonp) {
    if (version == 4) return EngineCodec.decodePayload(body.toString(StandardCharsets.UTF_8));
    if (binary) return EngineCodec.decodeBinaryPayload3(body);
    String text = body.toString(StandardCharsets.UTF_8);
    return EngineCodec.decodePayload3(jsonp ? formField(text) : text);
  }

  /** A JSONP client posts a form with the one field {@code d}, in which it wrote line ends as {@code \n}. */
  private static String formField(String form) {
    if (!form.startsWith("d=")) throw new EngineException("form without the field d");
    try {
      String field = URLDecoder.decode(form.substring(2), StandardCharsets.UTF_8);
      return field.replaceAll("(?<!\\\\)\\\\n", "\n").replace("\\\\n", "\\n");
    } catch (IllegalArgumentException malformed) {
      throw new EngineException("form that is not URL-encoded");
    }
  }
}
