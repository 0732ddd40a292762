package dev.magpie.core;

import java.util.List;

/**
 * The answers of several instances to one query. Immutable.
 *
 * @param <T> one result
 * @param results where the query is for sockets, those of this instance and of all that answered in time; for events between servers, the
 *     acknowledgements of the other instances
 * @param missing ids of the instances that did not answer in time; empty when the answer is complete
 */
public record ClusterAnswers<T>(List<T> results, List<String> missing) {
  /** Copies the lists. */
  public ClusterAnswers {
    results = List.copyOf(results);
    missing = List.copyOf(missing);
  }

  /** Whether every instance has answered. */
  public boolean isComplete() {
    return missing.isEmpty();
  }
}
