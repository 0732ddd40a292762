package dev.magpie.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was measured: for each peer and figure the values of all rounds, of which the median counts. */
final class Results {
  private final Map<String, Map<String, List<Double>>> values = new LinkedHashMap<>();

  void add(String peer, String figure, double value) {
    values.computeIfAbsent(peer, name -> new LinkedHashMap<>()).computeIfAbsent(figure, name -> new ArrayList<>()).add(value);
  }

  List<String> peers() {
    return List.copyOf(values.keySet());
  }

  List<String> figures() {
    return values.values().stream().flatMap(figures -> figures.keySet().stream()).distinct().toList();
  }

  /** Null where it was not measured. */
  Double median(String peer, String figure) {
    List<Double> all = values.getOrDefault(peer, Map.of()).get(figure);
    return all == null ? null : all.stream().sorted().toList().get(all.size() / 2);
  }

  Map<String, Map<String, List<Double>>> all() {
    return values;
  }
}
