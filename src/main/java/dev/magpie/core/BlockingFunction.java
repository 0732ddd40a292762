package dev.magpie.core;

/** A handler that may block; see {@link Socket#onBlocking}. */
@FunctionalInterface
public interface BlockingFunction<T, R> {
  R apply(T argument) throws Exception;
}
