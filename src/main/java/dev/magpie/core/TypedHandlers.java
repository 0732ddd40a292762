package dev.magpie.core;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.magpie.core.Functions.BlockingFunction2;
import dev.magpie.core.Functions.BlockingFunction3;
import dev.magpie.core.Functions.BlockingFunction4;
import dev.magpie.core.Functions.Consumer3;
import dev.magpie.core.Functions.Consumer4;
import dev.magpie.core.Functions.Consumer5;
import dev.magpie.core.Functions.Function3;
import dev.magpie.core.Functions.Function4;
import io.vertx.core.Future;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The handlers of a {@link Socket} whose arguments are converted: each way to handle an event, for one to four arguments, given as classes
 * or as generic types. Used as its socket is.
 *
 * @param <S> the socket
 */
abstract class TypedHandlers<S> extends Room.Member {

  /** A handler of the converted arguments. */
  interface Call {
    void run(@Nullable Object[] values, Ack ack);
  }

  /**
   * Registers a handler for an event; it gets the first argument, converted.
   *
   * @param type anything that {@link Socket#emit} writes: {@code String}, {@code Double}, {@code Boolean}, {@code JsonObject}, {@code
   *     Buffer}, an enum, a record or a bean, {@code java.time}. Of {@code int.class} and the other primitive types the argument is
   *     required. For an argument of another type the handler is not called: see {@link InvalidPayload}
   * @param handler gets null when the argument is missing
   * @throws IllegalArgumentException for a reserved event name
   * @throws IllegalStateException on a thread that may not register handlers: see {@link Io#ready}
   */
  public <T> S on(String event, Class<T> type, Consumer<? super @Nullable T> handler) {
    return handle(event, handler, Parameters.of(type), (values, ack) -> handler.accept(at(values, 0)), false);
  }

  /** Registers a handler for an event; it gets the first argument, converted, and the {@link Ack} where the client asks for one. */
  public <T> S on(String event, Class<T> type, BiConsumer<? super @Nullable T, ? super Ack> handler) {
    return handle(event, handler, Parameters.of(type), (values, ack) -> handler.accept(at(values, 0), ack), true);
  }

  /**
   * Registers a handler whose result is the acknowledgement: the result of its future is the one argument, null is none. A failure is
   * acknowledged as {@code {"error": message}}, with {@code "data"} where a {@link ClientError} has some; a {@link RetryLater} is not
   * acknowledged.
   *
   * @param type as in {@link #on(String, Class, Consumer)}
   */
  public <T> S onAck(String event, Class<T> type, Function<? super @Nullable T, ? extends Future<?>> handler) {
    return ask(event, handler, Parameters.of(type), values -> handler.apply(at(values, 0)));
  }

  /**
   * Registers a handler that is called on a worker thread, where it may block; what it returns is acknowledged as by {@link #onAck}. The
   * arguments are converted there, too. The blocking handlers of a socket are called one after the other in the order of their events; its
   * other events do not wait for them. When {@link IoOptions#maxWaiting()} of them wait, the connection is closed as {@code rate limit}.
   *
   * @param type as in {@link #on(String, Class, Consumer)}
   */
  public <T> S onBlocking(String event, Class<T> type, BlockingFunction<? super @Nullable T, ?> handler) {
    return block(event, handler, Parameters.of(type), values -> handler.apply(at(values, 0)), false);
  }

  /**
   * The same as {@link #onBlocking} on a virtual thread, of which there may be many: for handlers that wait. {@link Future#await()} works
   * there. Such handlers and the blocking ones of a socket are called one after the other.
   *
   * @throws UnsupportedOperationException before Java 21
   */
  public <T> S onVirtual(String event, Class<T> type, BlockingFunction<? super @Nullable T, ?> handler) {
    return block(event, handler, Parameters.of(type), values -> handler.apply(at(values, 0)), true);
  }

  /** The same for a generic type: {@code new TypeReference<List<Order>>() {}}. */
  public <T> S on(String event, TypeReference<T> type, Consumer<? super @Nullable T> handler) {
    return handle(event, handler, Parameters.of(type), (values, ack) -> handler.accept(at(values, 0)), false);
  }

