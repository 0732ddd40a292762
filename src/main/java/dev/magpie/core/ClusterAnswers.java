package dev.magpie.core;

import java.util.List;

/**
 * The answers of all instances to a query.
 *
 * @param results of this instance and of all others that answered in time, where the question concerns sockets; of the others alone for
 *     events between servers
 * @param missing the ids of the instances that were known and stayed silent; empty when the answer is complete
 */
public record ClusterAnswers<T>(List<T> results, List<String> missing) {
  public ClusterAnswers {
    results = List.copyOf(results);
    missing = List.copyOf(missing);
  }

  public boolean isComplete() {
    return missing.isEmpty();
  }
}
