package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * What an {@link Application} is mounted with: one for each application, listener and event loop. Owned by the context of its {@link Io},
 * used there only.
 */
public final class ApplicationContext {
  private final Io io;
  private final Router router;
  private final JsonObject settings;
  private final List<Supplier<? extends Future<?>>> hooks = new ArrayList<>(0);

  /** For a program that mounts an application on an {@link Io} of its own; it calls {@link #close} at its end. */
  public ApplicationContext(Io io, Router router, JsonObject settings) {
    this.io = Objects.requireNonNull(io, "io");
    this.router = Objects.requireNonNull(router, "router");
    this.settings = Objects.requireNonNull(settings, "settings");
  }

  /** The event server of this listener and event loop. */
  public Io io() {
    return io;
  }

  /**
   * The listener's router, behind the socket endpoints and before the pages: routes of the application take precedence over files. They are
   * not guarded by anything that the application does not put in front.
   */
  public Router router() {
    return router;
  }

  /** The values of {@link Application#section()}, with the defaults of {@link Application#settings()}; a copy of its own. */
  public JsonObject settings() {
    return settings;
  }

  /** The Vert.x instance. */
  public Vertx vertx() {
    return io.vertx();
  }

  /**
   * Registers what ends with the listener, such as a client of a database. Called once all clients are gone, the last registered first; the
   * stop waits for its future, for at most ten seconds.
   */
  public void onClose(Supplier<? extends Future<?>> hook) {
    hooks.add(Objects.requireNonNull(hook, "hook"));
  }

  /** Calls what {@link #onClose} has registered, once; fails with the first failure, after all have ended. */
  public Future<Void> close() {
    List<Supplier<? extends Future<?>>> last = new ArrayList<>(hooks);
    hooks.clear();
    Collections.reverse(last);
    return Future.join(last.stream().map(ApplicationContext::call).toList()).mapEmpty();
  }

  private static Future<?> call(Supplier<? extends Future<?>> hook) {
    try {
      Future<?> closed = hook.get();
      return closed == null ? Future.succeededFuture() : closed;
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }
}
