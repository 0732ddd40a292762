package dev.magpie.transport.engineio;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The body of a polling POST: read within bounds, and read as packets. */
final class RequestBody {

  /** The body is larger than the endpoint takes; {@link #refuse} answers it. */
  static final class TooLarge extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLarge(int limit) {
      super("body of more than " + limit + " bytes", null, false, false);
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

  /** Counts while it reads, whatever length was announced. Fails with {@link TooLarge}, or when the client goes before the end. */
  static Future<Buffer> read(HttpServerRequest request, int limit) {
    Promise<Buffer> read = Promise.promise();
    Buffer body = Buffer.buffer();
    if (announced(request) > limit) return Future.failedFuture(new TooLarge(limit));
    request.handler(chunk -> {
      if (read.future().isComplete()) return;
      if (body.length() + chunk.length() > limit) read.tryFail(new TooLarge(limit));
      else body.appendBuffer(chunk);
    });
    request.endHandler(end -> read.tryComplete(body));
    request.exceptionHandler(cut -> read.tryFail(new EngineException("POST cut off")));
    return read.future();
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
  static void refuse(HttpServerRequest request, int limit) {
    if (request.response().ended() || request.response().closed()) return;
    Future<Void> answered = request.response()
        .setStatusCode(413)
        .putHeader("Connection", "close")
        .end("Payload too large: at most " + limit + " bytes");
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
