package dev.magpie.core;

import org.jspecify.annotations.Nullable;

/** Functional interfaces of handlers with more arguments than {@code java.util.function} has. */
public final class Functions {
  private Functions() {}

  /** Takes three arguments. */
  @FunctionalInterface
  public interface Consumer3<A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object> {

    /** Calls it. */
    void accept(A first, B second, C third);
  }

  /** Takes four arguments. */
  @FunctionalInterface
  public interface Consumer4<A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
      D extends @Nullable Object> {

    /** Calls it. */
    void accept(A first, B second, C third, D fourth);
  }

  /** Takes five arguments. */
  @FunctionalInterface
  public interface Consumer5<A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
      D extends @Nullable Object, E extends @Nullable Object> {

    /** Calls it. */
    void accept(A first, B second, C third, D fourth, E fifth);
  }

  /** Takes three arguments and returns a result. */
  @FunctionalInterface
  public interface Function3<A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
      R extends @Nullable Object> {

    /** Calls it. */
    R apply(A first, B second, C third);
  }

  /** Takes four arguments and returns a result. */
  @FunctionalInterface
  public interface Function4<A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
      D extends @Nullable Object, R extends @Nullable Object> {

    /** Calls it. */
    R apply(A first, B second, C third, D fourth);
  }

  /** A handler of two arguments that may block: see {@link BlockingFunction}. */
  @FunctionalInterface
  public interface BlockingFunction2<A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> {

    /** Calls it. What it throws is acknowledged as an error: see {@link ClientError}. */
    R apply(A first, B second) throws Exception;
  }

  /** A handler of three arguments that may block: see {@link BlockingFunction}. */
  @FunctionalInterface
  public interface BlockingFunction3<A extends @Nullable Object, B extends @Nullable Object,
      C extends @Nullable Object, R extends @Nullable Object> {

    /** Calls it. What it throws is acknowledged as an error: see {@link ClientError}. */
    R apply(A first, B second, C third) throws Exception;
  }

  /** A handler of four arguments that may block: see {@link BlockingFunction}. */
  @FunctionalInterface
  public interface BlockingFunction4<A extends @Nullable Object, B extends @Nullable Object,
      C extends @Nullable Object, D extends @Nullable Object, R extends @Nullable Object> {

    /** Calls it. What it throws is acknowledged as an error: see {@link ClientError}. */
    R apply(A first, B second, C third, D fourth) throws Exception;
  }
}
