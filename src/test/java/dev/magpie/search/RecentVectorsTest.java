package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentVectorsTest {
  private final List<String> made = new ArrayList<>();
  private final RecentVectors vectors = new RecentVectors(text -> {
    made.add(text);
    return new float[] {text.length()};
  });

  @Test
  void theModelIsAskedOnceForEachQuestion() {
    for (String question : List.of("a", "bb", "a", "bb", "a")) assertThat(vectors.of(question)).containsExactly(question.length());
    assertThat(made).containsExactly("a", "bb");
  }

  @Test
  void whatWasAskedLongestAgoIsForgottenFirst() {
    vectors.of("often");
    vectors.of("once");
    for (int i = 0; i < RecentVectors.MOST - 1; i++) {
      vectors.of("often");
      vectors.of("other " + i);
    }
    made.clear();
    vectors.of("often");
    assertThat(made).isEmpty();
    vectors.of("once");
    assertThat(made).containsExactly("once");
  }

  @Test
  void aLongQuestionIsNotKept() {
    String kept = "x".repeat(RecentVectors.LONGEST);
    String tooLong = kept + "x";
    for (int i = 0; i < 2; i++) {
      vectors.of(kept);
      vectors.of(tooLong);
    }
    assertThat(made).containsExactly(kept, tooLong, tooLong);
  }

  @Test
  void aModelThatFailsIsAskedAgain() {
    RecentVectors failing = new RecentVectors(text -> {
      made.add(text);
      throw new IllegalStateException("no");
    });
    for (int i = 0; i < 2; i++) assertThatThrownBy(() -> failing.of("a")).hasMessage("no");
    assertThat(made).hasSize(2);
  }
}
