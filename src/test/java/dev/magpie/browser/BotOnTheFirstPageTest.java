package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.FilterOptions;
import com.microsoft.playwright.Page;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a visitor sees and does with the bot, in both languages; the articles are those that a new database begins with. */
@ExtendWith(Browser.class)
class BotOnTheFirstPageTest {

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "zh-CN | 怎么办理5G套餐            | 在 我的套餐 页面选择 5G 套餐 | 解决了       | 感谢您的反馈",
    "zh-CN | 怎么办理5G套餐            | 在 我的套餐 页面选择 5G 套餐 | 没有解决     | 感谢您的反馈",
    "en-GB | How do I change my plan? | plan                       | Yes, it did  | Thank you for telling us",
    "en-GB | How do I change my plan? | plan                       | No, it did not | Thank you for telling us"
  })
  void aQuestionIsAnsweredAndTheVisitorSaysWhetherItHelped(String locale, String question, String text, String rating, String thanks,
  Windows windows) {
    Page page = open(windows, locale);
    ask(page, question);
    assertThat(said(page).last()).hasText(question);
    assertThat(answer(page).locator(".said")).containsText(text);
    assertThat(answer(page).locator("button")).hasText(new String[] {"👍", "👎"});
    answer(page).getByLabel(rating).click();
    assertThat(answer(page).locator("footer")).hasText(thanks);
    assertThat(answer(page).locator("button")).hasCount(0);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"zh-CN | 套餐 | 您是不是想问：", "en-GB | data | Did you mean:"})
  void aWordOfSeveralTitlesOffersThreeAndTheChosenOneIsAnswered(String locale, String question, String words, Windows windows) {
    Page page = open(windows, locale);
    ask(page, question);
    assertThat(answer(page).locator(".said")).hasText(words);
    assertThat(answer(page).locator("button")).hasCount(3);
    assertThat(answer(page).locator("button").filter(new FilterOptions().setHasText(question))).hasCount(3);
    String title = answer(page).locator("button").nth(1).textContent();
    answer(page).locator("button").nth(1).click();
    assertThat(said(page)).hasText(new String[] {question, title});
    assertThat(answer(page).locator(".said")).not().hasText(Pattern.compile("^(正在查找…|Looking it up…|您是不是想问：|Did you mean:)$"));
    assertThat(answer(page).locator("button").filter(new FilterOptions().setHasText("👍"))).hasCount(1);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "zh-CN | zzzz qqqq | 没有找到您要的数据，请联系人工客服 | 转人工客服 | 已记录您需要人工客服",
    "en-GB | zzzz qqqq | No matching answer found. Please contact customer service. | Talk to a person | We have noted that you want to "
    + "talk to a person"
  })
  void whatIsNotFoundOffersAPerson(String locale, String question, String words, String person, String noted, Windows windows) {
    Page page = open(windows, locale);
    ask(page, question);
    assertThat(answer(page).locator(".said")).hasText(words);
    answer(page).locator("button").filter(new FilterOptions().setHasText(person)).click();
    assertThat(said(page)).hasText(new String[] {question, person});
    assertThat(answer(page).locator(".said")).containsText(noted);
  }

  private static Page open(Windows windows, String locale) {
    Page page = windows.open("/", options -> options.setLocale(locale));
    assertThat(page.locator("#light")).hasAttribute("data-status", "open");
    return page;
  }

  private static void ask(Page page, String question) {
    page.fill("#question", question);
    page.press("#question", "Enter");
  }

  /** What the visitor asked. */
  private static Locator said(Page page) {
    return page.locator("#answers .message.mine .said");
  }

  /** The bot's last. */
  private static Locator answer(Page page) {
    return page.locator("#answers .message:not(.mine)").last();
  }
}
