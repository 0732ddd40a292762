package dev.magpie.search;

import java.util.Arrays;
import java.util.List;

/**
 * Some entries, long or vague ones, are near to every question. Each is compared with a sample of other entries' titles; the mean of its
 * five best scores says how much of a hub it is. Immutable.
 */
final class Hubs {
  static final Hubs NONE = new Hubs(List.of(), 0);

  /** Titles of the sample. */
  private static final int SAMPLE = 200;

  /** Fewer titles say nothing about an entry. */
  private static final int FEWEST = 30;

  private static final int BEST = 5;

  /** Weight of the mean. */
  private static final float WEIGHT = 0.3f;

  private final List<Title> sample;
  private final float usual;

  private record Title(String id, float[] vector) {}

  private Hubs(List<Title> sample, float usual) {
    this.sample = sample;
    this.usual = usual;
  }

  /** Their titles, evenly spread where there are many. */
  static Hubs among(List<Meaning> entries) {
    if (entries.size() < FEWEST) return NONE;
    int size = Math.min(SAMPLE, entries.size());
    Title[] titles = new Title[size];
    for (int i = 0; i < size; i++) {
      Meaning entry = entries.get((int) ((long) i * entries.size() / size));
      titles[i] = new Title(entry.id(), entry.titles().get(0).floats());
    }
    Hubs hubs = new Hubs(List.of(titles), 0);
    double usual = 0;
    for (int i = 0; i < size; i++) usual += hubs.mean(entries.get((int) ((long) i * entries.size() / size)));
    return new Hubs(hubs.sample, (float) (usual / size));
  }

  /** What is subtracted from the entry's score where entries are ordered; 0 for the usual one. */
  float of(Meaning entry) {
    return sample.isEmpty() ? 0 : WEIGHT * (mean(entry) - usual);
  }

  private float mean(Meaning entry) {
    float[] scores = new float[sample.size()];
    int count = 0;
    for (Title title : sample) if (!title.id.equals(entry.id())) scores[count++] = entry.cosine(title.vector);
    Arrays.sort(scores, 0, count);
    float sum = 0;
    for (int i = count - BEST; i < count; i++) sum += scores[i];
    return sum / BEST;
  }
}
