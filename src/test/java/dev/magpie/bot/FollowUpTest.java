package dev.magpie.bot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bus.Question;
import java.util.List;
import org.junit.jupiter.api.Test;

class FollowUpTest {
  @Test
  void aShortQuestionWithoutASubjectContinuesTheOneBefore() {
    for (String text : List.of("那多少钱？", "多久", "怎么办理呢", "那国外呢", "那怎么取消"))
      assertThat(FollowUp.together(after(text, "怎么开通国际漫游"))).as(text).hasValue("怎么开通国际漫游 " + text);
    for (String text : List.of("and abroad?", "how much?", "how do I cancel it", "what about weekends"))
      assertThat(FollowUp.together(after(text, "How do I turn on roaming?"))).as(text).hasValue("How do I turn on roaming? " + text);
  }

  @Test
  void aQuestionThatNamesItsSubjectStandsAlone() {
    for (String text : List.of("怎么查询话费余额", "话费", "那家营业厅周末几点开门到几点关门呀", "how do I top up?", "roaming", "my bill is too high"))
      assertThat(FollowUp.together(after(text, "怎么开通国际漫游"))).as(text).isEmpty();
  }

  @Test
  void theOneBeforeIsTheLastThatStandsAlone() {
    assertThat(FollowUp.together(after("那多少钱", "怎么换套餐", "怎么开通国际漫游", "那国外呢"))).hasValue("怎么开通国际漫游 那多少钱");
    assertThat(FollowUp.together(after("那多少钱"))).isEmpty();
    assertThat(FollowUp.together(after("那多少钱", "多久", ""))).isEmpty();
  }

  private static Question after(String text, String... earlier) {
    return Question.of(text).history(List.of(earlier));
  }
}
