package dev.magpie.core;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The middleware and the connection handlers that an application has set on a namespace, or on a family of them. Owned by that, used on the
 * instance's context.
 */
final class NamespaceHandlers {
  private final Middleware<ConnectContext> middleware = new Middleware<>();
  /** Copied when it changes, since a handler may add another. */
  private List<Consumer<Socket>> connectionHandlers = List.of();

  void use(Function<? super ConnectContext, ? extends Future<?>> check) {
    middleware.add(context -> {
      try {
        return check.apply(context);
      } catch (RuntimeException thrown) {
        return Future.failedFuture(ClientError.refusal(thrown));
      }
    });
  }

  void onConnection(Consumer<Socket> handler) {
    List<Consumer<Socket>> more = new ArrayList<>(connectionHandlers);
    more.add(Objects.requireNonNull(handler, "handler"));
    connectionHandlers = more;
  }

  boolean hasMiddleware() {
    return !middleware.isEmpty();
  }

  /** See {@link Middleware#run}. */
  void check(ConnectContext context, Loop loop, Consumer<@Nullable Throwable> done) {
    middleware.run(context, loop, done);
  }

  /** Runs the connection handlers, as long as the socket is connected. */
  void connected(Socket socket) {
    for (Consumer<Socket> handler : connectionHandlers) {
      if (!socket.isConnected()) return;
      try {
        handler.accept(socket);
      } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
        socket.failed("connection", failure, Ack.NONE);
      }
    }
  }
}
