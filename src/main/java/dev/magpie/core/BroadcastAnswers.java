package dev.magpie.core;

import io.vertx.core.json.JsonArray;
import java.util.List;

/**
 * The acknowledgements of a broadcast. Immutable.
 *
 * @param answers the arguments of each acknowledgement that came in time, in the order of their arrival
 * @param silent number of clients that got the event and did not acknowledge in time
 * @param missing ids of the instances that did not answer in time; the number of their clients is not known
 * @param answered the id of the socket of each answer
 * @param silentSockets the ids of the sockets whose clients did not acknowledge in time
 */
public record BroadcastAnswers(List<JsonArray> answers, int silent, List<String> missing, List<String> answered,
    List<String> silentSockets) {
  /** Copies the lists. */
  public BroadcastAnswers {
    answers = List.copyOf(answers);
    missing = List.copyOf(missing);
    answered = List.copyOf(answered);
    silentSockets = List.copyOf(silentSockets);
  }

  /** One that does not know the sockets. */
  public BroadcastAnswers(List<JsonArray> answers, int silent, List<String> missing) {
    this(answers, silent, missing, List.of(), List.of());
  }

  /** Whether every selected client has acknowledged. */
  public boolean isComplete() {
    return silent == 0 && missing.isEmpty();
  }
}
