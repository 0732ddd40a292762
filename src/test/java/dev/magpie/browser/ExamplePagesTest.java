package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.FilePayload;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Magpie's own pages below /examples, with the default settings: everything on one port. */
@ExtendWith(Browser.class)
class ExamplePagesTest {
  /** As the browser's regular expressions know it. */
  private static final Pattern HAN = Pattern.compile("[\\u4e00-\\u9fff]");

  private static Page example(Windows windows, String name) {
    Page page = windows.open("/examples/" + name + ".html");
    for (Locator light : page.locator(".light").all()) assertThat(light).hasAttribute("data-status", "open");
    return page;
  }

  private static Locator received(Page page, int pane) {
    return page.locator(".pane").nth(pane).locator(".received");
  }

  private static void press(Page page, int pane) {
    page.locator(".pane").nth(pane).locator("button").first().click();
  }

  private static void ask(Page page, String field, String text) {
    page.locator(field).fill(text);
    page.locator(field).press("Enter");
  }

  @Test
  void theIndexLeadsToEveryPageInBothLanguages(Windows windows) {
    Page page = windows.open("/examples/");
    assertThat(page.locator("h1")).hasText("教程示例");
    List<String> pages = page.locator(".index a").all().stream().map(link -> link.getAttribute("href")).toList();
    assertThat(pages).hasSizeGreaterThanOrEqualTo(7);
    for (String path : pages) {
      page.navigate(windows.servers().magpie().url(8000, "/examples/" + path));
      assertThat(page.locator("h1")).hasText(HAN);
      page.locator("[data-language=en]").click();
      assertThat(page.locator("h1")).not().hasText(HAN);
      page.locator("[data-language=zh-CN]").click();
      assertThat(page.locator("html")).hasAttribute("lang", "zh-CN");
    }
  }

  @Test
  void nodeAnswersTheSender(Windows windows) {
    Page page = example(windows, "node");
    assertThat(page.locator(".pane")).hasCount(2);
    press(page, 0);
    assertThat(received(page, 0)).containsText(new String[] {"我是服务器返回的数据"});
    assertThat(page.locator(".sent")).containsText(new String[] {"我是客户端的数据"});
  }

  @Test
  void expressGreetsAndIsAnswered(Windows windows) {
    Page page = example(windows, "express");
    assertThat(received(page, 0)).containsText(new String[] {"{\"hello\":\"world\"}"});
    assertThat(page.locator(".sent")).containsText(new String[] {"{\"my\":\"data\"}"});
    press(page, 0);
    assertThat(received(page, 0)).hasCount(2);
  }

  @Test
  void theBotAnswersByItsMenu(Windows windows) {
    Page page = example(windows, "bot");
    for (String text : List.of("1", "2", "什么")) ask(page, ".actions input", text);
    assertThat(received(page, 0)).containsText(new String[] {"您当前的话费有2元", "您当前的流量有200M", "请输入正确的信息"});
  }

  @Test
  void theBotFindsArticlesAndTakesBracketsAsText(Windows windows) {
    Page page = example(windows, "articles");
    ask(page, ".actions label:nth-child(2) input", "套餐");
    assertThat(received(page, 0).first()).containsText("套餐");
    int found = received(page, 0).count();
    ask(page, ".actions label:nth-child(2) input", "(((");
    assertThat(received(page, 0).nth(found)).containsText("没有找到您要的数据，请联系人工客服");
  }

  @Test
  void roomsTellTheOthersInTheRoom(Windows windows) {
    Page page = example(windows, "rooms");
    press(page, 3);
    press(page, 2);
    press(page, 0);
    assertThat(received(page, 1)).containsText(new String[] {"Server AddCart Ok"});
    press(page, 1);
    assertThat(received(page, 0)).containsText(new String[] {"Server AddCart Ok"});
    assertThat(received(page, 1)).hasCount(1);
    assertThat(received(page, 2)).hasCount(0);
    assertThat(received(page, 3)).hasCount(0);
  }

