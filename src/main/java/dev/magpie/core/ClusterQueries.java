package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/** Port: asks all other instances one question. Used on the instance's context. */
public interface ClusterQueries {

  /**
   * Asks all other instances of the same name.
   *
   * @return the answers that came within {@link ClusterQuestion#timeoutMillis} and a margin, and the ids of the other instances; does not
   *     fail because an instance is silent
   */
  Future<ClusterAnswers<JsonArray>> ask(ClusterQuestion question);
}
