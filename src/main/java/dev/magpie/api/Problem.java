package dev.magpie.api;

import dev.magpie.log.LogUnavailableException;
import dev.magpie.protocol.Values;
import dev.magpie.state.StateLimitException;
import dev.magpie.transport.http.FaultLog;
import dev.magpie.transport.http.LastAnswer;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** An answer other than success, as {@code application/problem+json} (RFC 9457). Immutable. */
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Seconds after which a request that could not be served is worth a repetition. */
  private static final String RETRY_SECONDS = "2";

  /**
   * What is wrong in a request.
   *
   * @param in body, query, path or header
   * @param pointer a JSON pointer into the body, or a slash and the name of the parameter
   * @param detail what is wrong and what is allowed
   */
  record Field(String in, String pointer, String detail) {
    JsonObject toJson() {
      return new JsonObject().put("in", in).put("pointer", pointer).put("detail", detail);
    }
  }

  private final int status;
  private final String kind;
  private final String title;
  private final transient List<Field> fields;
  private final transient Map<String, String> headers;

  private Problem(int status, String kind, String title, String detail, List<Field> fields, Map<String, String> headers) {
    super(detail, null, false, false);
    this.status = status;
    this.kind = kind;
    this.title = title;
    this.fields = List.copyOf(fields);
    this.headers = Map.copyOf(headers);
  }

  /** @param kind the end of its {@code type}: {@code urn:magpie:problem:<kind>} */
  static Problem of(int status, String kind, String title, String detail) {
    return new Problem(status, kind, title, detail, List.of(), Map.of());
  }

  Problem with(String header, String value) {
    return new Problem(status, kind, title, getMessage(), fields, Map.of(header, value));
  }

  static Problem invalid(List<Field> fields) {
    String detail = fields.size() == 1 ? (fields.get(0).pointer.isEmpty() ? "body" : fields.get(0).pointer) + ": " + fields.get(0).detail
        : fields.size() + " fields are wrong; see errors";
    return new Problem(400, "invalid-request", "Invalid request", detail, fields, Map.of());
  }

  static Problem invalid(String in, String pointer, String detail) {
    return invalid(List.of(new Field(in, pointer, detail)));
  }

  static Problem invalid(String detail) {
    return of(400, "invalid-request", "Invalid request", detail);
  }

  static Problem notFound(String path) {
    return of(404, "not-found", "Not found", "no such path: " + path);
  }

  static Problem noNamespace(String in, String pointer) {
    return new Problem(404, "no-namespace", "No such namespace", pointer + ": the namespace does not exist; a request creates none",
        List.of(new Field(in, pointer, "a namespace that exists")), Map.of());
  }

  static Problem unavailable(String detail) {
    return of(503, "unavailable", "Unavailable", detail).with("Retry-After", RETRY_SECONDS);
  }

  static Problem unprocessable(String detail) {
    return of(422, "unprocessable", "Unprocessable", detail);
  }

  /** Of fields that are right by themselves, and wrong together or by what they mean. */
  static Problem unprocessable(Field field) {
    return new Problem(422, "unprocessable", "Unprocessable", field.pointer + ": " + field.detail, List.of(field), Map.of());
  }

  /** What the caller is told of a failure; faults of the program are logged. */
  static Problem of(Throwable failure) {
    if (failure instanceof Problem problem) return problem;
    if (failure instanceof LogUnavailableException)
      return unavailable("the database does not answer; repeat the request, with the same Idempotency-Key if it had one");
    if (failure instanceof StateLimitException || failure instanceof IllegalArgumentException) return unprocessable(failure.getMessage());
    FaultLog.write("API request failed", failure);
    return of(500, "fault", "Internal error", "the server could not answer; its log has the reason");
  }

  int status() {
    return status;
  }

  /** Answers a request, and ends its connection if the request's body was not read to its end. */
  void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) return;
    if (response.headWritten()) {
      request.connection().close();
      return;
    }
    boolean unread = !request.isEnded();
    if (unread) LastAnswer.announce(request);
    response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json").putHeader("cache-control", "no-store");
    headers.forEach(response::putHeader);
    Future<Void> answered = response.end(Values.write(toJson(request.path())));
    if (!unread) return;
    request.handler(discarded -> {});
    request.resume();
    if (request.version().alpnName().startsWith("http/1")) answered.onComplete(sent -> request.connection().close());
  }

  JsonObject toJson(String instance) {
    JsonObject json = new JsonObject().put("type", "urn:magpie:problem:" + kind).put("title", title).put("status", status)
        .put("detail", getMessage()).put("instance", instance);
    if (!fields.isEmpty()) json.put("errors", new JsonArray(fields.stream().map(Field::toJson).toList()));
    return json;
  }
}