  @Test
  void koaTellsTheOthersInTheRoomByAnotherEvent(Windows windows) {
    Page page = example(windows, "koa");
    press(page, 3);
    press(page, 1);
    press(page, 0);
    assertThat(received(page, 2)).containsText(new String[] {"我接收到增加购物车的事件了"});
    press(page, 2);
    assertThat(received(page, 0)).containsText(new String[] {"我接收到增加购物车的事件了"});
    assertThat(received(page, 1)).hasCount(0);
    assertThat(received(page, 3)).hasCount(0);
  }

  @Test
  void websocketEchoesTextBeatsAndBinary(Windows windows) {
    Page page = example(windows, "websocket");
    assertThat(received(page, 0)).containsText(new String[] {"立即与服务器通信"});
    ask(page, ".actions input", "你好");
    assertThat(received(page, 0)).containsText(new String[] {"立即与服务器通信", "你好"});
    page.click("#beat");
    assertThat(page.locator("#beats")).hasText("1");
    assertThat(received(page, 0)).hasCount(2);
    page.click("#picture");
    assertThat(page.locator("#returned")).containsText("512,000 字节，原样收回");
    page.click("#large");
    assertThat(page.locator("#returned")).containsText("10,000,000 字节，原样收回");
    assertThat(page.locator("#uploaded")).containsText("10,000,000 / 10,000,000");
    page.locator("#file").setInputFiles(new FilePayload("喜鹊.txt", "text/plain", "喜鹊".getBytes(StandardCharsets.UTF_8)));
    assertThat(page.locator("#returned")).containsText("6 字节，原样收回");
  }

  @Test
  void thePlainClientSendsWhatWasWrittenOffline(Windows windows) {
    Page page = example(windows, "reliable");
    ask(page, ".actions input", "在线");
    assertThat(received(page, 0)).containsText(new String[] {"在线"});
    page.click("#cut");
    assertThat(page.locator(".light")).hasAttribute("data-status", "closed");
    ask(page, ".actions input", "离线");
    assertThat(page.locator("#waiting")).hasText("1");
    page.reload();
    assertThat(page.locator(".light")).hasAttribute("data-status", "open");
    assertThat(page.locator("#waiting")).hasText("0");
    assertThat(received(page, 0).last()).containsText("离线");
  }

  @Test
  void theScoreBoardShowsThePresentScoresToWhoComesLate(Windows windows) {
    Page first = example(windows, "scores");
    Locator score = first.locator("#board li").nth(1).locator("output");
    first.getByLabel("白鹭 进一球").click();
    first.getByLabel("白鹭 进一球").click();
    first.getByLabel("苍鹰 进一球").click();
    assertThat(score).hasText("2 : 1");
    Page late = example(windows, "scores");
    assertThat(late.locator("#board output")).hasText(new String[] {"未开赛", "2 : 1", "未开赛"});
    for (Page page : List.of(first, late)) assertThat(page.locator("#watching")).hasText("2");
    late.getByLabel("清零：白鹭 – 苍鹰").click();
    assertThat(score).hasText("未开赛");
  }

  @Test
  void theMapShowsWhoIsThereToWhoComesLate(Windows windows) {
    Page first = example(windows, "map");
    first.locator("#map").click();
    assertThat(first.locator("#at")).hasText("500, 300");
    first.locator("#map").press("ArrowRight");
    assertThat(first.locator(".me")).hasAttribute("transform", "translate(520 300)");
    assertThat(first.locator(".sent").last()).containsText("{\"x\":520,\"y\":300}");
    Page late = example(windows, "map");
    assertThat(late.locator("[data-bird]:not(.me)")).hasAttribute("transform", "translate(520 300)");
    assertThat(late.locator("#count")).hasText("2");
    first.close();
    assertThat(late.locator("#count")).hasText("1");
  }

  @Test
  void websocketClosesAndOpens(Windows windows) {
    Page page = example(windows, "websocket");
    page.locator(".actions button").nth(1).click();
    assertThat(page.locator(".light")).hasAttribute("data-status", "closed");
    page.locator(".actions button").nth(2).click();
    assertThat(page.locator(".light")).hasAttribute("data-status", "open");
    assertThat(received(page, 0)).hasCount(2);
  }
}
