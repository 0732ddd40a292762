package dev.magpie.core;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * Handlers on namespaces, and routes, which a gateway mounts: once on each of its instances, before that listens. Found by {@link
 * java.util.ServiceLoader} on the class path and in the jars of the folder {@code plugins} beside the program; the setting {@code
 * applications} selects by {@link #name()}.
 *
 * <pre>{@code
 * public final class Greeter implements Application {
 *   public void mount(ApplicationContext context) {
 *     context.io().of("/greeter").onConnection(socket -> socket.emit("hello", socket.id()));
 *   }
 * }
 * }</pre>
 */
public interface Application {

  /**
   * Registers this application's handlers and routes. Called on the context of {@link ApplicationContext#io()}, once for each of them and
   * before it listens; an exception stops the start.
   */
  default void mount(ApplicationContext context) {
    mount(context.io(), context.vertx());
  }

  /** The same for an application without routes, settings and an end; called where {@link #mount(ApplicationContext)} is not overridden. */
  default void mount(Io io, Vertx vertx) {
    throw new IllegalStateException("the application has no method mount");
  }

  /** The name in the setting {@code applications}; by default the simple class name in lower case. */
  default String name() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** Whether it is mounted where the settings name no applications; otherwise only where they name it. Default true. */
  default boolean byDefault() {
    return true;
  }

  /** The section of the settings that is this application's, beside those of Magpie; several may share one. Default {@link #name()}. */
  default String section() {
    return name();
  }

  /**
   * The keys of its section with their defaults. The program refuses a key that is not among them, and a value of another type than the
   * default's: a text, a boolean, a whole number, a number with a fraction, an array or an object; null takes any. Default none.
   */
  default JsonObject settings() {
    return new JsonObject();
  }
}
