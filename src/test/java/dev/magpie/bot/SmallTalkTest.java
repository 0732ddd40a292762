package dev.magpie.bot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bus.Answer.Outcome;
import dev.magpie.bus.Question;
import java.util.List;
import org.junit.jupiter.api.Test;

class SmallTalkTest {
  @Test
  void smallTalkIsAnsweredInItsLanguage() {
    assertThat(said("你好！")).isEqualTo("您好，请问有什么可以帮您？");
    assertThat(said("Thanks")).isEqualTo("You are welcome. Ask me whenever you like.");
    assertThat(said(" ＨＥＬＬＯ ")).isEqualTo("Hello, how can I help you?");
    assertThat(SmallTalk.answer(Question.of("你好，怎么办理套餐"))).as("a question with manners").isEmpty();
  }

  @Test
  void whoWantsAPersonIsTold() {
    for (String wish : List.of("转人工", "人工", "转人工客服", "agent", "Talk to a person")) {
      assertThat(SmallTalk.wantsPerson(Question.of(wish))).as(wish).isTrue();
      assertThat(SmallTalk.answer(Question.of(wish)).orElseThrow().outcome()).isEqualTo(Outcome.ANSWER);
    }
    assertThat(SmallTalk.wantsPerson(Question.of("人工费多少钱"))).isFalse();
    assertThat(SmallTalk.answer(Question.of("agent").lang("en")).orElseThrow().text()).startsWith("We have noted");
  }

  @Test
  void emptyAndEndlessQuestionsAreNotLookedUp() {
    assertThat(said(" \n")).isEqualTo("请输入正确的信息");
    assertThat(said("话".repeat(10_000))).isEqualTo("您的问题太长了，请用一两句话说明");
    assertThat(SmallTalk.answer(Question.of("话".repeat(1_000)))).isEmpty();
  }

  @Test
  void aQuestionIsRepeatedWhenTheOneBeforeHadTheSameWords() {
    Question question = Question.of("怎么充值？");
    assertThat(SmallTalk.isRepeated(question)).isFalse();
    assertThat(SmallTalk.isRepeated(question.history(List.of("怎么充值", "别的")))).isFalse();
    assertThat(SmallTalk.isRepeated(question.history(List.of("别的", " 怎么充值")))).isTrue();
  }

  private static String said(String text) {
    return SmallTalk.answer(Question.of(text)).orElseThrow().text();
  }
}
