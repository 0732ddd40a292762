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

/** The body of a polling POST: read within bounds, and read as packets. */
final class RequestBody {

  /** The body is not read to its end, for its size or for want of memory. */
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
      return new Refused(CloseReason.OUT_OF_MEMORY, "unfinished messages hold as much memory as they may", limit);
    }

    CloseReason reason() {
      return reason;
    }

    void answer(HttpServerRequest request) {
      if (reason == CloseReason.PAYLOAD_TOO_LARGE) refuse(request, 413, "Payload too large: at most " + limit + " bytes", limit);
      else refuse(request, 503, "The server is short of memory", limit);
    }
  }

  /** Its request was answered before it ended. Who answered has done what there was to do. */
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

  /** Nothing is inflated: a small body may announce a huge one. */
  static boolean isCompressed(HttpServerRequest request) {
    String encoding = request.getHeader("Content-Encoding");
    return encoding != null && !encoding.trim().equalsIgnoreCase("identity");
  }

  /**
   * Counts while it reads, whatever length was announced. Fails with {@link Refused}, with {@link Unwanted}, or when the client goes before
   * the end.
   *
   * @param known the body where a handler in front has read it; null otherwise
   * @param memory opens the account of a body that does not arrive in one piece
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
      // A body that grows takes up to twice its length, and as much again while it is copied; a whole one is handed on in this turn.
      if (length > limit) read.tryFail(Refused.tooLarge(limit));
      else if (length != announced && !account.hold(2L * length)) read.tryFail(Refused.outOfMemory(limit));
      else body.appendBuffer(chunk);
    });
    request.endHandler(end -> read.tryComplete(body));
    request.exceptionHandler(cut -> read.tryFail(new EngineException("POST cut off")));
    parked.onAnswer(() -> read.tryFail(new Unwanted()));
    // Checks and handlers in front pause it.
    request.resume();
    return read.future().onComplete(done -> account.hold(0));
  }

  /** The request has ended and nobody kept its body. */
  private static Future<Buffer> readBefore(HttpServerRequest request, long announced) {
    if (announced == 0 && request.getHeader("Transfer-Encoding") == null) return Future.succeededFuture(Buffer.buffer());
    if (request.isExpectMultipart()) return Future.failedFuture(new EngineException("multipart body; allowed: text"));
    return Future.failedFuture(new IllegalStateException(
        "a handler in front has let the body go by: it must pause the request, or a BodyHandler must stand before it"));
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
   * The connection ends with the request. What is still on its way is thrown away: bytes left unread would make the operating system reset
   * the connection, and the answer be lost. Who sends as much again is cut off.
   */
  private static void refuse(HttpServerRequest request, int status, String text, int limit) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) return;
    if (status == 503) response.headers().addAll(AdmissionDenied.memory().headers());
    LastAnswer.announce(request);
    Future<Void> answered = response.setStatusCode(status).end(text);
    if (request.isEnded()) {
      answered.onComplete(sent -> request.connection().close());
      return;
    }
    AtomicLong thrownAway = new AtomicLong();
    request.handler(chunk -> {
      if (thrownAway.addAndGet(chunk.length()) > limit) request.connection().close();
    });
    request.endHandler(end -> answered.onComplete(sent -> request.connection().close()));
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
