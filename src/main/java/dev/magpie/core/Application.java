package dev.magpie.core;

import io.vertx.core.Vertx;
import java.util.Locale;

/**
 * Handlers on namespaces, as a piece that a gateway mounts: once on each of its instances, before it listens. Found by {@link
 * java.util.ServiceLoader}; the setting {@code applications} chooses by {@link #name()}.
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

  /** Puts this application's handlers on its namespaces; called on {@code io}'s context. */
  void mount(Io io, Vertx vertx);

  /** The name by which settings choose this application: by default the class's own, in lower case. */
  default String name() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** Whether it is mounted where no application is named; else only where its name is. */
  default boolean byDefault() {
    return true;
  }
}
