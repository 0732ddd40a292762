package dev.magpie.core;

import io.vertx.core.json.JsonArray;
import java.util.List;

/**
 * Who acknowledged a broadcast in time.
 *
 * @param answers the arguments of each acknowledgement that came, in the order of coming
 * @param silent how many clients got the event and did not answer in time
 * @param missing the ids of instances that did not report; how many clients they have is not known
 */
public record BroadcastAnswers(List<JsonArray> answers, int silent, List<String> missing) {
  public BroadcastAnswers {
    answers = List.copyOf(answers);
    missing = List.copyOf(missing);
  }

  /** Whether every client that was meant has answered. */
  public boolean isComplete() {
    return silent == 0 && missing.isEmpty();
  }
}
