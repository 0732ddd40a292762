package dev.magpie.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatableRequest;
import io.vertx.openapi.validation.impl.RequestParameterImpl;
import io.vertx.openapi.validation.impl.ValidatableRequestImpl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request as far as it is allowed to: its key first, then what it names, at last its body, within bounds. Fails with {@link
 * Problem}. Used on the request's event loop.
 */
final class RequestReader implements RequestExtractor {
  /** Bytes of a body. */
  static final int MAX_BODY = 1 << 20;

  /** Of the context: the body as it came. */
  static final String BODY = "magpie.api.body";

  private final Admission admission;

  /** The check of a caller's key. */
  interface Admission {
    /**
     * Lets a request in, or fails with {@link Problem}.
     *
     * @param operation null for one that is not there
     */
    Future<?> admit(RoutingContext request, @Nullable Operation operation);
  }

  RequestReader(Admission admission) {
    this.admission = admission;
  }

  @Override
  public Future<ValidatableRequest> extractValidatableRequest(RoutingContext context, Operation operation) {
    HttpServerRequest request = context.request();
    // The handlers of its body are set after the check of its key.
    request.pause();
    return admission.admit(context, operation).compose(admitted -> read(context, operation));
  }

  private static Future<ValidatableRequest> read(RoutingContext context, Operation operation) {
    HttpServerRequest request = context.request();
    Map<String, RequestParameter> query = query(context, operation);
    Map<String, RequestParameter> path = new HashMap<>();
    Map<String, RequestParameter> headers = new HashMap<>();
    for (Parameter parameter : operation.getParameters()) {
      String name = parameter.getName();
      switch (parameter.getIn()) {
        case PATH -> path.put(name, new RequestParameterImpl(context.pathParam(name)));
        case HEADER -> headers.put(name, new RequestParameterImpl(request.getHeader(name)));
        case QUERY, COOKIE -> {}
      }
    }
    if (operation.getRequestBody() == null) {
      request.resume();
      return Future.succeededFuture(new ValidatableRequestImpl(Map.of(), headers, path, query));
    }
    String type = type(request);
    Set<String> allowed = new TreeSet<>(operation.getRequestBody().getContent().keySet());
    if (!allowed.contains(type) || isCompressed(request))
      throw Problem.of(415, "unsupported-media-type", "Unsupported media type",
          "Content-Type: one of " + String.join(", ", allowed) + ", not compressed").with("Accept", String.join(", ", allowed));
    return body(request).onSuccess(body -> context.put(BODY, body))
        .map(body -> new ValidatableRequestImpl(Map.of(), headers, path, query, new RequestParameterImpl(body), type));
  }

  /** An unknown parameter may be a misspelt one, without which more would be selected. */
  private static Map<String, RequestParameter> query(RoutingContext context, Operation operation) {
    Set<String> known = new TreeSet<>();
    for (Parameter parameter : operation.getParameters())
      if (parameter.getIn() == Location.QUERY) known.add(parameter.getName());
    List<Problem.Field> wrong = new ArrayList<>();
    Map<String, RequestParameter> query = new HashMap<>();
    for (String name : context.queryParams().names()) {
      List<String> values = context.queryParams().getAll(name);
      if (!known.contains(name))
        wrong.add(new Problem.Field("query", "/" + name,
            "unknown parameter; allowed: " + (known.isEmpty() ? "none" : String.join(", ", known))));
      else if (values.size() > 1) wrong.add(new Problem.Field("query", "/" + name, "given " + values.size() + " times; allowed: once"));
      else query.put(name, new RequestParameterImpl(values.get(0)));
    }
    if (!wrong.isEmpty()) throw Problem.invalid(wrong);
    return query;
  }

  /** The type of the body, without its parameters; empty for none. */
  static String type(HttpServerRequest request) {
    String given = request.getHeader(HttpHeaders.CONTENT_TYPE);
    return given == null ? "" : given.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
  }

  private static boolean isCompressed(HttpServerRequest request) {
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    return encoding != null && !encoding.trim().equalsIgnoreCase("identity");
  }

  private static Future<Buffer> body(HttpServerRequest request) {
    Problem tooLarge = Problem.of(413, "too-large", "Body too large", "a body has at most " + MAX_BODY + " bytes");
    if (announced(request) > MAX_BODY) return Future.failedFuture(tooLarge);
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      HttpServerResponse response = request.response();
      response.writeContinue();
    }
    Promise<Buffer> read = Promise.promise();
    Buffer body = Buffer.buffer();
    request.handler(chunk -> {
      if (read.future().isComplete()) return;
      if (body.length() + chunk.length() > MAX_BODY) read.tryFail(tooLarge);
      else body.appendBuffer(chunk);
    });
    request.endHandler(end -> read.tryComplete(body));
    request.exceptionHandler(cut -> read.tryFail(Problem.invalid("the body was cut off")));
    request.resume();
    return read.future();
  }

  private static long announced(HttpServerRequest request) {
    try {
      String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException notALength) {
      return Long.MAX_VALUE;
    }
  }
}
