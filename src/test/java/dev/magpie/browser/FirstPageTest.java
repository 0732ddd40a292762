package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.WebSocketFrame;
import com.microsoft.playwright.WebSocketRoute;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.options.ReducedMotion;
import com.microsoft.playwright.options.WaitUntilState;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
  void aQuestionThatIsAskedWhileTheServerIsAwayIsAnsweredOnceItIsBack(Windows windows) {
    Assumptions.assumeTrue(windows.servers().magpie().restartable(), "the server is not ours to stop");
    windows.expect("WebSocket connection|Failed to load resource");
    Page page = enter(windows);
    windows.servers().magpie().stop();
    assertThat(page.locator("#light")).hasAttribute("data-status", "connecting");
    page.fill("#question", "怎么办理5G套餐");
    page.press("#question", "Enter");
    assertThat(page.locator("#answers .said").last()).hasText("连接断开了，恢复后马上问。");
    windows.servers().magpie().start();
    assertThat(page.locator("#answers .said").last()).containsText("我的套餐");
    assertThat(page.locator("#answers .message.mine")).hasCount(1);
  }

  @Test
  void aConnectionThatAnswersNothingForTwelveSecondsIsNotCalledConnected(Windows windows) {
    AtomicBoolean cut = new AtomicBoolean();
    Page page = windows.open("about:blank");
    page.clock().install();
    page.routeWebSocket(Pattern.compile("/socket\\.io/"), ours -> {
      WebSocketRoute server = ours.connectToServer();
      ours.onMessage(frame -> pass(cut, frame, server));
      server.onMessage(frame -> pass(cut, frame, ours));
    });
    page.navigate(windows.servers().magpie().url(8000, "/?room=" + room));
    assertThat(page.locator("#transport")).hasText("websocket");
    assertThat(page.locator("#here-count")).hasText("1 人在线");
    cut.set(true);
    say(page, "into the void");
    page.clock().fastForward(11_000);
    assertThat(page.locator("#status")).hasText("已连接");
    page.clock().fastForward(2_000);
    assertThat(page.locator("#status")).hasText("没有回应");
    assertThat(page.locator("#offline")).containsText("服务器 12 秒没有回应");
    cut.set(false);
    page.clock().fastForward(10_000);
    assertThat(page.locator("#status")).hasText("已连接");
    assertThat(page.locator("#offline")).isHidden();
    assertThat(page.locator("#log .message footer")).hasText("");
  }

  private static void pass(AtomicBoolean cut, WebSocketFrame frame, WebSocketRoute to) {
    if (cut.get()) return;
    if (frame.text() != null) to.send(frame.text());
    else to.send(frame.binary());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "one\\n\\ntwo | <p>one</p><p>two</p>",
    "## Plans | <p class=\"heading\">Plans</p>",
    "- a **b**\\n- *c*\\n  - d | <ul><li>a <strong>b</strong></li><li><em>c</em><ul><li>d</li></ul></li></ul>",
    "2. a\\n3. b | <ol start=\"2\"><li>a</li><li>b</li></ol>",
    "> `x` | <blockquote><p><code>x</code></p></blockquote>",
    "```\\n<b>\\n``` | <pre tabindex=\"0\">&lt;b&gt;</pre>",
    "[site](https://example.com/a) | <p><a href=\"https://example.com/a\" target=\"_blank\" rel=\"noopener noreferrer\">site</a></p>",
    "[x](javascript:alert) | <p>[x](javascript:alert)</p>",
    "<img src=x onerror=alert> | <p>&lt;img src=x onerror=alert&gt;</p>",
    "2 * 3 * 4 ** 5 | <p>2 * 3 * 4 ** 5</p>"
  })
  void anArticleIsShownAsItsAuthorWroteIt(String markdown, String shown, Windows windows) {
    Page page = windows.open("/examples/");
    assertThat(
        page.evaluate("async text => { const { write } = await import('/js/markdown.js'); const place = document.createElement('div'); "
        + "write(place, text); return place.innerHTML; }", markdown.replace("\\n", "\n")))
        .isEqualTo(shown);
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
  void aNameThatWasChosenBeforeTheServerCouldAnswerIsAskedForAfterAReload(Windows windows) {
    Page page = enter(windows);
    List<Route> held = new ArrayList<>();
    Pattern requests = Pattern.compile("/socket\\.io/\\?");
    page.route(requests, held::add);
    page.reload();
    String name = "小红 " + room.substring(5, 13);
    rename(page, name);
    page.unroute(requests);
    page.reload();
    assertThat(page.locator("#here")).hasText(name);
    assertThat(page.locator("#nick")).hasValue(name);
  }

  private static void rename(Page page, String name) {
    page.fill("#nick", name);
    page.press("#nick", "Enter");
  }

  @Test
  void aChosenNameIsTheSamePersonInASecondWindowAndAfterARestartOfTheBrowser(Windows windows) {
    Page one = enter(windows);
    String name = "小红 " + room.substring(5, 13);
    rename(one, name);
    assertThat(one.locator("#here")).hasText(name);
    say(one, "from the first");
    Page second = windows.tab(one, "/?room=" + room);
    assertThat(second.locator("#here-count")).hasText("1 人在线", new HasTextOptions().setTimeout(2_000));
    assertThat(second.locator("#nick")).hasValue(name);
    assertThat(second.locator("#notice")).isHidden();
    assertThat(second.locator("#log .message.mine > p")).hasText(new String[] {"from the first"});
    say(second, "from the second");
    assertThat(one.locator("#log .message.mine > p")).hasText(new String[] {"from the first", "from the second"});
    String kept = one.context().storageState();
    one.context().close();
    // The browser's storage outlives its end, a tab's does not.
    Page restarted = windows.open("/?room=" + room, options -> options.setStorageState(kept));
    assertThat(restarted.locator("#here")).hasText(name, new HasTextOptions().setTimeout(2_000));
    assertThat(restarted.locator("#log .message.mine > p")).hasText(new String[] {"from the first", "from the second"});
  }

  @Test
  void whoTakesAnotherNameInOneWindowHasItInAll(Windows windows) {
    Page one = enter(windows);
    String name = "小红 " + room.substring(5, 13);
    rename(one, name);
    assertThat(one.locator("#here")).hasText(name);
    Page second = windows.tab(one, "/?room=" + room);
    assertThat(second.locator("#here")).hasText(name);
    rename(second, name + " b");
    for (Page page : List.of(one, second)) {
      assertThat(page.locator("#nick")).hasValue(name + " b");
      assertThat(page.locator("#here")).hasText(name + " b");
      assertThat(page.locator("#here-count")).hasText("1 人在线");
    }
  }

  @Test
  void whoseNameSomebodyElseHasIsToldSoAndEntersUnderAnotherOne(Windows windows) {
    String name = "小红 " + room.substring(5, 13);
    rename(enter(windows), name);
    Page other = windows.open("/examples/");
    other.evaluate("name => localStorage.setItem('magpie.name', name)", name);
    other.navigate(windows.servers().magpie().url(8000, "/?room=" + room));
    assertThat(other.locator("#nick")).hasValue(name + " 2");
    assertThat(other.locator("#notice")).hasText("“" + name + "”已经有人用了，您现在叫“" + name + " 2”。");
    say(other, "hello");
    assertThat(other.locator("#log .message footer")).hasText("");
  }

  @Test
  void aNameThatIsTakenChangesNothingAndTheReasonIsTold(Windows windows) {
    Page one = enter(windows);
    Page two = enter(windows);
    String before = two.inputValue("#nick");
    rename(two, one.inputValue("#nick"));
    assertThat(two.locator("#notice")).containsText("已经有人用了");
    assertThat(two.locator("#nick")).hasValue(before);
    assertThat(two.locator("#here-count")).hasText("2 人在线");
    say(two, "still here");
    assertThat(one.locator("#log .message header bdi")).hasText(before);
    assertThat(one.locator("#log .system")).hasCount(1);
  }

  @Test
  void whatOneSaidIsOnesOwnAfterAReload(Windows windows) {
    Page one = enter(windows);
    Page two = enter(windows);
    say(one, "mine");
    assertThat(messages(two)).hasCount(1);
    say(two, "yours");
    assertThat(messages(one)).hasCount(2);
    one.reload();
    assertThat(messages(one)).hasText(new String[] {"mine", "yours"});
    assertThat(one.locator("#log .message.mine > p")).hasText(new String[] {"mine"});
  }

  @Test
  void draftsAndTheBotsAnswersOutliveAReload(Windows windows) {
    Page page = enter(windows);
    page.fill("#text", "half a mess");
    page.fill("#question", "怎么办理5G套餐");
    page.press("#question", "Enter");
    assertThat(page.locator("#answers .ratings")).isVisible();
    page.fill("#question", "half a quest");
    page.reload();
    assertThat(page.locator("#text")).hasValue("half a mess");
    assertThat(page.locator("#question")).hasValue("half a quest");
    assertThat(page.locator("#answers .message.mine .said")).hasText("怎么办理5G套餐");
    assertThat(page.locator("#answers .ratings button")).hasCount(2);
  }

  @Test
  void aTextThatIsTooLongIsToldAndKept(Windows windows) {
    Page page = enter(windows);
    page.fill("#text", "长".repeat(10_001));
    assertThat(page.locator("#notice")).containsText("最多 10,000 个字符，现在有 10,001 个");
    page.press("#text", "Enter");
    assertThat(messages(page)).hasCount(0);
    assertThat(page.inputValue("#text")).hasSize(10_001);
    page.fill("#text", "长".repeat(5_000));
    assertThat(page.locator("#notice")).isHidden();
    page.press("#text", "Enter");
    assertThat(messages(page)).hasText("长".repeat(5_000));
  }

  @Test
  void whoReadsFurtherUpKeepsTheirPlaceAndSeesHowManyAreNew(Windows windows) {
    Page reader = enter(windows);
    Page writer = enter(windows);
    for (int i = 0; i < 15; i++) say(writer, "message\n\n" + i);
    assertThat(messages(reader)).hasCount(15);
    reader.evaluate("document.getElementById('log').scrollTop = 200");
    assertThat(reader.locator("#newer")).isHidden();
    double before = reader.locator("#log .message").nth(5).boundingBox().y;
    for (int i = 0; i < 3; i++) say(writer, "new " + i);
    assertThat(reader.locator("#newer")).hasText("↓ 3 条新消息");
    assertThat(reader.locator("#log .message").nth(5).boundingBox().y).isEqualTo(before);
    reader.click("#newer");
    assertThat(reader.locator("#newer")).isHidden();
    assertThat(messages(reader).last()).isInViewport();
  }

  @Test
  void oneLineSaysThatManyCame(Windows windows) {
    Page reader = enter(windows);
    List<Page> guests = List.of(enter(windows), enter(windows), enter(windows));
    assertThat(reader.locator("#here-count")).hasText("4 人在线");
    assertThat(reader.locator("#log .system")).hasText(guests.get(0).inputValue("#nick") + " 等 3 人进来了");
    guests.get(2).context().close();
    assertThat(reader.locator("#log .system")).hasText(guests.get(0).inputValue("#nick") + " 等 2 人进来了");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1280x800", "1280x620", "390x844", "360x560"})
  void theComposerIsInTheFirstView(String size, Windows windows) {
    int width = Integer.parseInt(size.split("x")[0]);
    Page page = windows.open("/", options -> options.setViewportSize(width, Integer.parseInt(size.split("x")[1])));
    assertThat(page.locator("#status")).hasText("已连接");
    assertThat(page.locator("#say button")).isInViewport(new LocatorAssertions.IsInViewportOptions().setRatio(1));
    if (width > 1000) assertThat(page.locator("#ask button")).isInViewport(new LocatorAssertions.IsInViewportOptions().setRatio(1));
  }

  @Test
  void nothingIsShownInAnotherLanguageWhileTheWordsAreOnTheirWay(Windows windows) {
    List<Route> held = new ArrayList<>();
    Page page = windows.open("about:blank", options -> options.setLocale("en-GB"));
    page.route("**/i18n/en.json", held::add);
    page.navigate(windows.servers().magpie().url(8000, "/"), new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
    assertThat(page.locator("#room-input")).isAttached();
    page.waitForCondition(() -> !held.isEmpty());
    assertThat(page.locator("h1")).isHidden();
    held.get(0).resume();
    assertThat(page.locator("h1")).hasText("A bridge for your messages");
    assertThat(page.locator("h1")).isVisible();
    assertThat(page).hasTitle("Magpie");
    assertThat(page.locator(".chip").first()).hasText("plan");
  }

  @Test
  void onlyWhatTheListenerServesIsShown(Windows windows) {
    Page page = windows.open("about:blank");
    page.route("**/listener.json", route -> route.fulfill(new Route.FulfillOptions().setContentType("application/json")
        .setBody("{\"port\":8000,\"applications\":[\"tutorial-rooms\"],\"elsewhere\":{}}")));
    page.navigate(windows.servers().magpie().url(8000, "/"));
    assertThat(page.locator("#status")).hasText("已连接");
    assertThat(page.locator("#programs")).isVisible();
    assertThat(page.locator("#chat")).isHidden();
    assertThat(page.locator("#bot")).isHidden();
    assertThat(page.locator("#snippets")).not().containsText("/chat");
  }

  @Test
  void asksTheBot(Windows windows) {
    Page page = enter(windows);
    page.fill("#question", "套餐");
    page.press("#question", "Enter");
    Locator answers = page.locator("#answers .message:not(.mine)");
    assertThat(answers).hasCount(2);
    assertThat(answers.last().locator(".said")).not().hasText("正在查找…");
    assertThat(answers.last()).containsText("套餐");
    page.fill("#question", "zzzz qqqq");
    page.click("#ask button");
    assertThat(answers.last().locator(".said")).hasText("没有找到您要的数据，请联系人工客服");
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
    assertThat(one.locator("#answers .message.mine .said")).hasCount(1);
    assertThat(one.locator("#answers .message.mine .said").textContent()).isEqualTo(text);
    assertThat(one.locator("#answers .message:not(.mine) .said").last()).not().hasText("正在查找…");
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
    page.evaluate("document.getElementById('text').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: "
        + "true, ..." + how + " }))");
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
    for (String path : List.of("examples/", "health", "ready")) {
      assertThat(page.locator(".more a[href='" + path + "']")).hasCount(1);
      assertThat(page.request().get(windows.servers().magpie().url(8000, "/" + path)).status()).as(path).isEqualTo(200);
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
