package dev.magpie.core;

/** What a handler does where it may block; see {@link Socket#onBlocking}. */
@FunctionalInterface
public interface BlockingFunction<T, R> {
  R apply(T argument) throws Exception;
}
