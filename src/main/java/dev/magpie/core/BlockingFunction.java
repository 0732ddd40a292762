package dev.magpie.core;

import org.jspecify.annotations.Nullable;

/**
 * A handler that may block: see {@link Socket#onBlocking}.
 *
 * @param <T> the first argument of the event
 * @param <R> what is acknowledged
 */
@FunctionalInterface
public interface BlockingFunction<T extends @Nullable Object, R extends @Nullable Object> {

  /** Called on a worker thread. What it throws is acknowledged as an error: see {@link ClientError}. */
  R apply(T argument) throws Exception;
}
