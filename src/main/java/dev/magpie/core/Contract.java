package dev.magpie.core;

import io.vertx.core.json.JsonArray;
import org.jspecify.annotations.Nullable;

/**
 * What the arguments of an event may be: see {@link Namespace#contract}. {@link Contracts} makes them of JSON Schemas. Called on any
 * thread.
 */
@FunctionalInterface
public interface Contract {

  /**
   * Checks an event that was received, or is to be sent.
   *
   * @param args the arguments, wire values; not to be changed
   * @return why they are not allowed, with a path that begins at the arguments, such as {@code [0].items[2].price}; null where they are
   */
  @Nullable Violation check(JsonArray args);
}
