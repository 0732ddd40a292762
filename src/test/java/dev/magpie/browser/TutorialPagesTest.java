package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pages as a reader of the tutorial writes them (inline scripts, hard-coded addresses, innerHTML), with the settings of the tutorial. */
@ExtendWith(Browser.class)
class TutorialPagesTest {
  private static final Pattern OBJECT_ID = Pattern.compile("[0-9a-f]{24}");

  private static Locator log(Page page) {
    return page.locator("#log p");
  }

  @Test
  void nodeWorksFromThePageThatTheServerServes(Windows windows) {
    nodeWorks(windows.tutorial("node.html", 3000, ""));
  }

  @Test
  void nodeWorksFromAFile(Windows windows) {
    nodeWorks(windows.tutorialFile("node.html"));
  }

  @Test
  void nodeWorksFromAnotherPort(Windows windows) {
    nodeWorks(windows.tutorial("node.html", 8000, ""));
  }

  private static void nodeWorks(Page page) {
    assertThat(log(page)).hasText(new String[] {"客户端连接"});
    page.click("#send");
    assertThat(log(page)).hasText(new String[] {"客户端连接", "客户端收到:我是服务器返回的数据"});
  }

  @Test
  void port3000ServesTheTutorialsIndex(Windows windows) {
    Page page = windows.tutorialIndex();
    assertThat(page.locator(".light").first()).hasAttribute("data-status", "open");
    page.locator(".pane button").first().click();
    assertThat(page.locator(".received").first()).containsText("我是服务器返回的数据");
  }

  @Test
  void theExamplesLeadToThePortThatServesThem(Windows windows) {
    Page page = windows.tutorial("examples/", 8000, "");
    assertThat(page.locator(".index a[href='rooms.html']")).isVisible();
    assertThat(page.locator(".index a[href='reliable.html']")).isHidden();
    page.locator(".index a[href$='koa.html']").click();
    assertThat(page).hasURL("http://localhost:" + windows.servers().tutorial().port(3000) + "/examples/koa.html");
    assertThat(page.locator(".light").first()).hasAttribute("data-status", "open");
  }

  /** Whose address names no port. */
  @Test
  void theExamplesOnPort80LeadToThePortThatServesThem(Windows windows) {
    Page page = windows.open("about:blank");
    page.route("http://magpie.example/**", route -> route.fulfill(new Route.FulfillOptions().setResponse(route.fetch(
        new Route.FetchOptions().setUrl(windows.servers().magpie().url(8000, URI.create(route.request().url()).getRawPath()))))));
    page.route("**/listener.json", route -> route.fulfill(new Route.FulfillOptions().setContentType("application/json")
        .setBody("{\"port\":80,\"applications\":[\"chat\"],\"elsewhere\":{\"tutorial-koa\":3000}}")));
    page.navigate("http://magpie.example/examples/");
    assertThat(page.locator(".index a[href='http://magpie.example:3000/examples/koa.html']")).isVisible();
    assertThat(page.locator(".index a[href='rooms.html']")).isHidden();
  }

  @Test
  void aPageThatIsOpenedOnTheWrongPortSaysWhereItIs(Windows windows) {
    Page page = windows.tutorial("examples/node.html", 8000, "");
    assertThat(page.locator(".notice")).containsText("这个端口没有提供这个程序");
    assertThat(page.locator(".pane")).hasCount(0);
    page.locator(".notice a").click();
    assertThat(page.locator(".light").first()).hasAttribute("data-status", "open");
  }

  @Test
  void expressSaysHello(Windows windows) {
    Page page = windows.tutorial("express.html", 8000, "");
    assertThat(page.locator("#log")).hasText("{\"hello\":\"world\"}");
  }

  @Test
  void theCannedBotAnswersTheSenderOnly(Windows windows) {
    Page one = windows.tutorial("bot.html", 8000, "");
    Page two = windows.tutorial("bot.html", 8000, "");
    for (String text : List.of("1", "2", " 1 ", "01", "你好", "")) {
      one.fill("#msg", text);
      one.click("#send");
    }
    assertThat(one.locator(".server"))
        .hasText(new String[] {
          "机器人: 您当前的话费有2元", "机器人: 您当前的流量有200M", "机器人: 您当前的话费有2元", "机器人: 您当前的话费有2元", "机器人: 请输入正确的信息", "机器人: 请输入正确的信息"
        });
    two.fill("#msg", "1");
    two.click("#send");
    assertThat(two.locator(".server")).hasCount(1);
  }

