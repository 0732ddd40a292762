package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The forms in which visitors write one question: in traditional characters, with courtesies, with typos. */
@Timeout(60)
class QuestionFormsTest {
  /** Words of the language that no entry has. */
  private static final Set<String> ENGLISH = Set.of("weather", "plane", "cancellation", "recharge");

  @TempDir Path folder;
  private WordIndex words;

  @BeforeAll
  static void load() {
    Simplified.load();
    Pinyin.load();
  }

  @BeforeEach
  void open() {
    words = new WordIndex(folder);
    words.put(new Entry("a", "Reset your password", List.of("cancel roaming"), List.of(),
        "Whether the account is yours. Subscriptions end."));
    words.put(new Entry("b", "怎么开通VoLTE", List.of(), List.of(), "在设置里打开。"));
    words.refresh();
  }

  @AfterEach
  void close() {
    words.close();
  }

  @Test
  void traditionalCharactersAreReadAsSimplifiedOnes() {
    assertThat(Wording.plain("我的手機沒有訊號，請問怎麼辦？")).isEqualTo("我的手机没有讯号,请问怎么办?");
    assertThat(Wording.plain("電話費餘額查詢")).isEqualTo("电话费余额查询");
    assertThat(Wording.plain("怎么查询话费余额 Café 5G")).isEqualTo("怎么查询话费余额 Café 5G");
  }

  @Test
  void greetingsAndPolitePhrasesAroundAQuestionAreLeftOut() {
    assertThat(Courtesy.without("你好，我想问一下套餐怎么换，谢谢")).isEqualTo("套餐怎么换");
    assertThat(Courtesy.without("在吗?请问流量怎么查呢")).isEqualTo("流量怎么查");
    assertThat(Courtesy.without("Hi, can you please tell me how do I top up? Thanks in advance!")).isEqualTo("how do I top up");
    assertThat(Courtesy.without("hello there, quick question: no signal abroad")).isEqualTo("no signal abroad");
  }

  @Test
  void aQuestionWithoutCourtesiesAndACourtesyAloneStayAsTheyAre() {
    for (String plain : List.of("客服电话多少?", "hide my number", "hi there", "thanks a lot", "你好", "谢谢!", "请问", "how do I top up?",
        "pleasehelp", "İstanbul hi", "急"))
      assertThat(Courtesy.without(plain)).as(plain).isEqualTo(plain);
  }

  @Test
  void aMisspeltWordIsThatOfTheEntries() {
    assertThat(corrected("How to reset my pasword")).isEqualTo("How to reset my password");
    assertThat(corrected("cancle Roming, please")).isEqualTo("cancel roaming, please");
    assertThat(corrected("subcriptoins")).isEqualTo("subscriptions");
    assertThat(corrected("otle怎么开")).isEqualTo("otle怎么开");
    assertThat(corrected("volet怎么开")).isEqualTo("volte怎么开");
  }

  @Test
  void aWordThatTheEntriesOrTheLanguageHaveIsNeverChanged() {
    for (String text : List.of("weather", "cancelling my account", "PLANE", "subscription", "recharge 50", "pwd", "pas5word"))
      assertThat(corrected(text)).as(text).isEqualTo(text);
  }

  @Test
  void pinyinIsReadBySyllablesWithAndWithoutSpaces() {
    assertThat(Pinyin.asked("zenme banli 5G taocan")).isEqualTo(Pinyin.terms("怎么办理5G套餐"));
    assertThat(Pinyin.asked("zen me ban li 5g tao can?")).isEqualTo(Pinyin.terms("怎么办理5G套餐"));
    assertThat(Pinyin.asked("lvyou liuliang")).isEqualTo(Pinyin.terms("旅游流量"));
    for (String english : List.of("how to reset", "password", "me", "5g", "")) assertThat(Pinyin.asked(english)).as(english).isEmpty();
  }

  @Test
  void aQuestionInPinyinFindsTheChineseTitleAndAnEnglishOneItsOwn(@TempDir Path own) {
    try (SearchIndex index = SearchIndex.open(new SearchOptions(own, false, 0))) {
      index.put(List.of(new Entry("a", "怎么办理套餐", List.of(), List.of(), ""),
          new Entry("b", "怎么查询话费", List.of("余额还有多少"), List.of(), ""), new Entry("c", "Can you hang on", List.of(), List.of(), "")));
      assertThat(index.find("ban li tao can", 1)).extracting(Finding::id).containsExactly("a");
      assertThat(index.find("huafei chaxun", 1)).extracting(Finding::id).containsExactly("b");
      assertThat(index.find("yu e duo shao", 1)).extracting(Finding::id).containsExactly("b");
      assertThat(index.find("can you hang", 1)).extracting(Finding::id).containsExactly("c");
    }
  }

  private String corrected(String text) {
    return words.read(searcher -> Spelling.corrected(searcher, text, ENGLISH::contains));
  }
}
