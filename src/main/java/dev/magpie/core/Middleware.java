package dev.magpie.core;

import io.vertx.core.Future;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Checks that run one after the other, each possibly asynchronous; the first failure ends the run. Used on one context. */
final class Middleware<S> {
  private static final Function<?, ?>[] NONE = {};

  /** Copy-on-write: a run that has begun continues with the checks of its beginning. */
  private Function<?, ?>[] checks = NONE;

  void add(Function<? super S, ? extends Future<?>> check) {
    checks = Arrays.copyOf(checks, checks.length + 1);
    checks[checks.length - 1] = check;
  }

  boolean isEmpty() {
    return checks.length == 0;
  }

  /** Passes null once all checks have passed, otherwise the failure; before it returns if no check is asynchronous. */
  void run(S subject, Loop loop, Consumer<@Nullable Throwable> done) {
    run(checks, 0, subject, loop, done);
  }

  @SuppressWarnings("unchecked")
  private static <S> void run(Function<?, ?>[] checks, int from, S subject, Loop loop, Consumer<@Nullable Throwable> done) {
    for (int i = from; i < checks.length; i++) {
      Future<?> passed = ask((Function<? super S, ? extends Future<?>>) checks[i], subject);
      if (!passed.isComplete()) {
        int next = i + 1;
        passed.onComplete(result -> loop.run(() -> {
          if (result.failed()) done.accept(result.cause());
          else run(checks, next, subject, loop, done);
        }));
        return;
      }
      if (passed.failed()) {
        done.accept(passed.cause());
        return;
      }
    }
    done.accept(null);
  }

  private static <S> Future<?> ask(Function<? super S, ? extends Future<?>> check, S subject) {
    try {
      Future<?> passed = check.apply(subject);
      // A check without an answer refuses.
      return passed == null ? Future.failedFuture(new NullPointerException("a middleware returned null instead of a future")) : passed;
    } catch (Exception | LinkageError | StackOverflowError failure) {
      return Future.failedFuture(failure);
    }
  }
}
