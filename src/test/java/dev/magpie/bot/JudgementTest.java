package dev.magpie.bot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bot.Judgement.Outcome;
import dev.magpie.search.Entry;
import dev.magpie.search.Finding;
import dev.magpie.search.Finding.Kind;
import dev.magpie.search.SearchIndex;
import dev.magpie.search.SearchOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JudgementTest {
  @TempDir Path folder;

  @Test
  void aSureFindingIsTheAnswerALessSureOneIsSuggested() {
    assertThat(Judgement.of("话费", List.of(found("a", 0.8))).isSure()).isTrue();
    Judgement likely = Judgement.of("话费", List.of(found("a", 0.6), found("b", 0.1)));
    assertThat(likely.outcome()).isEqualTo(Outcome.TEXT);
    assertThat(likely.isSure()).isFalse();
    assertThat(Judgement.of("话费", List.of(found("a", 0.3))).outcome()).isEqualTo(Outcome.SUGGESTIONS);
    assertThat(Judgement.of("credit", List.of(found("a", 0.3))).outcome()).isEqualTo(Outcome.NOTHING);
    assertThat(Judgement.of("话费", List.of()).outcome()).isEqualTo(Outcome.NOTHING);
  }

  @Test
  void twoThatAreAsLikelyAreBothSuggestedAndSoAreWordsAndMeaningThatDisagree() {
    try (SearchIndex index = SearchIndex.open(new SearchOptions(folder, false, 0))) {
      index.put(List.of(entry("a", "号码怎么保留"), entry("b", "怎么换套餐")));
      List<Finding> near = List.of(found("b", 0.85), found("c", 0.81));
      assertThat(Judgement.of(index, "套餐", near)).isEqualTo(new Judgement(Outcome.SUGGESTIONS, near));
      assertThat(Judgement.of(index, "套餐", List.of(found("b", 0.95), found("c", 0.94))).outcome()).isEqualTo(Outcome.TEXT);
      assertThat(Judgement.of(index, "套餐", List.of(found("b", 0.6), found("c", 0.2))).outcome()).isEqualTo(Outcome.TEXT);
      Judgement differs = Judgement.of(index, "号码保留", List.of(found("b", 0.6), found("c", 0.2)));
      assertThat(differs.outcome()).isEqualTo(Outcome.SUGGESTIONS);
      assertThat(differs.found()).extracting(Finding::id).containsExactly("b", "a", "c");
    }
  }

  private static Entry entry(String id, String title) {
    return new Entry(id, title, List.of(), List.of(), "");
  }

  private static Finding found(String id, double confidence) {
    return new Finding(id, id, confidence, confidence, Kind.MEANING);
  }
}
