package dev.magpie.core;

import java.util.List;

/**
 * A number of sockets of all instances: {@link BroadcastOperator#count}. Immutable.
 *
 * @param sockets of this instance and of all that answered in time
 * @param missing ids of the instances that did not answer in time, whose sockets are not counted; empty when the number is complete
 */
public record ClusterCount(long sockets, List<String> missing) {
  /** Copies the list. */
  public ClusterCount {
    missing = List.copyOf(missing);
  }

  /** Whether every instance has answered. */
  public boolean isComplete() {
    return missing.isEmpty();
  }
}
