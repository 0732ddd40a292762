package dev.magpie.bot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bot.Intent.Said;
import dev.magpie.search.Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

class IntentTest {
  @Test
  void aQuestionAboutAPriceARefundAComplaintAnEndOrALossSaysSo() {
    assertThat(Intent.of("5g套餐多少钱一个月")).hasValue(Intent.PRICE);
    assertThat(Intent.of("How much is the 5G plan?")).hasValue(Intent.PRICE);
    assertThat(Intent.of("能不能给我退钱")).hasValue(Intent.REFUND);
    assertThat(Intent.of("get my money back")).hasValue(Intent.REFUND);
    assertThat(Intent.of("我要投诉你们")).hasValue(Intent.COMPLAINT);
    assertThat(Intent.of("cancel my contract")).hasValue(Intent.END);
    assertThat(Intent.of("lost my phone what should i do")).hasValue(Intent.LOSS);
    assertThat(Intent.of("人工客服电话多少")).hasValue(Intent.CONTACT);
  }

  @Test
  void otherQuestionsHaveNone() {
    for (String question : List.of("怎么查询话费余额", "套餐太贵了想换个便宜的", "how much data is left", "how much is my balance", "no signal",
        "拨打国际电话", "wifi password")) assertThat(Intent.of(question)).as(question).isEmpty();
  }

  @Test
  void anArticleSpeaksOfItAsItsSubjectInPassingOrNotAtAll() {
    assertThat(Intent.PRICE.in(article("国际漫游怎么收费", "见资费页面。"))).isEqualTo(Said.AS_SUBJECT);
    assertThat(Intent.PRICE.in(article("怎么办理副卡", "每张每月10元。"))).isEqualTo(Said.IN_BODY);
    assertThat(Intent.PRICE.in(article("怎么办理5G套餐", "次月生效。"))).isEqualTo(Said.NOT);
    assertThat(Intent.LOSS.in(article("Lost SIM card: what to do?", ""))).isEqualTo(Said.AS_SUBJECT);
    assertThat(Intent.LOSS.in(article("My phone says there is no SIM", "Restart it."))).isEqualTo(Said.NOT);
  }

  @Test
  void aQuestionThatNamesNothingElseIsAllIntent() {
    for (String question : List.of("refund", "能不能给我退钱", "get my money back", "I want to make a complaint"))
      assertThat(Intent.of(question).orElseThrow().isAllOf(question)).as(question).isTrue();
    for (String question : List.of("refund for a top-up", "副卡多少钱", "cancel my contract"))
      assertThat(Intent.of(question).orElseThrow().isAllOf(question)).as(question).isFalse();
  }

  private static Entry article(String title, String body) {
    return new Entry("a", title, List.of(), List.of(), body);
  }
}
