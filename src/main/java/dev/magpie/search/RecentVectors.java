package dev.magpie.search;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The vectors of the questions that were asked last: many visitors ask the same few things, and a model takes a processor for milliseconds
 * each time. A text's vector never changes, so nothing here becomes wrong. May be used from any thread.
 */
final class RecentVectors {
  /** A vector takes 2 KiB, so all of them about 2 MiB for each language. */
  static final int MOST = 1_000;

  /** Characters; nobody asks a longer question a second time in the same words. */
  static final int LONGEST = 200;

  private final Function<String, float[]> model;

  // Guarded by itself: the one that was asked for longest ago first.
  private final Map<String, float[]> vectors = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, float[]> eldest) {
      return size() > MOST;
    }
  };

  RecentVectors(Function<String, float[]> model) {
    this.model = model;
  }

  /** Not to be changed: others are given the same array. */
  float[] of(String question) {
    if (question.length() > LONGEST) return model.apply(question);
    synchronized (vectors) {
      float[] known = vectors.get(question);
      if (known != null) return known;
    }
    // Outside: others need not wait for the model. Two that ask the same at once both run it.
    float[] made = model.apply(question);
    synchronized (vectors) {
      vectors.put(question, made);
    }
    return made;
  }
}
