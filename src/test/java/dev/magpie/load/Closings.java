package dev.magpie.load;

import dev.magpie.load.ServerProcess.Left;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks who was closed: exactly those that should be, for this reason, each in its time. */
record Closings(String reason, long from, long to) {

  /** What is wrong; empty where nothing is. */
  List<String> wrong(Set<Integer> expected, List<Left> left) {
    List<String> wrong = new ArrayList<>();
    Set<Integer> missing = new HashSet<>(expected);
    for (Left client : left) {
      if (client.number() < 0) continue;
      if (!missing.remove(client.number())) wrong.add(client.number() + " was closed though it need not: " + client.reason());
      if (!client.reason().equals(reason)) wrong.add(client.number() + " was closed for another reason: " + client.reason());
      if (client.at() - from < 0) wrong.add(client.number() + " was closed " + millis(from - client.at()) + " ms early");
      if (client.at() - to > 0) wrong.add(client.number() + " was closed " + millis(client.at() - to) + " ms late");
    }
    missing.forEach(number -> wrong.add(number + " was not closed"));
    return wrong;
  }

  private static long millis(long nanos) {
    return nanos / 1_000_000;
  }
}
