package dev.magpie.search;

import java.util.List;

/**
 * One entry as its meaning.
 *
 * @param titles of the title and of each phrasing
 * @param whole of title and body together
 * @param chunks of the body, each with the title before it; none where there is no body
 * @param passages of the body, without the title; none where the whole body is shown
 */
record Meaning(String id, String title, List<QuantizedVector> titles, QuantizedVector whole, List<QuantizedVector> chunks,
    List<QuantizedVector> passages) {

  /** The cosine to a question: {@code (title + 2 · whole + 2 · best chunk) / 5}. */
  float cosine(float[] question) {
    float all = whole.dot(question);
    return (best(titles, question) + 2 * all + 2 * (chunks.isEmpty() ? all : best(chunks, question))) / 5;
  }

  int rows() {
    return titles.size() + 1 + chunks.size();
  }

  private static float best(List<QuantizedVector> vectors, float[] question) {
    float best = -1;
    for (QuantizedVector vector : vectors) best = Math.max(best, vector.dot(question));
    return best;
  }
}