  @Test
  void theDatabaseBotFindsTitlesOnBothPorts(Windows windows) {
    for (int port : new int[] {3000, 8000}) {
      Page page = windows.tutorial("db-bot.html", port, "");
      page.fill("#msg", "套餐");
      page.click("#send");
      assertThat(page.locator(".title").first()).containsText("套餐");
      assertThat(page.locator(".title").first()).hasAttribute("id", OBJECT_ID);
      for (String none : List.of("(", "", ".*", "没有这样的文章xyz")) {
        page.fill("#msg", none);
        page.click("#send");
        assertThat(page.locator(".none")).hasText("没有找到您要的数据，请联系人工客服");
        page.evaluate("document.getElementById('list').innerHTML = ''");
      }
    }
  }

  @Test
  void roomsTellTheOthersInTheRoom(Windows windows) {
    Page sender = windows.tutorial("room1.html", 8000, "?roomid=1");
    Page neighbour = windows.tutorial("room1.html", 8000, "?roomid=1");
    Page stranger = windows.tutorial("room2.html", 8000, "?roomid=2");
    Page nowhere = windows.tutorial("index.html", 8000, "");
    for (Page page : List.of(sender, neighbour, stranger, nowhere)) assertThat(page).hasTitle("connected");
    // The one without a room emits undefined, which disturbs nobody.
    nowhere.click("#add");
    stranger.click("#add");
    sender.click("#add");
    assertThat(log(neighbour)).hasText(new String[] {"Server AddCart Ok"});
    neighbour.click("#add");
    assertThat(log(sender)).hasText(new String[] {"Server AddCart Ok"});
    assertThat(log(neighbour)).hasCount(1);
    assertThat(log(stranger)).hasCount(0);
    assertThat(log(nowhere)).hasCount(0);
  }

  @Test
  void roomsWorkFromFiles(Windows windows) {
    Page sender = windows.tutorialFile("room1.html");
    Page neighbour = windows.tutorialFile("room1.html");
    for (Page page : List.of(sender, neighbour)) assertThat(page).hasTitle("connected");
    sender.click("#add");
    assertThat(log(neighbour)).hasText(new String[] {"Server AddCart Ok"});
    assertThat(log(sender)).hasCount(0);
  }

  @Test
  void koaTellsTheOthersInTheRoomByAnotherEvent(Windows windows) {
    Page one = windows.tutorial("koa-room1.html", 3000, "");
    Page two = windows.tutorial("koa-room2.html", 3000, "");
    Page three = windows.tutorial("koa-room3.html", 3000, "");
    Page none = windows.tutorial("koa-index.html", 3000, "");
    for (Page page : List.of(one, two, three, none)) assertThat(page).hasTitle("connected");
    none.click("#add");
    two.click("#add");
    one.click("#add");
    assertThat(log(three)).hasText(new String[] {"我接收到增加购物车的事件了"});
    three.click("#add");
    assertThat(log(one)).hasText(new String[] {"我接收到增加购物车的事件了"});
    assertThat(log(two)).hasCount(0);
    assertThat(log(none)).hasCount(0);
  }

  @Test
  void theSmallestWebSocketPageGetsItsTextBack(Windows windows) {
    for (Page page : List.of(windows.tutorial("websocket-minimal.html", 8000, ""), windows.tutorialFile("websocket-minimal.html"))) {
      assertThat(log(page)).hasText(new String[] {"我发送消息给服务端"});
      assertThat(page).hasTitle("WebSocket");
    }
  }

  @Test
  void theWebSocketClassTalksBeatsAndSendsBinary(Windows windows) {
    Page page = windows.tutorial("websocket-class.html", 8000, "");
    assertThat(page.locator("#state")).hasText("OPEN");
    assertThat(log(page).first()).hasText("立即与服务器通信");
    assertThat(log(page).nth(1)).hasText("pong");
    page.click("#image");
    assertThat(page.locator("#log")).containsText("ArrayBuffer 512000");
    page.click("#large");
    assertThat(page.locator("#log")).containsText("ArrayBuffer 10000000");
    assertThat(page.locator("#buffered")).hasText("0");
    page.click("#blob");
    assertThat(page.locator("#log")).containsText("Blob 12");
    page.click("#close");
    assertThat(page.locator("#log")).containsText("正在关闭 CLOSING");
    assertThat(page.locator("#log")).containsText("断开 CLOSED");
    assertThat(page.locator("#state")).hasText("CLOSED");
    assertThat(page.locator("#log").textContent()).doesNotContain("断开 OPEN");
  }
}
