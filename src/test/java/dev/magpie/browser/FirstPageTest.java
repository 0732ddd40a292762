package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.options.ReducedMotion;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Browser.class)
class FirstPageTest {
  /** A room that no other test talks in. */
  private final String room = "room-" + UUID.randomUUID();

  private Page enter(Windows windows) {
    Page page = windows.open("/?room=" + room);
    assertThat(page.locator("#here-count")).containsText("人在线");
    return page;
  }

  private static void say(Page page, String text) {
    page.fill("#text", text);
    page.press("#text", "Enter");
  }

  private static Locator messages(Page page) {
    return page.locator("#log .message > p");
  }

  @Test
  void showsThatTheConnectionLives(Windows windows) {
    Page page = windows.open("/");
    assertThat(page.locator("#status")).hasText("已连接");
    assertThat(page.locator("#light")).hasAttribute("data-status", "open");
    assertThat(page.locator("#transport")).hasText("websocket");
    assertThat(page.locator("#round-trip")).hasText(Pattern.compile("[\\d,]+ 毫秒"));
    assertThat(page.locator("#reconnects")).hasText("0");
  }

  @Test
  void saysThatTheServerWentAndCameBackAndSendsWhatWasWrittenMeanwhile(Windows windows) {
    Assumptions.assumeTrue(windows.servers().magpie().restartable(), "the server is not ours to stop");
    windows.expect("WebSocket connection|Failed to load resource");
    Page page = enter(windows);
    windows.servers().magpie().stop();
    assertThat(page.locator("#light")).hasAttribute("data-status", "connecting");
    assertThat(page.locator("#offline")).containsText("正在重连");
    say(page, "写在断线时");
    assertThat(page.locator("#log .message footer")).hasText("发送中…");
    windows.servers().magpie().start();
    assertThat(page.locator("#status")).hasText("已连接");
    assertThat(page.locator("#reconnects")).hasText("1");
    assertThat(page.locator("#offline")).isHidden();
    assertThat(page.locator("#log .message footer")).hasText("");
    assertThat(messages(page)).hasText(new String[] {"写在断线时"});
  }

  @Test
  void letsTwoWindowsTalk(Windows windows) {
    Page one = enter(windows);
    Page two = enter(windows);
    assertThat(one.locator("#here-count")).hasText("2 人在线");
    assertThat(two.locator("#here-count")).hasText("2 人在线");
    say(one, "你好");
    assertThat(messages(two)).hasText(new String[] {"你好"});
    say(two, "hello\n你也好");
    assertThat(messages(one)).hasText(new String[] {"你好", "hello\n你也好"}, new HasTextOptions().setUseInnerText(true));
    assertThat(messages(two)).hasCount(2);
    assertThat(two.locator("#log .message").first().locator("bdi")).hasText(one.inputValue("#nick"));
    two.context().close();
    assertThat(one.locator("#here-count")).hasText("1 人在线");
  }

  @Test
  void showsWhoIsTyping(Windows windows) {
    Page one = enter(windows);
    Page two = enter(windows);
    assertThat(one.locator("#here-count")).hasText("2 人在线");
    two.locator("#text").pressSequentially("嗯");
    assertThat(one.locator("#typing")).hasText(two.inputValue("#nick") + " 正在输入…");
    assertThat(one.locator("#typing")).hasText("");
  }

  @Test
  void keepsTheNameOverAReloadAndTwoTabsAreTwoPeople(Windows windows) {
    Page one = enter(windows);
    Page two = windows.tab(one, "/?room=" + room);
    assertThat(one.locator("#here-count")).hasText("2 人在线");
    assertThat(two.inputValue("#nick")).isNotEqualTo(one.inputValue("#nick"));
    two.fill("#nick", "织女");
    two.press("#nick", "Enter");
    assertThat(one.locator("#here")).containsText("织女");
    two.reload();
    assertThat(two.locator("#here-count")).hasText("2 人在线");
    assertThat(two.locator("#nick")).hasValue("织女");
  }

