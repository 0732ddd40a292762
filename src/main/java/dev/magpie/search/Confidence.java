package dev.magpie.search;

/**
 * How sure it is, from 0 to 1, that an entry answers a question. The formula is published, and tests hold it, since thresholds stand on it:
 *
 * <ul>
 *   <li>1: title or phrasing is the question, but for case, width, spaces and punctuation.
 *   <li>By meaning: {@code 1 / (1 + e^(-(s - m) / w))} of the score {@code s = (title + 2 · whole + 2 · best chunk) / 5 + b · r}; the first
 * three are cosines, {@code r} is the words' part between 0 and 1: BM25 over the best entry's BM25, and less where that covers less than
 *       half of what the question's words could weigh. {@code m, w, b} belong to the model: see {@link Scale}.
 *   <li>By words, where there are no vectors: {@code min(0.99, BM25(question → entry) / BM25(the entry's own title → entry))}.
 *   <li>A question of one character is never above 0.3.
 * </ul>
 */
public final class Confidence {
  static final double EXACT = 1;
  private static final double HIGHEST = 0.99;
  private static final double OF_ONE_CHARACTER = 0.3;

  private Confidence() {}

  /** Parameters of one model: the midpoint, the width, and the weight of the words. */
  record Scale(double middle, double width, double words) {
    static Scale of(Language language) {
      return switch (language) {
        case ZH -> new Scale(0.65, 0.04, 0.06);
        case EN -> new Scale(0.70, 0.04, 0.04);
      };
    }

    double confidence(double score) {
      return Math.min(HIGHEST, 1 / (1 + Math.exp(-(score - middle) / width)));
    }

    /** Inverse of the formula: ranks an entry without vectors among those with vectors. */
    double score(double confidence) {
      double c = Math.min(HIGHEST, Math.max(0.001, confidence));
      return middle + width * Math.log(c / (1 - c));
    }
  }

  static double ofWords(double score, double ownTitle) {
    return ownTitle <= 0 ? 0 : Math.min(HIGHEST, score / ownTitle);
  }

  static double bounded(double confidence, String bareQuestion) {
    return bareQuestion.codePointCount(0, bareQuestion.length()) <= 1 ? Math.min(confidence, OF_ONE_CHARACTER) : confidence;
  }
}
