package dev.magpie.transport.http;

import dev.magpie.transport.Handshake;
import dev.magpie.transport.RequestValues;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.function.Function;

/**
 * The application's checks of requests and handshakes, the same for all transports. A check may throw, fail, or complete later on any
 * thread; the result is delivered on the caller's context, a refusal as {@link Refused}.
 *
 * @param middlewares run on every request, in order; a failure's message is shown to the client
 * @param allowRequest decides on each handshake; a failure's message is shown to the client. Null allows all
 */
public record RequestChecks(List<Function<HttpServerRequest, Future<?>>> middlewares, Function<Handshake, Future<?>> allowRequest) {
  public static final RequestChecks NONE = new RequestChecks(List.of(), null);

  private static final String FORBIDDEN = "Forbidden";

  /** The application refused the request. */
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message == null ? FORBIDDEN : message, null, false, false);
    }
  }

  public RequestChecks {
    middlewares = List.copyOf(middlewares);
  }

  /** Runs the middlewares in order; completes with what is known about the request then, null for nothing. */
  public Future<RequestValues> request(ContextInternal context, HttpServerRequest request, RequestValues known) {
    Future<RequestValues> passed = Future.succeededFuture(known);
    for (Function<HttpServerRequest, Future<?>> middleware : middlewares) {
      passed = passed.compose(before -> ask(context, middleware, request).map(given -> RequestValues.after(before, given)));
    }
    return passed;
  }

  /** Completes with the handshake if it is allowed. */
  public Future<Handshake> handshake(ContextInternal context, Handshake handshake) {
    return allowRequest == null ? Future.succeededFuture(handshake) : ask(context, allowRequest, handshake).map(handshake);
  }

  private static <A> Future<?> ask(ContextInternal context, Function<A, Future<?>> check, A about) {
    Promise<Object> answer = context.promise();
    try {
      check.apply(about).onComplete(answer::complete, refusal -> answer.fail(new Refused(refusal.getMessage())));
    } catch (Throwable fault) {
      // The client gets no details of a fault.
      FaultLog.write("check of a request failed", fault);
      answer.fail(new Refused(FORBIDDEN));
    }
    return answer.future();
  }
}
