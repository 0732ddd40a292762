package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.magpie.chaos.ServerProcess;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a visitor sees of a server that is killed, stopped and started again: nothing is lost, nothing doubled. */
@ExtendWith(Browser.class)
class LostConnectionTest {
  private static final String FOR_A_MOMENT = "WebSocket connection|Failed to load resource";

  @TempDir
  static Path folder;

  /** One for all, which each test may kill. */
  private static ServerProcess server;

  private final String room = "room-" + UUID.randomUUID();

  @BeforeAll
  static void make() throws Exception {
    JsonObject quick = new JsonObject().put("heartbeat", new JsonObject().put("interval_ms", 1_000).put("timeout_ms", 1_000));
    server = new ServerProcess(folder, quick, Files.createDirectories(folder.resolve("none")));
    server.start();
  }

  @BeforeEach
  void listens() throws Exception {
    if (!server.isAlive()) server.start();
    server.awaitListening();
  }

  @AfterAll
  static void end() throws Exception {
    server.close();
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.port() + path + "?room=" + room;
  }

  private Page chat(Windows windows) {
    Page page = windows.openUrl(url("/"));
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
  void theChatSaysThatItReconnectsAndSendsOnceAndInOrderWhatWasWrittenMeanwhile(Windows windows) throws Exception {
    windows.expect(FOR_A_MOMENT);
    Page writer = chat(windows);
    Page reader = chat(windows);
    say(writer, "一");
    assertThat(messages(reader)).hasText(new String[] {"一"});
    server.kill();
    assertThat(writer.locator("#light")).hasAttribute("data-status", "connecting");
    assertThat(writer.locator("#offline")).containsText("正在重连");
    for (String text : List.of("二", "三", "四")) say(writer, text);
    assertThat(writer.locator("#log .message footer")).hasText(new String[] {"", "发送中…", "发送中…", "发送中…"});
    picture(writer, "chat-killed");
    server.start();
    for (Page page : List.of(writer, reader)) {
      assertThat(messages(page)).hasText(new String[] {"一", "二", "三", "四"});
      assertThat(page.locator("#log .message footer")).hasText(new String[] {"", "", "", ""});
      assertThat(page.locator("#offline")).isHidden();
    }
    picture(writer, "chat-back");
    // Whoever comes later finds each once, too.
    assertThat(messages(chat(windows))).hasText(new String[] {"一", "二", "三", "四"});
  }

  private Page reliable(Windows windows) {
    return opened(windows.openUrl(url("/examples/reliable.html")));
  }

  private static Page opened(Page page) {
    assertThat(page.locator(".light")).hasAttribute("data-status", "open");
    return page;
  }

  private static void write(Page page, String... texts) {
    for (String text : texts) {
      page.fill(".actions input", text);
      page.press(".actions input", "Enter");
    }
  }

  private static void hasReceived(Page page, String... texts) {
    assertThat(page.locator(".received")).hasCount(texts.length);
    assertThat(page.locator(".received")).containsText(texts);
  }

  @Test
  void thePlainClientMarksWhatIsNotSentAndSendsItAfterAKill(Windows windows) throws Exception {
    windows.expect(FOR_A_MOMENT);
    Page writer = reliable(windows);
    Page reader = reliable(windows);
    write(writer, "one");
    hasReceived(reader, "one");
    server.kill();
    assertThat(writer.locator(".status")).hasText("正在重连…");
    write(writer, "two", "three");
    assertThat(writer.locator(".sent.unsent")).hasText(new String[] {"发出messagetwo 待发送", "发出messagethree 待发送"});
    assertThat(writer.locator("#waiting")).hasText("2");
    picture(writer, "reliable-killed");
    server.start();
    hasReceived(reader, "one", "two", "three");
    hasReceived(writer, "one", "two", "three");
    assertThat(writer.locator(".unsent")).hasCount(0);
    assertThat(writer.locator("#waiting")).hasText("0");
    assertThat(writer.locator("#recovered")).hasText("是");
    picture(writer, "reliable-back");
  }

  @Test
  void twoTabsKeepTheirOutboxesApart(Windows windows) throws Exception {
    windows.expect(FOR_A_MOMENT);
    Page reader = reliable(windows);
    Page one = reliable(windows);
    Page two = opened(windows.tabAt(one, url("/examples/reliable.html")));
    server.kill();
    assertThat(one.locator(".status")).hasText("正在重连…");
    assertThat(two.locator(".status")).hasText("正在重连…");
    write(one, "a1", "a2");
    write(two, "b1");
    server.start();
    assertThat(one.locator("#waiting")).hasText("0");
    assertThat(two.locator("#waiting")).hasText("0");
    assertThat(reader.locator(".received")).hasCount(3);
    List<String> said = reader.locator(".received").allTextContents();
    String first = author(said, "a1");
    assertThat(author(said, "a2")).isEqualTo(first);
    assertThat(author(said, "b1")).isNotEqualTo(first);
  }

  private static String author(List<String> said, String text) {
    return said.stream().filter(line -> line.strip().endsWith(text))
        .map(line -> line.strip().substring(0, line.strip().length() - text.length())).findFirst().orElseThrow();
  }

  @Test
  void whatIsWaitingOutlivesAReloadAndTheTab(Windows windows) {
    Page reader = reliable(windows);
    Page one = reliable(windows);
    one.click("#cut");
    assertThat(one.locator(".light")).hasAttribute("data-status", "closed");
    write(one, "before the reload");
    one.reload();
    hasReceived(reader, "before the reload");
    one.click("#cut");
    assertThat(one.locator(".light")).hasAttribute("data-status", "closed");
    write(one, "before the end");
    Page two = opened(windows.tabAt(one, url("/examples/reliable.html")));
    one.close();
    hasReceived(reader, "before the reload", "before the end");
    assertThat(two.locator("#waiting")).hasText("0");
  }

  @Test
  void whatIsWaitingOutlivesAReloadWhileTheServerIsAway(Windows windows) throws Exception {
    windows.expect(FOR_A_MOMENT);
    Page reader = reliable(windows);
    Page one = reliable(windows);
    Page two = chat(windows);
    server.kill();
    write(one, "said to nobody");
    assertThat(one.locator("#waiting")).hasText("1");
    say(two, "nor this");
    assertThat(two.locator("#log .message footer")).hasText("发送中…");
    for (Page page : List.of(one, two)) assertThatThrownBy(page::reload).hasMessageContaining("ERR_CONNECTION_REFUSED");
    server.start();
    server.awaitListening();
    one.navigate(url("/examples/reliable.html"));
    assertThat(opened(one).locator("#waiting")).hasText("0");
    two.navigate(url("/"));
    hasReceived(reader, "said to nobody", "nor this");
    assertThat(messages(two)).hasText(new String[] {"said to nobody", "nor this"});
    assertThat(two.locator("#log .message footer")).hasText(new String[] {"", ""});
  }

  @Test
  void theHeartbeatNoticesAServerThatStandsStill(Windows windows) throws Exception {
    windows.expect(FOR_A_MOMENT);
    Page writer = reliable(windows);
    server.stop();
    assertThat(writer.locator(".status")).hasText("正在重连…");
    write(writer, "meanwhile");
    server.goOn();
    opened(writer);
    hasReceived(writer, "meanwhile");
    assertThat(writer.locator(".unsent")).hasCount(0);
  }

  @Test
  void magpieJsReportsTheProgressOfALargeBinary(Windows windows) {
    Page page = reliable(windows);
    List<?> seen = (List<?>) page.evaluate("""
        async () => {
          const { Magpie } = await import("/js/magpie.js");
          const magpie = new Magpie("/ws");
          await new Promise(open => magpie.on("$open", open));
          const seen = [];
          await magpie.sendBinary(new Blob([new Uint8Array(10_000_000)]), sent => seen.push(sent));
          magpie.close();
          return seen;
        }""");
    assertThat(((Number) seen.get(seen.size() - 1)).longValue()).isEqualTo(10_000_000);
    assertThat(seen.stream().map(sent -> ((Number) sent).longValue()).toList()).isSorted().allMatch(sent -> sent >= 0);
  }

  @Test
  void magpieJsSaysWhyItIsRefusedAndDoesNotComeBack(Windows windows) {
    Page page = reliable(windows);
    assertThat(page.evaluate("""
        async () => {
          const { Magpie } = await import("/js/magpie.js");
          const magpie = new Magpie("/ws?ns=/nowhere");
          return new Promise(closed => magpie.on("$state", (state, reason) => state === "closed" && closed(reason)));
        }""")).isEqualTo("Invalid namespace");
  }

  /** For a person to look at. */
  private static void picture(Page page, String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target/pictures", name + ".png")));
  }
}