  /** The same for a generic type: {@code new TypeReference<List<Order>>() {}}. */
  public <T> S on(String event, TypeReference<T> type, BiConsumer<? super @Nullable T, ? super Ack> handler) {
    return handle(event, handler, Parameters.of(type), (values, ack) -> handler.accept(at(values, 0), ack), true);
  }

  /** The same for a generic type: {@code new TypeReference<List<Order>>() {}}. */
  public <T> S onAck(String event, TypeReference<T> type, Function<? super @Nullable T, ? extends Future<?>> handler) {
    return ask(event, handler, Parameters.of(type), values -> handler.apply(at(values, 0)));
  }

  /** The same for a generic type: {@code new TypeReference<List<Order>>() {}}. */
  public <T> S onBlocking(String event, TypeReference<T> type, BlockingFunction<? super @Nullable T, ?> handler) {
    return block(event, handler, Parameters.of(type), values -> handler.apply(at(values, 0)), false);
  }

  /** The same for a generic type: {@code new TypeReference<List<Order>>() {}}. */
  public <T> S onVirtual(String event, TypeReference<T> type, BlockingFunction<? super @Nullable T, ?> handler) {
    return block(event, handler, Parameters.of(type), values -> handler.apply(at(values, 0)), true);
  }

  /** The same for two arguments. */
  public <A, B> S on(String event, Class<A> first, Class<B> second, BiConsumer<? super @Nullable A, ? super @Nullable B> handler) {
    return handle(event, handler, Parameters.of(first, second), (values, ack) -> handler.accept(at(values, 0), at(values, 1)), false);
  }

  /** The same for two arguments. */
  public <A, B> S on(String event, Class<A> first, Class<B> second,
      Consumer3<? super @Nullable A, ? super @Nullable B, ? super Ack> handler) {
    return handle(event, handler, Parameters.of(first, second), (values, ack) -> handler.accept(at(values, 0), at(values, 1), ack), true);
  }

  /** The same for two arguments. */
  public <A, B> S onAck(String event, Class<A> first, Class<B> second,
      BiFunction<? super @Nullable A, ? super @Nullable B, ? extends Future<?>> handler) {
    return ask(event, handler, Parameters.of(first, second), values -> handler.apply(at(values, 0), at(values, 1)));
  }

  /** The same for two arguments. */
  public <A, B> S onBlocking(String event, Class<A> first, Class<B> second,
      BlockingFunction2<? super @Nullable A, ? super @Nullable B, ?> handler) {
    return block(event, handler, Parameters.of(first, second), values -> handler.apply(at(values, 0), at(values, 1)), false);
  }

  /** The same for two arguments. */
  public <A, B> S onVirtual(String event, Class<A> first, Class<B> second,
      BlockingFunction2<? super @Nullable A, ? super @Nullable B, ?> handler) {
    return block(event, handler, Parameters.of(first, second), values -> handler.apply(at(values, 0), at(values, 1)), true);
  }

  /** The same for two arguments of generic types. */
  public <A, B> S on(String event, TypeReference<A> first, TypeReference<B> second,
      BiConsumer<? super @Nullable A, ? super @Nullable B> handler) {
    return handle(event, handler, Parameters.of(first, second), (values, ack) -> handler.accept(at(values, 0), at(values, 1)), false);
  }

  /** The same for two arguments of generic types. */
  public <A, B> S on(String event, TypeReference<A> first, TypeReference<B> second,
      Consumer3<? super @Nullable A, ? super @Nullable B, ? super Ack> handler) {
    return handle(event, handler, Parameters.of(first, second), (values, ack) -> handler.accept(at(values, 0), at(values, 1), ack), true);
  }

  /** The same for two arguments of generic types. */
  public <A, B> S onAck(String event, TypeReference<A> first, TypeReference<B> second,
      BiFunction<? super @Nullable A, ? super @Nullable B, ? extends Future<?>> handler) {
    return ask(event, handler, Parameters.of(first, second), values -> handler.apply(at(values, 0), at(values, 1)));
  }