  @Test
  void asksTheBot(Windows windows) {
    Page page = enter(windows);
    page.fill("#question", "套餐");
    page.press("#question", "Enter");
    Locator answers = page.locator("#answers .message:not(.mine)");
    assertThat(answers).hasCount(2);
    assertThat(answers.last().locator("p")).not().hasText("正在查找…");
    assertThat(answers.last()).containsText("套餐");
    page.fill("#question", "zzzz qqqq");
    page.click("#ask button");
    assertThat(answers.last().locator("p")).hasText("没有找到您要的数据，请联系人工客服");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "<a href=\"javascript:alert(1)\">link</a>",
    "\u202Etxt.exe\u202C",
    "a\u200Bb\u200Dc"
  })
  void showsMarkupAsText(String text, Windows windows) {
    Page one = windows.open("/?room=" + java.net.URLEncoder.encode(room + text, java.nio.charset.StandardCharsets.UTF_8));
    Page two = windows.open("/?room=" + java.net.URLEncoder.encode(room + text, java.nio.charset.StandardCharsets.UTF_8));
    assertThat(one.locator("#here-count")).hasText("2 人在线");
    one.fill("#nick", text);
    one.press("#nick", "Enter");
    assertThat(one.locator("#here-count")).hasText("2 人在线");
    say(one, text);
    for (Page page : List.of(one, two)) {
      assertThat(messages(page)).hasCount(1);
      assertThat(messages(page).first().textContent()).isEqualTo(text);
      assertThat(page.locator("#log :is(script, img, svg, a)")).hasCount(0);
      assertThat(page.locator("#chat header :is(script, img, svg, a)")).hasCount(0);
    }
    one.fill("#question", text);
    one.press("#question", "Enter");
    assertThat(one.locator("#answers .message.mine p")).hasCount(1);
    assertThat(one.locator("#answers .message.mine p").textContent()).isEqualTo(text);
    assertThat(one.locator("#answers .message:not(.mine) p").last()).not().hasText("正在查找…");
    assertThat(one.locator("#answers :is(script, img, svg, a)")).hasCount(0);
  }

  @Test
  void speaksChineseAndEnglishAndRemembersTheChoice(Windows windows) {
    Page page = windows.open("/");
    assertThat(page.locator("#status")).hasText("已连接");
    page.locator("[data-language=en]").click();
    assertThat(page.locator("#status")).hasText("Connected");
    assertThat(page.locator("html")).hasAttribute("lang", "en");
    assertThat(page.locator("#text")).hasAttribute("placeholder", "Enter sends, Shift+Enter for a new line");
    page.reload();
    assertThat(page.locator("#status")).hasText("Connected");
    assertThat(page.locator("[data-language=en]")).hasAttribute("aria-pressed", "true");
  }

  @Test
  void followsTheBrowsersLanguageAndElseSpeaksChinese(Windows windows) {
    assertThat(windows.open("/", options -> options.setLocale("en-GB")).locator("#status")).hasText("Connected");
    assertThat(windows.open("/", options -> options.setLocale("fr-FR")).locator("#status")).hasText("已连接");
  }

  @Test
  void enterSendsButNotWhileAWordIsBeingComposed(Windows windows) {
    Page page = enter(windows);
    page.fill("#text", "你好");
    // Chrome and Firefox say isComposing; Safari's last Enter has only the code 229.
    enterKey(page, "{ isComposing: true }");
    enterKey(page, "{ keyCode: 229 }");
    assertThat(page.locator("#text")).hasValue("你好");
    page.press("#text", "Shift+Enter");
    assertThat(page.locator("#text")).hasValue("你好\n");
    assertThat(messages(page)).hasCount(0);
    page.press("#text", "Enter");
    assertThat(page.locator("#text")).hasValue("");
    assertThat(messages(page)).hasCount(1);
  }

  private static void enterKey(Page page, String how) {
    page.evaluate("document.getElementById('text').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ..." + how + " }))");
  }

  @Test
  void blankTextIsNotSent(Windows windows) {
    Page page = enter(windows);
    say(page, "  \n ");
    page.click("#say button");
    say(page, "完");
    assertThat(messages(page)).hasText(new String[] {"完"});
  }

  @Test
  void copiesASnippet(Windows windows) {
    Page page = windows.open("/", options -> options.setPermissions(List.of("clipboard-read", "clipboard-write")));
    page.locator(".snippet button").first().click();
    assertThat(page.locator(".snippet button").first()).hasText("已复制");
    assertThat((String) page.evaluate("navigator.clipboard.readText()")).contains("/socket.io/socket.io.js");
  }

  @Test
  void theLinksLeadSomewhere(Windows windows) {
    Page page = windows.open("/");
    for (String path : List.of("/examples/", "/health", "/ready", "/metrics")) {
      assertThat(page.locator("main a[href='" + path + "']")).hasCount(1);
      assertThat(page.request().get(windows.servers().magpie().url(8000, path)).status()).as(path).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 390, 768, 1280})
  void fitsTheScreenAndIsEasilyTouched(int width, Windows windows) {
    Page page = windows.open("/", options -> options.setViewportSize(width, 800).setReducedMotion(ReducedMotion.REDUCE));
    assertThat(page.locator("#status")).hasText("已连接");
    assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth")).as("no sideways scrolling").isEqualTo(true);
    assertThat((List<?>) page.evaluate(
            "[...document.querySelectorAll('a, button, input, textarea')].map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])"
                + ".filter(([, r]) => r.width && r.right > 0 && (r.width < 44 || r.height < 44)).map(([e]) => e)"))
        .as("smaller than 44 pixels")
        .isEmpty();
  }
}
