package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.magpie.testing.Await.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Locator.FilterOptions;
import com.microsoft.playwright.Page;
import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.gateway.GatewayVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
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

  @Test
  void anAnswerIsShownWhileItIsMade(Windows windows) throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      BlockingQueue<Message<JsonObject>> asked = new LinkedBlockingQueue<>();
      vertx.eventBus().<JsonObject>consumer(Addresses.BOT_ASK, asked::add);
      JsonArray listeners = new JsonArray().add(new JsonObject().put("port", 0).put("applications", new JsonArray().add("bot")));
      GatewayVerticle gateway = new GatewayVerticle();
      await(vertx.deployVerticle(gateway, new DeploymentOptions()
          .setConfig(new JsonObject().put("http", new JsonObject().put("listeners", listeners)))));
      Page page = windows.openUrl(gateway.urls().get(0));
      ask(page, "天气");
      Message<JsonObject> question = asked.poll(20, TimeUnit.SECONDS);
      question.reply(Answer.of("今天").beginning().toJson());
      assertThat(answer(page).locator(".said")).hasText("今天");
      String pieces = Question.from(question.body()).stream();
      vertx.eventBus().publish(pieces, new JsonObject().put("text", "晴，"));
      assertThat(answer(page).locator(".said")).hasText("今天晴，");
      vertx.eventBus().publish(pieces, new JsonObject().put("text", "明天有雨").put("done", true));
      assertThat(answer(page).locator(".said")).hasText("今天晴，明天有雨");
      // Before its server, which it would miss.
      page.close();
    } finally {
      await(vertx.close());
    }
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