  /** The same for two arguments of generic types. */
  public <A, B> S onBlocking(String event, TypeReference<A> first, TypeReference<B> second,
      BlockingFunction2<? super @Nullable A, ? super @Nullable B, ?> handler) {
    return block(event, handler, Parameters.of(first, second), values -> handler.apply(at(values, 0), at(values, 1)), false);
  }

  /** The same for two arguments of generic types. */
  public <A, B> S onVirtual(String event, TypeReference<A> first, TypeReference<B> second,
      BlockingFunction2<? super @Nullable A, ? super @Nullable B, ?> handler) {
    return block(event, handler, Parameters.of(first, second), values -> handler.apply(at(values, 0), at(values, 1)), true);
  }

  /** The same for three arguments. */
  public <A, B, C> S on(String event, Class<A> first, Class<B> second, Class<C> third,
      Consumer3<? super @Nullable A, ? super @Nullable B, ? super @Nullable C> handler) {
    return handle(event, handler, Parameters.of(first, second, third),
        (values, ack) -> handler.accept(at(values, 0), at(values, 1), at(values, 2)), false);
  }

  /** The same for three arguments. */
  public <A, B, C> S on(String event, Class<A> first, Class<B> second, Class<C> third,
      Consumer4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super Ack> handler) {
    return handle(event, handler, Parameters.of(first, second, third),
        (values, ack) -> handler.accept(at(values, 0), at(values, 1), at(values, 2), ack), true);
  }

  /** The same for three arguments. */
  public <A, B, C> S onAck(String event, Class<A> first, Class<B> second, Class<C> third,
      Function3<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? extends Future<?>> handler) {
    return ask(event, handler, Parameters.of(first, second, third), values -> handler.apply(at(values, 0), at(values, 1), at(values, 2)));
  }

