package dev.magpie.search;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Clusters similar questions: each joins the first group whose first text is similar. Pure. */
final class Groups {
  /** Least cosine of similar questions; different questions on one subject have about 0.75. */
  private static final double ALIKE = 0.86;

  /** Least Jaccard index of the terms of two texts in a group. */
  private static final double IN_COMMON = 0.5;

  private Groups() {}

  static List<List<String>> of(List<String> texts, Function<String, Optional<float[]>> meaning) {
    List<Group> groups = new ArrayList<>();
    for (String text : texts) {
      Text read = Text.of(text, meaning);
      Group group = groups.stream().filter(each -> each.first.resembles(read)).findFirst().orElseGet(() -> {
        groups.add(new Group(read, new ArrayList<>()));
        return groups.get(groups.size() - 1);
      });
      group.texts.add(text);
    }
    return groups.stream().map(group -> List.copyOf(group.texts)).toList();
  }

  private record Group(Text first, List<String> texts) {}

  private record Text(Language language, Optional<float[]> vector, Set<String> terms) {
    static Text of(String text, Function<String, Optional<float[]>> meaning) {
      String plain = Wording.plain(text);
      Language language = Language.of(plain);
      Set<String> terms = Analyzers.terms(language == Language.ZH ? Analyzers.PAIRS : Analyzers.ENGLISH, Wording.withoutFillers(plain));
      return new Text(language, meaning.apply(text), terms);
    }

    boolean resembles(Text other) {
      if (language != other.language) return false;
      if (vector.isPresent() && other.vector.isPresent() && cosine(vector.get(), other.vector.get()) >= ALIKE) return true;
      Set<String> common = new HashSet<>(terms);
      common.retainAll(other.terms);
      return !common.isEmpty() && common.size() >= IN_COMMON * (terms.size() + other.terms.size() - common.size());
    }

    private static double cosine(float[] a, float[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
      return sum;
    }
  }
}
