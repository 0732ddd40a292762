package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/** Port: asks all other instances one question. */
public interface ClusterQueries {

  /** The answers of all who gave one in time, and the names of those who did not. Never fails because an instance is silent. */
  Future<ClusterAnswers<JsonArray>> ask(ClusterQuestion question);
}
