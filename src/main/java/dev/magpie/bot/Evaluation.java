package dev.magpie.bot;

import dev.magpie.search.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * How well questions find their articles, and how well questions without an article are rejected. Pure.
 *
 * @param asked one for each question that has an article
 * @param offTopic the confidence of the best finding for each question that has none
 * @param nanos what each question took, sorted
 */
record Evaluation(List<Asked> asked, List<Double> offTopic, long[] nanos) {
  private static final int DEEP = 20;

  /** @param ids of the articles that answer it */
  record Case(String question, Set<String> ids) {}

  /** @param rank of the first right finding; 0: not among the first */
  record Asked(Case asked, int rank, double confidence, String best) {
    boolean right() {
      return rank == 1;
    }
  }

  static Evaluation of(List<Case> cases, List<String> offTopic, Function<String, List<Finding>> find) {
    long[] nanos = new long[cases.size() + offTopic.size()];
    List<Asked> asked = new ArrayList<>();
    List<Double> confidences = new ArrayList<>();
    for (Case each : cases) {
      long begun = System.nanoTime();
      List<Finding> found = find.apply(each.question());
      nanos[asked.size()] = System.nanoTime() - begun;
      asked.add(asked(each, found));
    }
    for (String question : offTopic) {
      long begun = System.nanoTime();
      List<Finding> found = find.apply(question);
      nanos[cases.size() + confidences.size()] = System.nanoTime() - begun;
      confidences.add(found.isEmpty() ? 0 : found.get(0).confidence());
    }
    Arrays.sort(nanos);
    return new Evaluation(asked, confidences, nanos);
  }

  private static Asked asked(Case each, List<Finding> found) {
    int rank = 0;
    for (int i = 0; i < Math.min(DEEP, found.size()) && rank == 0; i++) if (each.ids().contains(found.get(i).id())) rank = i + 1;
    return new Asked(each, rank, found.isEmpty() ? 0 : found.get(0).confidence(), found.isEmpty() ? "" : found.get(0).title());
  }

  double hit(int within) {
    return asked.isEmpty() ? 0 : asked.stream().filter(each -> each.rank() > 0 && each.rank() <= within).count() / (double) asked.size();
  }

  double mrr() {
    return asked.stream().mapToDouble(each -> each.rank() == 0 ? 0 : 1.0 / each.rank()).average().orElse(0);
  }

  /** Probability that a right answer has a higher confidence than the best finding for a question without an article (AUC). */
  double auc() {
    double[] right = right();
    double above = 0;
    for (double kept : right) for (double other : offTopic) above += kept > other ? 1 : kept == other ? 0.5 : 0;
    return right.length == 0 || offTopic.isEmpty() ? 0 : above / right.length / offTopic.size();
  }

  /** Share of the questions without an article that are rejected at the threshold that keeps this share of the right answers. */
  double rejected(double kept) {
    double threshold = threshold(kept);
    return offTopic.isEmpty() ? 0 : offTopic.stream().filter(confidence -> confidence < threshold).count() / (double) offTopic.size();
  }

  double threshold(double kept) {
    double[] right = right();
    return right.length == 0 ? 0 : right[Math.min(right.length - 1, (int) Math.floor(right.length * (1 - kept)))];
  }

  double kept(double threshold) {
    double[] right = right();
    return right.length == 0 ? 0 : Arrays.stream(right).filter(confidence -> confidence >= threshold).count() / (double) right.length;
  }

  double rejectedAt(double threshold) {
    return offTopic.isEmpty() ? 0 : offTopic.stream().filter(confidence -> confidence < threshold).count() / (double) offTopic.size();
  }

  /** Sorted. */
  private double[] right() {
    return asked.stream().filter(Asked::right).mapToDouble(Asked::confidence).sorted().toArray();
  }

  double millis(double share) {
    return nanos.length == 0 ? 0 : nanos[Math.min(nanos.length - 1, (int) (nanos.length * share))] / 1e6;
  }

  /** A figure a line, then the tables. */
  List<String> report() {
    List<String> lines = new ArrayList<>();
    line(lines, "questions %d", asked.size());
    line(lines, "off-topic %d", offTopic.size());
    line(lines, "hit@1 %.3f", hit(1));
    line(lines, "hit@3 %.3f", hit(3));
    line(lines, "MRR %.3f", mrr());
    line(lines, "AUC %.3f", auc());
    for (double kept : new double[] {1, 0.95, 0.9, 0.8})
      line(lines, "kept %.2f rejected %.3f at confidence %.3f", kept, rejected(kept), threshold(kept));
    for (int i = 1; i <= 9; i++) line(lines, "confidence %.2f kept %.3f rejected %.3f", i / 10.0, kept(i / 10.0), rejectedAt(i / 10.0));
    line(lines, "p50 %.2f ms", millis(0.5));
    line(lines, "p95 %.2f ms", millis(0.95));
    line(lines, "p99 %.2f ms", millis(0.99));
    return lines;
  }

  private static void line(List<String> lines, String format, Object... values) {
    lines.add(String.format(Locale.ROOT, format, values));
  }
}