  /** The same for three arguments. */
  public <A, B, C> S onBlocking(String event, Class<A> first, Class<B> second, Class<C> third,
      BlockingFunction3<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ?> handler) {
    return block(event, handler, Parameters.of(first, second, third),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2)), false);
  }

  /** The same for three arguments. */
  public <A, B, C> S onVirtual(String event, Class<A> first, Class<B> second, Class<C> third,
      BlockingFunction3<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ?> handler) {
    return block(event, handler, Parameters.of(first, second, third),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2)), true);
  }

  /** The same for three arguments of generic types. */
  public <A, B, C> S on(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third,
      Consumer3<? super @Nullable A, ? super @Nullable B, ? super @Nullable C> handler) {
    return handle(event, handler, Parameters.of(first, second, third),
        (values, ack) -> handler.accept(at(values, 0), at(values, 1), at(values, 2)), false);
  }

  /** The same for three arguments of generic types. */
  public <A, B, C> S on(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third,
      Consumer4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super Ack> handler) {
    return handle(event, handler, Parameters.of(first, second, third),
        (values, ack) -> handler.accept(at(values, 0), at(values, 1), at(values, 2), ack), true);
  }

  /** The same for three arguments of generic types. */
  public <A, B, C> S onAck(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third,
      Function3<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? extends Future<?>> handler) {
    return ask(event, handler, Parameters.of(first, second, third), values -> handler.apply(at(values, 0), at(values, 1), at(values, 2)));
  }

  /** The same for three arguments of generic types. */
  public <A, B, C> S onBlocking(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third,
      BlockingFunction3<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ?> handler) {
    return block(event, handler, Parameters.of(first, second, third),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2)), false);
  }

  /** The same for three arguments of generic types. */
  public <A, B, C> S onVirtual(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third,
      BlockingFunction3<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ?> handler) {
    return block(event, handler, Parameters.of(first, second, third),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2)), true);
  }

  /** The same for four arguments. */
  public <A, B, C, D> S on(String event, Class<A> first, Class<B> second, Class<C> third, Class<D> fourth,
      Consumer4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D> handler) {
    return handle(event, handler, Parameters.of(first, second, third, fourth),
        (values, ack) -> handler.accept(at(values, 0), at(values, 1), at(values, 2), at(values, 3)), false);
  }

  /** The same for four arguments. */
  public <A, B, C, D> S on(String event, Class<A> first, Class<B> second, Class<C> third, Class<D> fourth,
      Consumer5<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D, ? super Ack> handler) {
    return handle(event, handler, Parameters.of(first, second, third, fourth),
        (values, ack) -> handler.accept(at(values, 0), at(values, 1), at(values, 2), at(values, 3), ack), true);
  }

  /** The same for four arguments. */
  public <A, B, C, D> S onAck(String event, Class<A> first, Class<B> second, Class<C> third, Class<D> fourth,
      Function4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D, ? extends Future<?>> handler) {
    return ask(event, handler, Parameters.of(first, second, third, fourth),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2), at(values, 3)));
  }

  /** The same for four arguments. */
  public <A, B, C, D> S onBlocking(String event, Class<A> first, Class<B> second, Class<C> third, Class<D> fourth,
      BlockingFunction4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D, ?> handler) {
    return block(event, handler, Parameters.of(first, second, third, fourth),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2), at(values, 3)), false);
  }

  /** The same for four arguments. */
  public <A, B, C, D> S onVirtual(String event, Class<A> first, Class<B> second, Class<C> third, Class<D> fourth,
      BlockingFunction4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D, ?> handler) {
    return block(event, handler, Parameters.of(first, second, third, fourth),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2), at(values, 3)), true);
  }

  /** The same for four arguments of generic types. */
  public <A, B, C, D> S on(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third, TypeReference<D> fourth,
      Consumer4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D> handler) {
    return handle(event, handler, Parameters.of(first, second, third, fourth),
        (values, ack) -> handler.accept(at(values, 0), at(values, 1), at(values, 2), at(values, 3)), false);
  }

  /** The same for four arguments of generic types. */
  public <A, B, C, D> S on(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third, TypeReference<D> fourth,
      Consumer5<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D, ? super Ack> handler) {
    return handle(event, handler, Parameters.of(first, second, third, fourth),
        (values, ack) -> handler.accept(at(values, 0), at(values, 1), at(values, 2), at(values, 3), ack), true);
  }

  /** The same for four arguments of generic types. */
  public <A, B, C, D> S onAck(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third,
      TypeReference<D> fourth,
      Function4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D, ? extends Future<?>> handler) {
    return ask(event, handler, Parameters.of(first, second, third, fourth),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2), at(values, 3)));
  }

  /** The same for four arguments of generic types. */
  public <A, B, C, D> S onBlocking(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third,
      TypeReference<D> fourth,
      BlockingFunction4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D, ?> handler) {
    return block(event, handler, Parameters.of(first, second, third, fourth),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2), at(values, 3)), false);
  }

  /** The same for four arguments of generic types. */
  public <A, B, C, D> S onVirtual(String event, TypeReference<A> first, TypeReference<B> second, TypeReference<C> third,
      TypeReference<D> fourth,
      BlockingFunction4<? super @Nullable A, ? super @Nullable B, ? super @Nullable C, ? super @Nullable D, ?> handler) {
    return block(event, handler, Parameters.of(first, second, third, fourth),
        values -> handler.apply(at(values, 0), at(values, 1), at(values, 2), at(values, 3)), true);
  }

  /** @param acknowledges whether it uses the {@link Ack} */
  abstract S handle(String event, Object handler, Parameters types, Call call, boolean acknowledges);

  /** For a handler whose future is the acknowledgement. */
  abstract S ask(String event, Object handler, Parameters types, Function<@Nullable Object[], ? extends Future<?>> call);

  /** @param virtual whether it is called on a virtual thread, not on a worker */
  abstract S block(String event, Object handler, Parameters types, BlockingFunction<@Nullable Object[], ?> call, boolean virtual);

  /** The value has been converted to the type that stands at its place. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <V> V at(@Nullable Object[] values, int index) {
    return (V) values[index];
  }
}
