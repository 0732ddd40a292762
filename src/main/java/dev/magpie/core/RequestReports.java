package dev.magpie.core;

import dev.magpie.transport.Handshake;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.http.FaultLog;
import dev.magpie.transport.http.RequestEvents;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes what the endpoints report of their requests to the application. Reports come on the loops of the requests; handlers of refusals
 * are called on the instance's context.
 */
final class RequestReports implements RequestEvents {
  private final Loop loop;
  private final TrustedProxies proxies;
  private final List<Consumer<ConnectionError>> refusals = new CopyOnWriteArrayList<>();

  RequestReports(Loop loop, TrustedProxies proxies) {
    this.loop = loop;
    this.proxies = proxies;
  }

  void onRefusal(Consumer<ConnectionError> handler) {
    refusals.add(Objects.requireNonNull(handler, "handler"));
  }

  @Override
  public void refused(HttpServerRequest request, int code, int status, String message) {
    if (refusals.isEmpty()) return;
    Handshake handshake = Handshake.of(request, proxies, null);
    ConnectionError error = new ConnectionError(code, message, status, context(request, handshake, code), handshake);
    loop.run(() -> refusals.forEach(handler -> loop.guarded("connection error handler", () -> handler.accept(error))));
  }

  private static Map<String, String> context(HttpServerRequest request, Handshake handshake, int code) {
    return switch (code) {
      case 0, 3 -> entry("transport", handshake.query("transport"));
      case 1 -> entry("sid", handshake.query("sid"));
      case 2 -> entry("method", request.method().name());
      case 4 -> entry("origin", handshake.header("Origin"));
      case 5 -> entry("protocol", handshake.query("EIO"));
      default -> Map.of();
    };
  }

  private static Map<String, String> entry(String name, @Nullable String value) {
    return value == null ? Map.of() : Map.of(name, value);
  }

  @Override
  public boolean changesHeaders() {
    return loop.options().initialHeaders() != null || loop.options().headers() != null;
  }

  @Override
  public void headers(HttpServerRequest request, MultiMap headers, boolean initial) {
    if (initial) change(loop.options().initialHeaders(), request, headers);
    change(loop.options().headers(), request, headers);
  }

  private static void change(@Nullable BiConsumer<MultiMap, HttpServerRequest> handler, HttpServerRequest request, MultiMap headers) {
    if (handler == null) return;
    try {
      handler.accept(headers, request);
    } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
      FaultLog.write("handler of headers failed", failure);
    }
  }
}
