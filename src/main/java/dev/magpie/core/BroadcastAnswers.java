package dev.magpie.core;

import io.vertx.core.json.JsonArray;
import java.util.List;

/**
 * The acknowledgements of a broadcast. Immutable.
 *
 * @param answers the arguments of each acknowledgement that came in time, in the order of their arrival
 * @param silent number of clients that got the event and did not acknowledge in time
 * @param missing ids of the instances that did not answer in time; the number of their clients is not known
 */
public record BroadcastAnswers(List<JsonArray> answers, int silent, List<String> missing) {
  /** Copies the lists. */
  public BroadcastAnswers {
    answers = List.copyOf(answers);
    missing = List.copyOf(missing);
  }

  /** Whether every selected client has acknowledged. */
  public boolean isComplete() {
    return silent == 0 && missing.isEmpty();
  }
}
