package dev.magpie.core;

import io.vertx.core.Vertx;
import java.util.Locale;

/**
 * Handlers on namespaces, which a gateway mounts: once on each of its instances, before that listens. Found by {@link
 * java.util.ServiceLoader}; the setting {@code applications} selects by {@link #name()}.
 *
 * <pre>{@code
 * public final class Greeter implements Application {
 *   public void mount(Io io, Vertx vertx) {
 *     io.of("/greeter").onConnection(socket -> socket.emit("hello", socket.id()));
 *   }
 * }
 * }</pre>
 */
public interface Application {

  /**
   * Registers this application's handlers. Called on {@code io}'s context, once for each of them and before it listens; an exception stops
   * the start.
   */
  void mount(Io io, Vertx vertx);

  /** The name in the setting {@code applications}; by default the simple class name in lower case. */
  default String name() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** Whether it is mounted where the settings name no applications; otherwise only where they name it. Default true. */
  default boolean byDefault() {
    return true;
  }
}
